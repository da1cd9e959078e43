"""Report as text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from statistics import fmean
from typing import Final, TypeVar

from sensorcore.history.values import Note, RepSet, RoutineDone
from sensorcore.report.baselines import compare
from sensorcore.report.baselines import in_words as in_words_of
from sensorcore.report.gather import DayPart, Report, Shares
from sensorcore.report.practice import micro_break_text, streak_words
from sensorcore.report.trend import in_words
from sensorcore.text.escape import one_line
from sensorcore.text.percentages import percentages
from sensorcore.track.local_day import date_of
from sensorcore.track.minutes import BANDS_DEG
from sensorcore.track.posture_track import TICK_HZ

T = TypeVar("T")

WIDTH: Final = 40
GLYPHS: Final = (("upright_s", "█"), ("slouched_s", "▒"), ("unknown_s", "·"))
CLOSING: Final = "spinae reminds and records; it does not treat, and a trend does not say why."


def as_text(report: Report) -> str:
    """The report as lines."""
    if not report.counts.ticks:
        said = "".join(f"\n  {line}" for line in counted_words(report))
        return f"{report.span.name}\n  nothing recorded{said}" + _notes_text(report.notes)
    whole = report.shares
    lines = [report.span.name, *(f"  {line}" for line in counted_words(report)), *_parts(whole), *_exposure(report)]
    lines += ["", *(_bar(part, len(report.span.days) > 1) for part in report.parts)]
    lines.append(f"        {GLYPHS[0][1]} upright  {GLYPHS[1][1]} slouched  {GLYPHS[2][1]} unknown")
    lines += _practice(report)
    lines += [_notes_text(report.notes)] if report.notes else []
    lines += ["", in_words(report.upright_trend, "upright share", "points"), in_words(report.pain_trend, "pain", "steps"), CLOSING]
    return "\n".join(lines)


def counted_words(report: Report) -> list[str]:
    """The line about simulated wearers, where there are any."""
    if report.simulated:
        return ["simulated, not counted: no streak, trend or fading of yours knows of it"]
    if not report.left_out.ticks:
        return []
    return [f"simulated, not counted: {clock(report.left_out.ticks / TICK_HZ)} (see it with `spinae report --simulated`)"]


def clock(seconds: float) -> str:
    """Hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def percent(part_s: float, *others_s: float) -> str:
    """A part beside the others of its whole: in the same report, or on another screen, they add up to 100."""
    return f"{percentages([part_s, *others_s])[0]} %" if part_s + sum(others_s) > 0 else "–"


def describe_sets(sets: Sequence[RepSet]) -> str:
    """Sets of one exercise and side in words; the hint is the last one's."""
    last = sets[-1]
    name = last.exercise.replace("_", " ") + (f", {last.side}" if last.side else "")
    times = f"{len(sets)} sets, " if len(sets) > 1 else ""
    repetitions = sum(each.repetitions for each in sets)
    how = f"{repetitions} ×" if repetitions else f"{sum(each.hold_s for each in sets):.0f} s held"
    ranges = [each.range_deg for each in sets if each.range_deg is not None]
    range_ = f", {fmean(ranges):.0f}°" if ranges else ""
    hint = f" – {last.hint}" if last.hint else ""
    return one_line(f"{name}: {times}{how}{range_}{hint}")


def describe_routines(done: Sequence[RoutineDone]) -> str:
    """All of one routine in words."""
    times = f"{len(done)} times, " if len(done) > 1 else ""
    minutes, share = sum(each.duration_s for each in done) / 60, fmean(each.done_share for each in done)
    return one_line(f"{done[-1].routine.replace('_', ' ')}: {times}{minutes:.0f} min, {100 * share:.0f} % done")


def _together(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Those with the same key, in the order of their firsts."""
    found: dict[Hashable, list[T]] = {}
    for each in items:
        found.setdefault(key(each), []).append(each)
    return list(found.values())


def _parts(whole: Shares) -> list[str]:
    rows = [
        ("worn", whole.worn_s, ""),
        ("upright", whole.upright_s, f"{percent(whole.upright_s, whole.slouched_s):>5} of judged time"),
        ("slouched", whole.slouched_s, f"{percent(whole.slouched_s, whole.upright_s):>5} of judged time"),
        ("unknown", whole.unknown_s, f"{percent(whole.unknown_s, whole.judged_s):>5} of worn time, neither good nor bad"),
        ("not worn", whole.not_worn_s, ""),
    ]
    return [f"  {name:9} {clock(seconds):>6}  {share}".rstrip() for name, seconds, share in rows]


def _exposure(report: Report) -> list[str]:
    counts = report.counts
    bands = ", ".join(f"{clock(getattr(counts, f'above_{band}_ticks') / TICK_HZ)} above {band}°" for band in BANDS_DEG)
    judged = counts.upright_ticks + counts.slouched_ticks
    leaning = f"{counts.lean_sum_deg / judged:.0f}° on average, " if judged else ""
    return [f"  {'alerts':9} {counts.alerts:>6}", f"  {'leaning':9} {leaning}{bands}"]


def _bar(part: DayPart, is_day: bool) -> str:
    name = f"{date_of(part.key):%a %d}" if is_day else f"{part.key:02}:00"
    whole = part.shares
    longest_s = 86400 / 2 if is_day else 3600.0
    cells = "".join(glyph * round(WIDTH * getattr(whole, seconds) / longest_s) for seconds, glyph in GLYPHS)
    said = f"{percent(whole.upright_s, whole.slouched_s):>5}" if whole.judged_s else "  –  "
    alerts = f"  {part.counts.alerts} alert{'s' if part.counts.alerts != 1 else ''}" if part.counts.alerts else ""
    return f"  {name}  {said}  {cells}{alerts}"


def _practice(report: Report) -> list[str]:
    return ["", "practice", *(f"  {line}" for line in practice_lines(report))]


def practice_lines(report: Report) -> list[str]:
    """The streak, routines, sets, small things and the newest baseline test in words."""
    routines = [describe_routines(each) for each in _together(report.routines, lambda each: each.routine)]
    sets = [describe_sets(each) for each in _together(report.sets, lambda each: (each.exercise, each.side))]
    micro_breaks = [f"{micro_break_text(report.micro_breaks)} (a posture check cannot be seen)"] if report.micro_breaks else []
    tests = [f"baseline test of {date_of(report.baselines[-1].day):%a %d %b}"] if report.baselines else []
    tests += [f"  {in_words_of(each)}" for each in compare(report.baselines)]
    return [streak_words(report.streak), *routines, *sets, *micro_breaks, *tests]


def _notes_text(notes: tuple[Note, ...]) -> str:
    return "".join(f"\n  {note_time(note)}  {note_words(note)}" for note in notes)


def note_words(note: Note) -> str:
    pain = f"pain {note.pain} of 10" if note.pain is not None else ""
    return " – ".join(part for part in (pain, one_line(note.text)) if part)


def note_time(note: Note) -> str:
    return f"{date_of(note.day):%a} {int(note.local_s) // 3600:02}:{int(note.local_s) % 3600 // 60:02}"
