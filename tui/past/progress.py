"""Weeks to years as lines: the share upright as bars, trends with their uncertainty, tests, pain, the streak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from sensorcore.report.baselines import compare, in_words, number
from sensorcore.report.gather import JUDGED_ENOUGH_S
from sensorcore.report.practice import streak_words
from sensorcore.report.progress import Period, ProgressReport, in_months
from sensorcore.report.text import note_words
from sensorcore.report.trend import in_words as trend_words
from sensorcore.track.local_day import date_of
from tui.past.cells import columns, heading

SPANS: Final = ("12 weeks", "a year", "all")
WEEKS: Final = (12, 52)
NOTHING: Final = (
    "No days yet. Wear the sensor with `spinae wear`; from the first day on the weeks stand here, and after a week a trend with "
    "how sure it is."
)
NO_TEST: Final = "None yet. Press b for the one-minute baseline test: tilt range, control, symmetry and breath, to compare later."
CLOSING: Final = "A trend says what changed and how sure that is, not why."
DOT: Final = " · a dot: too little data"
LOW, TALL, _TALL_FROM = 5, 11, 34
_FULL_FROM: Final = 60
_NOTES_SHOWN: Final = 3
_AXIS: Final = 6


def lines(found: ProgressReport, span: int, width: int, height: int) -> list[Content]:
    """For `width` cells and `height` rows; `span` is a position in `SPANS`."""
    full = width >= _FULL_FROM
    drawn = [
        heading(f"upright share by week · {SPANS[span]}{DOT if full else ''}", width),
        *_chart(_stretches(found, span), width, TALL if height >= _TALL_FROM else LOW),
    ]
    if not found.weeks:
        drawn = [heading("progress", width), Content.styled(NOTHING, "$quiet")]
    faded = found.feedback < 1.0
    fades = f"Nudges have faded to {100 * found.feedback:.0f} %: posture holds." if faded else "All nudges are given."
    said = [
        trend_words(found.upright_trend, "Upright", "points"),
        trend_words(found.pain_trend, "Pain", "steps"),
        f"Practice: {streak_words(found.streak)}. {fades}",
    ]
    rows = [*drawn, *(Content(line) for line in (said if found.weeks or found.streak.days else said[2:]))]
    rows += [heading(_tests_title(found), width), *_tests(found, full=full)]
    if found.pains:
        rows.append(heading("pain", width))
        rows += [
            Content.assemble((f"{date_of(note.day):%d %b}  ", "$quiet"), note_words(note))
            for note in list(reversed(found.pains))[:_NOTES_SHOWN]
        ]
    return [*rows, Content.styled(CLOSING, "$quiet")]


def _stretches(found: ProgressReport, span: int) -> Sequence[Period]:
    if span < len(WEEKS):
        return found.weeks[-WEEKS[span] :]
    return in_months(found.weeks) if len(found.weeks) > WEEKS[-1] else found.weeks


def _chart(stretches: Sequence[Period], width: int, height: int) -> list[Content]:
    if not stretches:
        return []
    room = width - _AXIS
    wide = max(1, min(9, room // len(stretches) - 1))
    most = room // (wide + (wide > 1))
    shown = stretches[-most:]
    known = [each.shares.upright_share if each.shares.judged_s >= JUDGED_ENOUGH_S else None for each in shown]
    axis = {height - 1: "100 %", height // 2: " 50 %", 0: "  0 %"}
    bars = [
        Content.assemble((f"{axis.get(height - 1 - y, ''):5} ", "$quiet"), row)
        for y, row in enumerate(columns(known, height, "$good", wide=wide))
    ]
    step = wide + (wide > 1)
    rows = [*bars, Content.styled(f"{'':{_AXIS}}{_labels(shown, step)}", "$quiet")]
    if any(each.pain is not None for each in shown):
        cells = "".join(("" if each.pain is None else f"{each.pain:.0f}").ljust(step)[:step] for each in shown)
        rows.append(Content.assemble(("pain  ", "$quiet"), cells))
    return rows


def _labels(stretches: Sequence[Period], step: int) -> str:
    """The first day of as many as have room."""
    text, end = "", 0
    for place, each in enumerate(stretches):
        label = f"{date_of(each.first_day):%d %b}"
        at = place * step
        if at >= end and at + len(label) <= step * len(stretches) + 2:
            text = text.ljust(at) + label
            end = at + len(label) + 1
    return text


def _tests(found: ProgressReport, *, full: bool) -> list[Content]:
    if not found.baselines:
        return [Content.styled(NO_TEST, "$quiet")]
    compared = compare(found.baselines)
    if not full:
        return [Content(f"{each.measure.name} {number(each.measure, each.value)}") for each in compared]
    return [_compared(in_words(each), differs=each.differs) for each in compared]


def _tests_title(found: ProgressReport) -> str:
    """`baseline tests · the newest of 7: 25 Nov 2026`."""
    if not found.baselines:
        return "baseline tests"
    return f"baseline tests · the newest of {len(found.baselines)}: {date_of(found.baselines[-1].day):%d %b %Y}"


def _compared(text: str, *, differs: bool) -> Content:
    return Content.assemble(("≠ " if differs else "  ", "$drifting"), (text, "bold" if differs else ""))
