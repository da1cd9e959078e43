"""A report as text."""

from __future__ import annotations

from typing import Final

from sensorcore.history.values import BANDS_DEG, Note, RepSet
from sensorcore.posture.track import TICK_HZ
from sensorcore.report.baselines import compare
from sensorcore.report.baselines import in_words as in_words_of
from sensorcore.report.gather import DayPart, Report, Shares
from sensorcore.report.practice import streak_words
from sensorcore.report.span import date_of
from sensorcore.report.trend import in_words

WIDTH: Final = 40
GLYPHS: Final = (("upright_s", "█"), ("slouched_s", "▒"), ("unknown_s", "·"))
CLOSING: Final = "spinae reminds and records; it does not treat, and a trend does not say why."


def as_text(report: Report) -> str:
    """The report as lines."""
    if not report.counts.ticks:
        return f"{report.span.name}\n  nothing recorded" + _notes_text(report.notes)
    whole = report.shares
    lines = [report.span.name, *_parts(whole), *_exposure(report)]
    lines += ["", *(_bar(part, len(report.span.days) > 1) for part in report.parts)]
    lines.append(f"        {GLYPHS[0][1]} upright  {GLYPHS[1][1]} slouched  {GLYPHS[2][1]} unknown")
    lines += _practice(report)
    lines += [_notes_text(report.notes)] if report.notes else []
    lines += ["", in_words(report.upright_trend, "upright share", "points"), in_words(report.pain_trend, "pain", "steps"), CLOSING]
    return "\n".join(lines)


def clock(seconds: float) -> str:
    """Hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def percent(part_s: float, whole_s: float) -> str:
    return f"{100 * part_s / whole_s:.0f} %" if whole_s > 0 else "–"


def describe_set(done: RepSet) -> str:
    """One set in words."""
    name = done.exercise.replace("_", " ") + (f", {done.side}" if done.side else "")
    how = f"{done.repetitions} ×" if done.repetitions else f"{done.hold_s:.0f} s held"
    range_ = f", {done.range_deg:.0f}°" if done.range_deg is not None else ""
    hint = f" – {done.hint}" if done.hint else ""
    return f"{name}: {how}{range_}{hint}"


def _parts(whole: Shares) -> list[str]:
    rows = [
        ("worn", whole.worn_s, ""),
        ("upright", whole.upright_s, f"{percent(whole.upright_s, whole.judged_s):>5} of judged time"),
        ("slouched", whole.slouched_s, f"{percent(whole.slouched_s, whole.judged_s):>5} of judged time"),
        ("unknown", whole.unknown_s, f"{percent(whole.unknown_s, whole.worn_s):>5} of worn time, neither good nor bad"),
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
    share = whole.upright_share
    said = f"{100 * share:3.0f} %" if share is not None else "  –  "
    alerts = f"  {part.counts.alerts} alert{'s' if part.counts.alerts != 1 else ''}" if part.counts.alerts else ""
    return f"  {name}  {said}  {cells}{alerts}"


def _practice(report: Report) -> list[str]:
    return ["", "practice", *(f"  {line}" for line in practice_lines(report))]


def practice_lines(report: Report) -> list[str]:
    """The streak, routines, sets, small things and the newest baseline test in words."""
    routines = [f"{each.routine}: {clock(each.duration_s)}, {100 * each.done_share:.0f} % done" for each in report.routines]
    asked, done = (sum((each.count > 0) == seen for each in report.small) for seen in (False, True))
    small = [f"{asked} small things asked, {done} seen done (a posture check cannot be seen)"] if report.small else []
    tests = [f"baseline test of {date_of(report.baselines[-1].day):%a %d %b}"] if report.baselines else []
    tests += [f"  {in_words_of(each)}" for each in compare(report.baselines)]
    return [streak_words(report.streak), *routines, *map(describe_set, report.sets), *small, *tests]


def _notes_text(notes: tuple[Note, ...]) -> str:
    return "".join(f"\n  {_at(note)}  {note_words(note)}" for note in notes)


def note_words(note: Note) -> str:
    pain = f"pain {note.pain} of 10" if note.pain is not None else ""
    return " – ".join(part for part in (pain, note.text) if part)


def _at(note: Note) -> str:
    return f"{date_of(note.day):%a} {int(note.local_s) // 3600:02}:{int(note.local_s) % 3600 // 60:02}"
