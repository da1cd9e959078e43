"""A week as lines: a row a day, the whole, what was practised, the notes."""

from __future__ import annotations

import datetime
from typing import Final

from textual.content import Content

from sensorcore.report.gather import DayPart, Report, Shares
from sensorcore.report.practice import micro_break_text, streak_words
from sensorcore.report.span import Span
from sensorcore.report.text import clock, counted_words, note_words, percent
from sensorcore.track.local_day import date_of
from tui.past.cells import bar, heading

NOTHING: Final = "Nothing was recorded in this week. Wear the sensor with `spinae wear`, or look at another week with ← →."
_PARTS: Final = (
    ("█", "$good", "upright"),
    ("▓", "$slouched", "slouched"),
    ("░", "$absent", "unknown"),
    ("·", "$quiet", "not worn"),
)
_LEAST_SCALE_S: Final = 4 * 3600.0
_FULL_FROM: Final = 60
_BEFORE_BAR, _AFTER_BAR = 14, 30


def lines(report: Report, today: int, width: int) -> list[Content]:
    """For `width` cells."""
    full = width >= _FULL_FROM
    found = [heading(_title(report.span, today, full=full), width)]
    if not (report.counts.ticks or report.notes or report.routines):
        return [*found, *(Content.styled(line, "$quiet") for line in [*counted_words(report), NOTHING])]
    room = width - _BEFORE_BAR - (_AFTER_BAR if full else 4)
    by_day = {part.key: part for part in report.parts}
    longest_s = max([_LEAST_SCALE_S, *(_all_s(part.shares) for part in report.parts)])
    if full:
        columns = f"{'worn':>6}{'alerts':>8}{'routine':>9}{'pain':>6}"
        found.append(Content.styled(f"{'':6}{'upright':{width - 7 - len(columns)}} {columns}", "$quiet"))
    for day in report.span.days:
        found.append(_day(report, by_day.get(day), day, today, max(4, room), longest_s, full=full))
    legend = [(f"{glyph} {name}   ", style) for glyph, style, name in _PARTS]
    found += [Content.styled(line, "$quiet") for line in counted_words(report)]
    found += [Content(""), Content.assemble(*legend), *_whole(report, full=full, this=today in report.span.days)]
    if report.notes:
        found += [heading("notes", width)]
        found += [
            Content.assemble((f"{date_of(note.day):%a} {_at(note.local_s)}  ", "$quiet"), note_words(note))
            for note in reversed(report.notes)
        ]
    return found


def _title(span: Span, today: int, *, full: bool) -> str:
    first, last = date_of(span.first_day), date_of(span.last_day)
    name = "this week" if today in span.days else span.name
    if not full:
        return name
    return f"{name} · {first:%d %b} to {last:%d %b %Y}"


def _all_s(whole: Shares) -> float:
    return whole.worn_s + whole.not_worn_s


def _day(report: Report, part: DayPart | None, day: int, today: int, room: int, longest_s: float, *, full: bool) -> Content:
    name = f"{date_of(day):%a %d}"
    style = "bold" if day == today else "$foreground"
    pains = [note.pain for note in report.notes if note.day == day and note.pain is not None]
    pain = f"{max(pains)}" if pains else "–"
    routine_s = sum(each.duration_s for each in report.routines if each.day == day)
    routine = f"{routine_s / 60:.0f} min" if routine_s else "–"
    if part is None:
        quiet = "no data" if day <= today else ""
        rest = f"{'–':>6}{'–':>8}{routine:>9}{pain:>6}" if full and (pains or routine_s) else ""
        return Content.assemble((f"{name:7}", style), (f"{'':7}{quiet:{room + 1}}{rest}", "$quiet"))
    whole = part.shares
    share = percent(whole.upright_s, whole.slouched_s)
    seconds = (whole.upright_s, whole.slouched_s, whole.unknown_s, whole.not_worn_s)
    cells = bar([(value, glyph, colour) for value, (glyph, colour, _) in zip(seconds, _PARTS, strict=True)], longest_s, room)
    rest = f"{clock(whole.worn_s):>6}{part.counts.alerts:>8}{routine:>9}{pain:>6}" if full else f"{part.counts.alerts:>3}"
    return Content.assemble((f"{name:7}", style), (f"{share:>5}  ", "bold"), *cells, f" {rest}")


def _whole(report: Report, *, full: bool, this: bool) -> list[Content]:
    whole = report.shares
    judged = f"{clock(whole.judged_s)} judged; {clock(whole.unknown_s)} unknown: neither good nor bad"
    said = "No time was judged." if not whole.judged_s else f"{percent(whole.upright_s, whole.slouched_s)} upright of {judged}."
    if not full:
        return [Content(said)]
    asked = f" {micro_break_text(report.micro_breaks)}." if report.micro_breaks else ""
    practised = f"{report.counts.alerts} alerts. Practised on {report.practised} day{'s' if report.practised != 1 else ''}.{asked}"
    return [Content(said), Content(practised), *([Content(f"Now {streak_words(report.streak)}.")] if this else [])]


def _at(local_s: float) -> str:
    return (datetime.datetime.min + datetime.timedelta(seconds=int(local_s))).strftime("%H:%M")
