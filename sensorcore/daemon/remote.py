"""Client of the daemon: takes the place of `WearSession` in `sensorcore.session.live.Live`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sensorcore.commands import Command
from sensorcore.daemon import messages
from sensorcore.errors import SourceError
from sensorcore.link import LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.posture.explain import Explanation
from sensorcore.session.wearing import Viewer, Wearing
from sensorcore.settings import Settings
from sensorcore.timing.host_clock import steady_s
from sensorcore.track.minutes import DailyTotals
from sensorcore.track.track_log import empty_track
from sensorcore.view.presence import GONE

AGAIN_EVERY_S: Final = 0.5
EXPLAINED_WITHIN_S: Final = 1.0
ANSWER_WITHIN_S: Final = 15.0
"""A daemon that takes longer hangs."""
HINT: Final = "`spinae wear` starts it again."


@dataclass(slots=True)
class RemoteSource:
    """Latest status of the sensor's link."""

    status: LinkStatus = field(default_factory=LinkStatus)


@dataclass(slots=True)
class RemoteClock:
    """Latest start of the stream by the wall clock, and age of its newest sample."""

    start_unix_ns: int | None = None
    lag_s: float = 0.0


class RemoteSession(Wearing):
    """A view of the daemon at `path`. `catching_up` while it receives the stream's past."""

    def __init__(self, path: Path, about: StreamInfo, settings: Settings) -> None:
        self.about = about
        self.settings = settings
        self.source = RemoteSource()
        self.clock: RemoteClock = RemoteClock()
        self.daily_totals = DailyTotals()
        self.catching_up = True
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked_s: float | None = None
        self._explained: Explanation | None = None
        self._heard_s = steady_s()
        self._ticked_s: float | None = None

    @property
    def unheard_s(self) -> float:
        """Seconds since the daemon's last message."""
        return steady_s() - self._heard_s

    @property
    def silent_s(self) -> float | None:
        """Seconds since the newest tick reached the daemon; None while unknown."""
        return None if self._ticked_s is None else steady_s() - self._ticked_s

    @property
    def status(self) -> LinkStatus:
        """Latest status of the link and the recording."""
        return self.source.status

    def say(self, command: Command) -> bool:
        """Send the wearer's command. From the loop that runs `run`."""
        if self._writer is None or self._writer.is_closing():
            return False
        self._writer.write(messages.command_line(command))
        return True

    def hear(self, *, on: bool) -> None:
        """Whether the daemon passes on raw payloads. For any thread."""
        self._send_soon(messages.hear_line(on=on))

    def explain(self, t_s: float) -> Explanation | None:
        """The daemon's latest explanation, when it is of this moment or nearly. For any thread."""
        if t_s != self._asked_s:
            self._asked_s = t_s
            self._send_soon(messages.explain_line(t_s))
        found = self._explained
        return found if found is not None and abs(found.t_s - t_s) < EXPLAINED_WITHIN_S else None

    def _send_soon(self, text: bytes) -> None:
        loop, writer = self._loop, self._writer
        if loop is not None and writer is not None:
            loop.call_soon_threadsafe(writer.write, text)

    def use(self, settings: Settings) -> None:
        """Change the daemon's settings. For any thread."""
        self.settings = settings
        self._send_soon(messages.settings_line(settings))

    async def run(self, viewer: Viewer) -> None:
        """Pass on the daemon's messages until it ends the session or the run is cancelled; reconnects when it is gone (it may be
        restarting) or drops this view. Raises SourceError when there is no daemon at first or it refuses, BadInput for a message
        that cannot be understood."""
        self._loop = asyncio.get_running_loop()
        connection = await _connected(self._path)
        while True:
            try:
                if await self._attached(*connection, viewer):
                    return
            except ConnectionError:
                pass
            self.source.status = LinkStatus(problem=GONE)
            connection = await _reconnected(self._path)

    async def _attached(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, viewer: Viewer) -> bool:
        """One connection; whether the daemon ended the session."""
        self._writer, self.catching_up, self._ticked_s = writer, True, None
        try:
            writer.write(messages.request("view"))
            async for message in _messages(reader):
                self._heard_s = steady_s()
                if message["kind"] == "end":
                    if message.get("problem"):
                        raise SourceError(str(message["problem"]))
                    return True
                self._take(message, viewer)
            return False
        finally:
            self._writer = None
            writer.transport.abort()

    def _take(self, message: dict[str, Any], viewer: Viewer) -> None:
        match message["kind"]:
            case "begin":
                info, self.settings = messages.begun(message)
                viewer.begin(info)
            case "output":
                self._take_output(message, viewer)
            case "link":
                self.source.status = messages.link_of(message)
            case "clock":
                self.clock.start_unix_ns = message["start_unix_ns"]
            case "earlier":
                self.daily_totals = messages.earlier_of(message)
            case "raw":
                viewer.take((messages.raw_of(message),), PipelineOutput(empty_track(), ()))
            case "explained":
                self._explained = messages.explained_of(message)
            case "alive":
                self._ticked_s = steady_s() - messages.seconds_of(message, "silent_s")
            case "present":
                self.catching_up = False
            case "refused":
                raise SourceError(str(message.get("problem", "the daemon refused")))

    def _take_output(self, message: dict[str, Any], viewer: Viewer) -> None:
        output = messages.output_of(message)
        if not self.catching_up:
            self.clock.lag_s = messages.seconds_of(message, "lag_s")
            if len(output.track):
                self._ticked_s = self._heard_s
        viewer.take((), output)


async def ask(path: Path, want: str) -> dict[str, Any]:
    """The daemon's status; after "stop" it ends its session. Raises SourceError, also when it hangs."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await _answered(path, want)
    except TimeoutError:
        hint = "Look whether it is stopped or the machine is busy; `kill -9` ends it, and little is lost."
        raise SourceError(f"the daemon did not answer within {ANSWER_WITHIN_S:.0f} s", where=os.fspath(path), hint=hint) from None


async def _answered(path: Path, want: str) -> dict[str, Any]:
    reader, writer = await _connected(path)
    try:
        writer.write(messages.request(want))
        async for message in _messages(reader):
            if message["kind"] == "status":
                return dict(message["status"])
            raise SourceError(str(message.get("problem", "the daemon refused")))
        raise SourceError("the daemon has gone", where=os.fspath(path), hint=HINT)
    finally:
        writer.transport.abort()


async def _connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_unix_connection(path, limit=messages.LONGEST_MESSAGE)
    except OSError as error:
        raise SourceError(f"no daemon answers ({error.strerror})", where=os.fspath(path), hint=HINT) from None


async def _reconnected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        await asyncio.sleep(AGAIN_EVERY_S)
        with contextlib.suppress(SourceError):
            return await _connected(path)


async def _messages(reader: asyncio.StreamReader) -> Any:
    try:
        while text := await reader.readline():
            yield {"kind": "", **messages.parsed(text)}
    except (OSError, ValueError):
        return
