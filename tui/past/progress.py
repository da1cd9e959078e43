"""Weeks to years as lines: the share upright as bars, trends with their uncertainty, tests, pain, the streak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from sensorcore.report.baselines import compare, in_words, number
from sensorcore.report.gather import JUDGED_ENOUGH_S
from sensorcore.report.practice import streak_words
from sensorcore.report.progress import Progress, Stretch, in_months
from sensorcore.report.span import date_of
from sensorcore.report.text import note_words
from sensorcore.report.trend import in_words as trend_words
from tui.past.cells import columns, heading

SPANS: Final = ("12 weeks", "a year", "all")
WEEKS: Final = (12, 52)
NOTHING: Final = (
    "No days yet. Wear the sensor with `spinae wear`; from the first day on the weeks stand here, and after a week a trend with "
    "how sure it is."
)
NO_TEST: Final = "None yet. Press b for the one-minute baseline test: tilt range, control, symmetry and breath, to compare later."
CLOSING: Final = "A trend says what changed and how sure that is, not why."
HEIGHT: Final = 5
_FULL_FROM: Final = 60
_NOTES_SHOWN: Final = 3
_AXIS: Final = 6


def lines(found: Progress, span: int, width: int) -> list[Content]:
    """For `width` cells; `span` is a position in `SPANS`."""
    full = width >= _FULL_FROM
    drawn = [heading(f"upright share by week · {SPANS[span]}", width), *_chart(_stretches(found, span), width)]
    if not found.weeks:
        drawn = [heading("progress", width), Content.styled(NOTHING, "$quiet")]
    fades = "all nudges are given" if found.feedback >= 1.0 else f"nudges have faded to {found.feedback:.0%}: your posture holds"
    said = [
        trend_words(found.upright_trend, "Upright share", "points"),
        trend_words(found.pain_trend, "Pain", "steps"),
        f"Practice: {streak_words(found.streak)}. Feedback: {fades}.",
    ]
    rows = [*drawn, *(Content(line) for line in (said if found.weeks or found.streak.days else said[2:]))]
    rows += [heading("baseline tests", width), *_tests(found, full=full)]
    if found.pains:
        rows.append(heading("pain", width))
        rows += [
            Content.assemble((f"{date_of(note.day):%d %b}  ", "$quiet"), note_words(note))
            for note in list(reversed(found.pains))[:_NOTES_SHOWN]
        ]
    return [*rows, Content.styled(CLOSING, "$quiet")]


def _stretches(found: Progress, span: int) -> Sequence[Stretch]:
    if span < len(WEEKS):
        return found.weeks[-WEEKS[span] :]
    return in_months(found.weeks) if len(found.weeks) > WEEKS[-1] else found.weeks


def _chart(stretches: Sequence[Stretch], width: int) -> list[Content]:
    if not stretches:
        return []
    room = width - _AXIS
    wide = max(1, min(5, room // len(stretches) - 1))
    most = room // (wide + (wide > 1))
    shown = stretches[-most:]
    told = [each.shares.upright_share if each.shares.judged_s >= JUDGED_ENOUGH_S else None for each in shown]
    axis = {HEIGHT - 1: "100 %", HEIGHT // 2: " 50 %", 0: "  0 %"}
    bars = [
        Content.assemble((f"{axis.get(HEIGHT - 1 - y, ''):5} ", "$quiet"), row)
        for y, row in enumerate(columns(told, HEIGHT, "$good", wide=wide))
    ]
    step = wide + (wide > 1)
    rows = [*bars, Content.styled(f"{'':{_AXIS}}{_labels(shown, step)}", "$quiet")]
    if any(each.pain is not None for each in shown):
        cells = "".join(("" if each.pain is None else f"{each.pain:.0f}").ljust(step)[:step] for each in shown)
        rows.append(Content.assemble(("pain  ", "$quiet"), cells))
    if any(each is None for each in told):
        rows.append(Content.styled(f"{'':{_AXIS}}· too little data to say", "$quiet"))
    return rows


def _labels(stretches: Sequence[Stretch], step: int) -> str:
    """The first day of as many as have room."""
    text, end = "", 0
    for place, each in enumerate(stretches):
        label = f"{date_of(each.first_day):%d %b}"
        at = place * step
        if at >= end and at + len(label) <= step * len(stretches) + 2:
            text = text.ljust(at) + label
            end = at + len(label) + 1
    return text


def _tests(found: Progress, *, full: bool) -> list[Content]:
    if not found.baselines:
        return [Content.styled(NO_TEST, "$quiet")]
    newest = found.baselines[-1]
    compared = compare(found.baselines)
    head = f"{date_of(newest.day):%d %b %Y}, test {len(found.baselines)}"
    if not full:
        return [Content(head), *(Content(f"{each.measure.name} {number(each.measure, each.value)}") for each in compared)]
    return [Content.styled(head, "$quiet"), *(_compared(in_words(each), differs=each.differs) for each in compared)]


def _compared(text: str, *, differs: bool) -> Content:
    return Content.assemble(("≠ " if differs else "  ", "$drifting"), (text, "bold" if differs else ""))
