"""Cursor on a worn sensor: the live counterpart of `sensorcore.view.player`.

Radio and pipeline run in a thread with an event loop of their own, so that a slow screen delays neither; the screen pulls the
newest snapshot. The cursor follows the present until the wearer looks back; `seek(math.inf)` returns to it. Each snapshot carries
its age (`PlayPosition.feed`): data that is no longer, or not yet, current is never shown as the present."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeAlias

from sensorcore.commands import Command, CommandKind, storable
from sensorcore.errors import SpinaeError
from sensorcore.events import Event
from sensorcore.link import LinkStatus
from sensorcore.model import Notification, Second, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival, Incoming
from sensorcore.posture.explain import Explanation
from sensorcore.session.session import BUZZ_FRESH_S
from sensorcore.session.wearing import Wearing
from sensorcore.settings import Settings, parse_quiet_hours
from sensorcore.view.cursor import Cursor
from sensorcore.view.event_summary import NEWS, NEWS_KEPT
from sensorcore.view.presence import ENDED, GONE, Feed, Presence
from sensorcore.view.results import Results
from sensorcore.view.snapshot import PlayPosition, Snapshot, build_snapshot
from sensorcore.view.today import with_today

STATUS_EVERY_S: Final = 0.25
STOP_WITHIN_S: Final = 10.0
UNHEARD_AFTER_S: Final = 2.5
"""The daemon sends twice a second (`sensorcore.daemon.hub.BEAT_EVERY_S`)."""
FRESH_S: Final = BUZZ_FRESH_S
"""Data that the radio missed and fetched later is not announced, as in `sensorcore.daemon.hub`."""
UNHEARD: Final = "No data from the background process for {:.0f} s. Wait a moment; if it stays so, `spinae status` says what to do."
EXPLAIN_S: Final = 900.0
"""How far back a moment can be explained: the decision inputs of a quarter of an hour take a few megabytes."""

_Heard: TypeAlias = Notification | Second[Notification]
_log = logging.getLogger(__name__)


class Live(Cursor):
    """Cursor on one `Wearing`, which it runs between `start` and `stop`."""

    speed = 1.0

    def __init__(self, wear: Wearing) -> None:
        super().__init__(wear.about, wear.settings, Results(wear.about, explain_s=EXPLAIN_S))
        self._wear = wear
        self._link: LinkStatus = wear.status
        self._presence = Presence()
        self._begun = False
        self._news: deque[Event] = deque(maxlen=NEWS_KEPT)
        self._news_total = 0
        self._looking_at_s: float | None = None
        self._ended = False
        self._listeners: list[Callable[[_Heard | None], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Wear the sensor in a thread from now on."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self.run()), name="wear", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the link; the recording is sealed when this returns."""
        loop, running = self._loop, self._running
        if loop is not None and running is not None and not loop.is_closed():
            loop.call_soon_threadsafe(running.cancel)
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)

    def say(self, kind: CommandKind, value: str = "") -> bool:
        """The wearer's command, obeyed and recorded as of now, wherever the cursor stands. False when no sensor is worn now.
        Raises BadInput for an invalid value."""
        command = Command(self._shown.end_s, kind, storable(value))
        loop = self._loop
        if loop is None or not self._begun or self._feed() in ("ended", "failed", "unheard"):
            return False
        loop.call_soon_threadsafe(self._wear.say, command)
        return True

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """Notifications from now on, for a consumer in the caller's event loop; ends when nothing more comes."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[_Heard | None]()

        def hear(arrived: _Heard | None) -> None:
            with suppress(RuntimeError):  # the caller's loop is closed by now
                loop.call_soon_threadsafe(queue.put_nowait, arrived)

        self._listeners.append(hear)
        self._wear.hear(on=True)
        try:
            while not self._ended and (arrived := await queue.get()) is not None:
                yield arrived
        finally:
            self._listeners.remove(hear)
            if not self._listeners:
                self._wear.hear(on=False)

    async def run(self) -> None:
        """Wear the sensor in this event loop, until it ends, fails or is stopped. Never raises: the snapshot carries the
        problem."""
        self._loop, self._running = asyncio.get_running_loop(), asyncio.current_task()
        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch())
                await self._wear.run(self)
                watching.cancel()
        except* asyncio.CancelledError:
            pass
        except* SpinaeError as errors:
            self._problem = str(errors.exceptions[0])
        except* Exception as errors:  # noqa: BLE001 - any failure must reach the screen
            _log.exception("wearing failed", exc_info=errors.exceptions[0])
            fault = errors.exceptions[0]
            self._problem = f"This stopped by a fault in spinae ({type(fault).__name__}: {fault}). Please report it."
        finally:
            self._link = self._wear.status
            self._ended = True
            for hear in list(self._listeners):
                hear(None)

    async def _watch(self) -> None:
        while True:
            self._link = self._wear.status
            await asyncio.sleep(STATUS_EVERY_S)

    def begin(self, info: StreamInfo) -> None:
        """A stream begins (called by the `Wearing`); it may be another one than before, with its own time."""
        with self._lock:
            self.info, self.settings = info, self._wear.settings
            self._shown = Results(info, explain_s=EXPLAIN_S)
            self._presence, self._looking_at_s = Presence(), None
            self._jumps += 1
            self._begun = True

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        for hear in list(self._listeners):
            for each in arrived:
                if isinstance(each, Notification | Second):
                    hear(each)
        with self._lock:
            if len(output.track):
                self._presence.arrived()
            self._shown.add(output)
            if self.is_present and self._wear.clock.lag_s < FRESH_S:
                news = [event for event in output.events if isinstance(event, NEWS)]
                self._news.extend(news)
                self._news_total += len(news)

    @property
    def is_present(self) -> bool:
        """Whether arrivals are current, and not yet the daemon's replay of the day so far."""
        return not self._wear.catching_up

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def advance(self, dt_s: float) -> None:
        """`dt_s` seconds have passed; a cursor in the past moves along until it reaches the present."""
        if self._looking_at_s is not None and not self.paused:
            self._look_at(self._looking_at_s + dt_s)

    def seek(self, t_s: float) -> None:
        """Look at `t_s`; from the present on: follow."""
        self._jumps += 1
        self._look_at(t_s)

    def _look_at(self, t_s: float) -> None:
        self._looking_at_s = max(0.0, t_s) if t_s < self._present_s() else None

    def explain(self) -> Explanation:
        t_s = round(self.cursor_s, 1)
        return self._wear.explain(t_s) or self._shown.explain(t_s)

    @property
    def cursor_s(self) -> float:
        return self._present_s() if self._looking_at_s is None else self._looking_at_s

    def use(self, settings: Settings) -> None:
        """Judge by these settings from now on; past decisions stay. Raises BadSetting."""
        parse_quiet_hours(settings.alerts.quiet_hours)
        self.settings = settings
        self._wear.use(settings)

    def present(self) -> Snapshot:
        """The present, also while another moment is looked at: the wearer's commands apply to it."""
        return self._moment(None)

    def snapshot(self) -> Snapshot:
        """Everything a view needs, now or at the moment looked at."""
        if self.paused and self._looking_at_s is None:
            self._looking_at_s = self._present_s()
        return self._moment(self._looking_at_s)

    def _moment(self, looking_at_s: float | None) -> Snapshot:
        with self._lock:
            silent_s, is_present = self._wear.silent_s, self.is_present
            if silent_s is not None:  # the daemon saw the tick arrive
                self._presence.arrived(silent_s)
            feed, present_s = self._feed(), self._present_s()
            t_s = present_s if looking_at_s is None else looking_at_s
            results, recorded, at_end = self._shown, self.info, self._ended and t_s == present_s
            track, past, counts = results.until(t_s, last_events=at_end)
            news, news_total = tuple(self._news), self._news_total
        started_ns = self._wear.clock.start_unix_ns
        info = recorded if started_ns is None else replace(recorded, start_unix_ns=started_ns)
        link = self._link
        progress = PlayPosition(
            duration_s=present_s,
            finished=at_end,
            catching_up=not is_present and not self._ended,
            paused=self.paused,
            jump=self._jumps,
            problem=self._said(feed, link),
            feed=feed,
        )
        is_known = t_s < present_s or (feed in ("current", "silent") and is_present)
        moment = build_snapshot(
            track, past, counts, t_s=t_s, info=info, settings=self.settings, progress=progress, is_known=is_known
        )
        moment = with_today(moment, results, past, recorded, self._wear.daily_totals)
        return replace(moment, link=link, news=news, news_total=news_total)

    def _feed(self) -> Feed:
        """State of the data behind the view."""
        if self._ended:
            return "failed" if self._problem else "ended"
        if self._wear.unheard_s >= UNHEARD_AFTER_S:
            return "unheard"
        return "silent" if self._begun and self._presence.is_silent(self._link.every_s) else "current"

    def _said(self, feed: Feed, link: LinkStatus) -> str | None:
        """The sentence for it, where there is one."""
        if feed in ("ended", "failed"):
            return self._problem or ENDED
        if feed == "unheard":
            return GONE if link.problem == GONE else UNHEARD.format(self._wear.unheard_s)
        return link.problem or link.trouble

    def _present_s(self) -> float:
        """Stream time now; it stops with the day."""
        if self._begun and not self._ended:
            return self._presence.now_s(self._shown.end_s, self._link.every_s)
        return self._presence.last_s(self._shown.end_s)
