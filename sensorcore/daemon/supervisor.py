"""Supervisor of the daemon: runs a session, restarts it when it fails, and serves views. Crash-only: all that must survive is in
the recording, so that a start and a restart are the same."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from sensorcore.commands import Command
from sensorcore.daemon.address import prepare
from sensorcore.daemon.guard import Guard
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.server import Server
from sensorcore.errors import SourceError, SpinaeError, StorageError
from sensorcore.link import LinkStatus
from sensorcore.links.cancellation import stray_cancellation_as_error
from sensorcore.notifiers.base import Notifiers
from sensorcore.session.session import LiveSource, WearSession
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals
from sensorcore.view.presence import ENDED
from sensorcore.view.snapshot import PlayPosition, build_snapshot
from sensorcore.view.status import SCHEMA, sensor_of, status_of
from sensorcore.view.today import with_today

UPDATE_EVERY_S: Final = 0.25
WATCH_EVERY_S: Final = 2.0
AGAIN_AFTER_S: Final = 10.0
"""Delay of a restart: a full disk may have room again, a driver bug must not burn the battery."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Supervisor:
    """`wear` makes a new `WearSession` with a recording of its own; it may raise SpinaeError. `notifiers` are sinks of the hub that
    run with it. `daily_totals(but, simulated)`: today's totals of all other recordings; it may be slow. `guard`: the home's lock,
    checked periodically; `elsewhere`: the second choice for `socket`."""

    wear: Callable[[], WearSession]
    hub: Hub
    socket: Path
    notifiers: Notifiers = field(default_factory=lambda: Notifiers(()))
    again_after_s: float = AGAIN_AFTER_S
    guard: Guard | None = None
    elsewhere: Path | None = None
    daily_totals: Callable[[Path | None, bool], DailyTotals] | None = None
    _worn: WearSession | None = field(default=None, init=False, repr=False)
    _source: LiveSource | None = field(default=None, init=False, repr=False)
    _sessions: asyncio.Task[None] | None = field(default=None, init=False, repr=False)
    _stopping: bool = field(default=False, init=False, repr=False)
    _totals_from: Path | None = field(default=None, init=False, repr=False)
    _lost: str | None = field(default=None, init=False, repr=False)

    async def run(self) -> None:
        """Runs until the sensor's stream ends, `stop` is called, or the run is cancelled; the recording is sealed then. Raises
        SourceError or StorageError when there is no socket, and what the first `wear` raises."""
        if self.elsewhere is None:
            prepare(self.socket)
        first = self.wear()  # a session that cannot begin fails at once
        self._source = first.source
        server = Server(self.hub, say=self._send, use=self._use, status=self.answer, stop=self.stop)
        async with server.listening(self.socket, self.elsewhere) as place, self.notifiers.running(self.status):
            if self.guard is not None:
                self.guard.moved_to(place)
            self._sessions = asyncio.create_task(self._run_sessions(first))
            updating = asyncio.create_task(self._update())
            watching = asyncio.create_task(self._watch(server))
            try:
                await self._sessions
            except asyncio.CancelledError:
                self.stop()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._sessions
            finally:
                updating.cancel()
                watching.cancel()
                self.hub.end(self._lost)
        if self._lost is not None:
            raise SourceError(self._lost)

    def stop(self) -> None:
        """End the session, also when that fails."""
        self._stopping = True
        if self._sessions is not None:
            self._sessions.cancel()

    def status(self) -> dict[str, Any]:
        """The present moment."""
        return present(self.hub)

    def answer(self) -> dict[str, Any]:
        """Status, worn sensors (the upper one first) and the recording's health: for the wearer's own programs only."""
        sensors = () if self._source is None else self._source.sensors
        return {**self.status(), "worn": [asdict(each) for each in sensors], "recording": self._recording()}

    def _recording(self) -> dict[str, Any] | None:
        health = None if self._worn is None else self._worn.recording
        return None if health is None else {**asdict(health), "path": str(health.path)}

    def _send(self, command: Command) -> bool:
        return self._worn is not None and self._worn.say(command)

    def _use(self, settings: Settings) -> None:
        self.hub.settings = settings
        if self._worn is not None:
            self._worn.use(settings)

    async def _run_sessions(self, first: WearSession) -> None:
        self._worn = first
        while True:
            try:
                if self._worn is None:
                    self._worn = self.wear()
                    self._worn.use(self.hub.settings)  # what was changed in the meantime still holds
                self._source = self._worn.source
                self._sum_up(self._worn)
                with stray_cancellation_as_error():
                    await self._worn.run(self.hub)
                return
            except SpinaeError as error:
                problem = str(error)
                _log.warning("the day was interrupted: %s", error)
            except Exception as error:  # noqa: BLE001 - any fault is reported, and the day goes on
                problem = f"This stopped by a fault in spinae ({type(error).__name__}: {error}). Please report it."
                _log.exception("the day was interrupted")
            if self._stopping:
                raise asyncio.CancelledError
            self._worn = None
            self.hub.update(LinkStatus(problem=problem), None)
            await asyncio.sleep(self.again_after_s)

    def _sum_up(self, worn: WearSession) -> None:
        """Sum up the day's other recordings in a daemon thread, which delays neither start nor end."""
        if self.daily_totals is None:
            return
        self._totals_from = worn.record_to
        loop, total = asyncio.get_running_loop(), partial(self.daily_totals, worn.record_to, worn.about.simulated)

        def sum_up() -> None:
            try:
                found = total()
            except SpinaeError as error:
                _log.warning("what was recorded of today is not known: %s", error)
                return
            with contextlib.suppress(RuntimeError):  # the session has ended
                loop.call_soon_threadsafe(self.hub.set_daily_totals, found)

        threading.Thread(target=sum_up, name="earlier", daemon=True).start()

    async def _watch(self, server: Server) -> None:
        """Restore lock and socket: both are files in folders that others may empty."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                if self.guard is not None:
                    self.guard.check()
            except SourceError as error:  # two would write the same home
                self._lost = str(error)
                _log.error("the day ends here: %s", error)
                self.stop()
                return
            except StorageError as error:
                _log.warning("%s", error)
            try:
                moved_to = await server.stay(self.elsewhere)
            except (SpinaeError, OSError) as error:
                _log.warning("no view can reach this day: %s", error)
                continue
            if moved_to is not None:
                _log.warning("the socket had gone; views find this day at %s again", moved_to)
                if self.guard is not None:
                    self.guard.moved_to(moved_to)

    async def _update(self) -> None:
        while True:
            if self._worn is not None:
                if self._worn.record_to != self._totals_from:
                    self._sum_up(self._worn)
                self.hub.update(self._worn.status, self._worn.clock.start_unix_ns, self._worn.clock.lag_s)
            self.hub.beat()
            await asyncio.sleep(UPDATE_EVERY_S)


def present(hub: Hub) -> dict[str, Any]:
    """Status of `hub` now, as `sensorcore.view.status` formats it."""
    if hub.info is None or hub.results is None:
        return {
            "schema": SCHEMA,
            "posture": "unknown",
            "context": "unknown",
            "has_signal": False,
            "sensor": sensor_of(hub.link),
        }
    t_s = hub.present_s
    track, past, counts = hub.results.until(t_s)
    progress, is_known = PlayPosition(finished=hub.ended, problem=ENDED if hub.ended else None), not hub.ended
    moment = build_snapshot(
        track, past, counts, t_s=t_s, info=hub.info, settings=hub.settings, progress=progress, is_known=is_known
    )
    return status_of(with_today(moment, hub.results, past, hub.info, hub.daily_totals), hub.link)
