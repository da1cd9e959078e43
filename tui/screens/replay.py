"""Replay screen: the whole recording behind a cursor, the decision at that moment, and the events around it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from sensorcore.events import Event
from sensorcore.session.live import Live
from sensorcore.track.posture_track import PostureTrack
from sensorcore.view.overview import least_s, overview
from sensorcore.view.snapshot import Snapshot
from tui.keys import actions
from tui.screens.view import View
from tui.text import event_text, looks, presenter, times
from tui.text.event_text import Line
from tui.widgets.drawn import TextLine
from tui.widgets.event_list import EventList
from tui.widgets.heading import Heading
from tui.widgets.line import LineOfText
from tui.widgets.time_chart import BAND, ChartSpan, TimeChart

NEAR_S: Final = (60.0, 300.0, 1800.0)
"""How much time the chart around the cursor may show."""
_BEFORE: Final = 2 / 3
"""The share of it that lies before the cursor."""
_STEPS_S: Final = (1, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_LEGEND_FROM_CELLS: Final = 150
_LEGEND: Final = "   " + "  ".join(f"{glyph} {name}" for name, (glyph, _) in BAND.items() if glyph != " ").replace("_", " ")
_LABEL_EVERY_CELLS: Final = 14
READ_S: Final = 0.25
"""How long a reason stays at least while time flies."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """The events in words, made once: as long as there are so many, and this is the last."""

    count: int
    last: tuple[Event, ...]
    lines: list[Line]
    marks: tuple[Line, ...]


class StateLine(LineOfText):
    """Decision at the moment."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "state--good", "state--drifting", "state--slouched", "state--moving", "state--lying", "state--absent", "state--quiet",
    }  # fmt: skip


class ReplayScreen(View):
    """Charts of the moment and of the whole, the reason for an alert or for silence, and the events."""

    NAME = "replay"
    CSS_PATH = "replay.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.TRANSPORT, *actions.REPLAY]

    def __init__(self) -> None:
        super().__init__()
        self._near_s = NEAR_S[0]
        self._charted: object = None
        self._nearby: object = None
        self._said = ""
        self._explained_s = -math.inf
        self._texts: _Texts | None = None

    def body(self) -> ComposeResult:
        with Vertical(id="moment"):
            yield StateLine(id="state")
            yield Heading("why?")
            yield Static("", id="why", markup=False)
        with Container(id="play-lower"):
            with Vertical(id="charts"):
                yield Heading("this moment", id="near-title")
                yield TimeChart(id="near")
                yield Heading("the whole recording", id="whole-title")
                yield TimeChart(id="whole")
            with Vertical(id="events-box"):
                yield Heading("what happened")
                yield EventList()

    def show_snapshot(self, s: Snapshot) -> None:
        track, all_events = self.feed.whole()
        if self._texts is None or (self._texts.count, self._texts.last) != (len(all_events), all_events[-1:]):
            self._texts = _Texts(
                len(all_events), all_events[-1:], event_text.lines(all_events), tuple(event_text.marks(all_events))
            )
        self.query_one(StateLine).show(_state(s))
        self._explain(s)
        self._show_near(s, track, self._texts.marks)
        self._show_whole(s, track, self._texts.marks)
        self.query_one(EventList).show(self._texts.lines, s.t_s, lambda t_s: times.moment(s, t_s, seconds=True))

    def _explain(self, s: Snapshot) -> None:
        now_s = time.monotonic()
        if s.progress.speed > 1.0 and not s.progress.paused and now_s - self._explained_s < READ_S:
            return  # nobody reads fifteen sentences a second
        self._explained_s = now_s
        found = self.feed.explain()
        question = "why did it alert?" if found.verdict == "alerted" else "why no alert?"
        self.query_one("#moment Heading", Heading).rename(question)
        if found.sentence != self._said:  # an update lays the screen out again, which costs more than all the rest
            self._said = found.sentence
            self.query_one("#why", Static).update(Content(found.sentence), layout=False)

    def _show_near(self, s: Snapshot, track: PostureTrack, marks: tuple[Line, ...]) -> None:
        chart = self.query_one("#near", TimeChart)
        cells = chart.cells
        if cells < 2:  # hidden, or not laid out yet
            return
        near_s = max(self._near_s, least_s(cells))
        dot_s = near_s / (2 * cells)  # it moves on by what can be seen
        begin_s = math.floor((s.t_s - near_s * _BEFORE) / dot_s) * dot_s
        ahead_s = min(begin_s + near_s, track.last_end_s)
        key = (
            begin_s, near_s, round(ahead_s, 1), cells, len(marks), s.progress.jump, s.threshold_deg, s.release_deg, _clock_s(s)
        )  # fmt: skip
        if key != self._nearby:
            self._nearby = key
            chart.show(_stretch(s, track, marks, begin_s, begin_s + near_s, cells, seconds=True))

    def _show_whole(self, s: Snapshot, track: PostureTrack, marks: tuple[Line, ...]) -> None:
        chart = self.query_one("#whole", TimeChart)
        cells = chart.cells
        if cells < 2:
            return
        end_s = track.last_end_s
        whole_s = max(s.progress.duration_s or 0.0, end_s, least_s(cells))
        # Drawing a day again costs more than a frame may: only when the cursor's column, or what is known, has changed.
        column = int(s.t_s / whole_s * cells)
        key = (column, int(end_s / whole_s * cells), round(whole_s), cells, marks, s.threshold_deg, s.release_deg, _clock_s(s))
        if key != self._charted:
            self._charted = key
            chart.show(_stretch(s, track, marks, 0.0, whole_s, cells))

    def action_event(self, step: int) -> None:
        self.feed.seek_event(step)

    def action_step(self, ticks: int) -> None:
        self.feed.step(ticks)

    def action_zoom(self) -> None:
        """The next larger stretch around the cursor, then the smallest again."""
        self._near_s = NEAR_S[(NEAR_S.index(self._near_s) + 1) % len(NEAR_S)]
        self.again()

    def on_resize(self, event: events.Resize) -> None:
        whole = "this recording so far" if isinstance(self.feed, Live) else "the whole recording"
        self.query_one("#whole-title", Heading).rename(f"{whole}{_LEGEND if event.size.width >= _LEGEND_FROM_CELLS else ''}")
        self.again()

    def again(self) -> None:
        """Show the same moment, laid out afresh."""
        self._charted = self._nearby = None
        if self._taken is not None and self.is_mounted:
            self.call_after_refresh(self.show_snapshot, self._taken)

    def on_time_chart_refitted(self) -> None:
        self.again()

    def on_event_list_turn(self, message: EventList.Turn) -> None:
        self.feed.seek_event(message.step)


def _clock_s(s: Snapshot) -> int | None:
    """Start of the stream by the local clock, in which times are shown; that clock may be set on the way."""
    return None if s.local_s is None else round(s.local_s - s.t_s)


def _state(s: Snapshot) -> TextLine:
    look = looks.look(s)
    towards = presenter.direction_text(s)
    head = f"{look.symbol} {look.word.upper()}  {presenter.angle_text(s.inclination_deg)}{' ' if towards else ''}{towards}"
    hint = "  ".join(text for text in (presenter.curvature_text(s), presenter.hint_text(s)) if text)
    return (head, f"state--{look.role}"), (f"  {presenter.detail_text(s)}", ""), (f"  {hint}" if hint else "", "state--quiet")


def _stretch(
    s: Snapshot, track: PostureTrack, marks: tuple[Line, ...], begin_s: float, end_s: float, cells: int, *, seconds: bool = False
) -> ChartSpan:
    every_s = (end_s - begin_s) * _LABEL_EVERY_CELLS / max(1, cells)
    step_s = next((step for step in _STEPS_S if step >= every_s), _STEPS_S[-1])
    # Round figures of the clock on the wall, where that is known.
    offset_s = 0.0 if s.local_s is None else s.local_s - s.t_s
    first = math.ceil((max(0.0, begin_s) + offset_s) / step_s)
    last = math.floor((end_s + offset_s) / step_s)
    times_s = [n * step_s - offset_s for n in range(first, last + 1)]
    labels = tuple((t_s, times.moment(s, t_s + 1e-6, seconds=seconds or step_s < 60)) for t_s in times_s)
    inside = tuple(mark for mark in marks if begin_s <= mark.t_s <= end_s)
    return ChartSpan(begin_s, end_s, s.t_s, overview(track, begin_s, end_s, cells), inside, labels, s.threshold_deg, s.release_deg)
