"""Fan-out of one session to any number of views. Each gets the stream from its beginning, then updates; one that does not keep
up is dropped, so that it never delays the stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sensorcore.daemon import messages
from sensorcore.link import LinkStatus
from sensorcore.model import Notification, Second, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.posture.explain import no_data
from sensorcore.session.engine import Sink
from sensorcore.session.session import BUZZ_FRESH_S
from sensorcore.settings import Settings
from sensorcore.timing.host_clock import steady_s
from sensorcore.track.minutes import DailyTotals
from sensorcore.track.track_log import empty_track
from sensorcore.view.presence import Presence
from sensorcore.view.results import Results

BEHIND: Final = 600
"""Messages a view may be behind (well over a minute in real time) before it is dropped."""
EXPLAIN_S: Final = 600.0
"""Stretch of the past that views may ask explanations of."""
FRESH_S: Final = BUZZ_FRESH_S
"""Older data was back-filled: the wearer has moved since, so nothing of it is announced."""
BEAT_EVERY_S: Final = 0.5
"""Heartbeat; a view without one for several times as long reports it (`sensorcore.session.live.UNHEARD_AFTER_S`)."""
PIECE_TICKS: Final = 6000
"""Ten minutes: the past is sent in pieces, so that a view can show the first at once."""

View = asyncio.Queue[bytes | None]
"""Messages for one view, in order; None: the end, also of a view that is dropped."""


class Hub:
    """Viewer of a `WearSession` that passes everything on to views, and to `sinks` what is not older than `FRESH_S`. Used from one
    event loop."""

    def __init__(self, settings: Settings, sinks: Sequence[Sink] = ()) -> None:
        self.settings = settings
        self._sinks = tuple(sinks)
        self.info: StreamInfo | None = None
        self.results: Results | None = None
        self.link = LinkStatus()
        self.start_unix_ns: int | None = None
        self.problem: str | None = None
        self.lag_s = 0.0
        self.daily_totals = DailyTotals()
        self.ended = False
        self._presence = Presence()
        self._beat_s = steady_s()
        self._views: set[View] = set()
        self._raw_views: set[View] = set()

    @property
    def views(self) -> int:
        """Number of attached views."""
        return len(self._views)

    @property
    def present_s(self) -> float:
        """Stream time now; it stops with the day."""
        end_s = 0.0 if self.results is None else self.results.end_s
        return self._presence.last_s(end_s) if self.ended else self._presence.now_s(end_s, self.link.every_s)

    def beat(self) -> None:
        """Send the heartbeat when it is due (called more often)."""
        if steady_s() - self._beat_s >= BEAT_EVERY_S:
            self._beat_s = steady_s()
            self._send(self._alive())

    def begin(self, info: StreamInfo) -> None:
        """A stream begins (called by `WearSession`); views of the one before start over."""
        self.info = info
        self.results = Results(info, explain_s=EXPLAIN_S)
        self._presence = Presence()
        self._send(messages.begin_line(info, self.settings))

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        assert self.results is not None
        if self._raw_views:
            for each in arrived:
                if isinstance(each, Notification | Second):
                    self._send(messages.raw_line(each), self._raw_views)
        if len(output.track):
            self._presence.arrived()
        self.results.add(output)
        if self.lag_s < FRESH_S:
            for sink in self._sinks:
                sink.take((), output)
        if self._views and (len(output.track) or output.events):
            self._send(messages.output_line(output.track, output.events, output.policy_changes, self.lag_s))

    def subscribe_raw(self, view: View, *, on: bool) -> None:
        """Whether that view also gets the sensor's raw payloads."""
        (self._raw_views.add if on and view in self._views else self._raw_views.discard)(view)

    def explain(self, t_s: float) -> bytes:
        """Explanation of the decision at `t_s`."""
        return messages.explained_line(no_data(t_s) if self.results is None else self.results.explain(t_s))

    def update(self, link: LinkStatus, start_unix_ns: int | None, lag_s: float = 0.0) -> None:
        """Publish the link's status, the stream's start by the wall clock, and the age of its newest sample."""
        self.lag_s = lag_s
        if link != self.link:
            self.link = link
            self._send(messages.link_line(link))
        if start_unix_ns != self.start_unix_ns:
            self.start_unix_ns = start_unix_ns
            self._send(messages.line("clock", start_unix_ns=start_unix_ns))

    def set_daily_totals(self, daily_totals: DailyTotals) -> None:
        """Totals of the day's other recordings."""
        self.daily_totals = daily_totals
        self._send(messages.earlier_line(daily_totals))

    def end(self, problem: str | None) -> None:
        """Send the end, with its `problem` if any, and drop all views."""
        self.problem, self.ended = problem, True
        self._send(self._end())
        for view in list(self._views):
            self._drop(view)

    @contextmanager
    def watched(self) -> Iterator[tuple[list[bytes], View]]:
        """The stream so far, as messages, and a queue of what follows."""
        view: View = asyncio.Queue()
        past = list(self._past())
        self._views.add(view)
        if self.ended:  # it asked while the daemon was ending
            view.put_nowait(self._end())
            self._drop(view)
        try:
            yield past, view
        finally:
            self._views.discard(view)
            self._raw_views.discard(view)

    def _past(self) -> Iterator[bytes]:
        if self.info is not None and self.results is not None:
            yield messages.begin_line(self.info, self.settings)
            track, events = self.results.whole()
            for begin in range(0, len(track), PIECE_TICKS):
                piece = track[begin : begin + PIECE_TICKS]
                yield messages.output_line(piece, ())
            yield messages.output_line(empty_track(), events, self.results.asked())
        yield messages.link_line(self.link)
        yield messages.line("clock", start_unix_ns=self.start_unix_ns)
        yield messages.earlier_line(self.daily_totals)
        yield self._alive()
        yield messages.line("present")

    def _end(self) -> bytes:
        return messages.line("end", problem=self.problem)

    def _alive(self) -> bytes:
        return messages.line("alive", silent_s=self._presence.silent_s)

    def _send(self, message: bytes, views: Iterable[View] | None = None) -> None:
        for view in list(self._views if views is None else views):
            view.put_nowait(message)
            if view.qsize() > BEHIND:
                self._drop(view)

    def _drop(self, view: View) -> None:
        self._views.discard(view)
        self._raw_views.discard(view)
        view.put_nowait(None)
