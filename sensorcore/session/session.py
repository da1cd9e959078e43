"""Session of a worn sensor: its stream through the engine into a recording and to a viewer, and buzzes back to the sensor."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from firmware_protocol.packets import Buzz, Control
from sensorcore.commands import Command
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.events import ActivationAsked, AlertRaised, Event, ExerciseOpened, MoveReminder, SetEnded
from sensorcore.link import LinkStatus
from sensorcore.links.known import KnownSensor
from sensorcore.model import Notification, Second, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival, Incoming
from sensorcore.recording.held_file import free_name
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.sink import LiveRecordingSink
from sensorcore.recording.writer import RecordingHealth, RecordingWriter
from sensorcore.session.engine import Engine, Sink
from sensorcore.session.pair_clock import PairClock
from sensorcore.session.pair_source import PairSource
from sensorcore.session.resume import continued
from sensorcore.session.stream_start import EARLY_KEPT, StreamStart, have_begun
from sensorcore.session.wall_clock import Clock, LiveClock
from sensorcore.session.wearing import Viewer, Wearing
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals

BUZZ_FRESH_S = 5.0
"""An alert about longer ago comes from back-filled data; a buzz would puzzle the wearer."""
BUZZES = (Buzz(60, ((20, 15), (20, 0))), Buzz(100, ((40, 20), (40, 20), (40, 0))))
"""By the level of the alert; the last one for all above."""
BUZZ_MOVE = Buzz(40, ((60, 0),))
"""Long and soft, unlike an alert."""
BUZZ_BEGIN, BUZZ_DONE = Buzz(50, ((12, 0),)), Buzz(50, ((12, 12), (12, 0)))
"""Counting begins or ends: on hands and knees nobody sees the screen."""


SAID_FOR_S = 120.0
"""How long a view shows a recording's trouble that was solved."""
ZONE_EVERY_S = 10.0
"""Stream time between looks at the machine's time zone."""


class LiveSource(Protocol):
    """Sensor that sends as it samples: by radio, by network, or simulated. Used from one event loop."""

    @property
    def sensors(self) -> tuple[KnownSensor, ...]:
        """The sensor, or of two the upper one first; with its serial number once that is known."""

    @property
    def status(self) -> LinkStatus: ...

    def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """Frames of our own sensor's protocol in order (or of `ThirdPartySource.driver`), the wearer's commands, and link
        events."""

    def drain(self) -> Iterable[Incoming]:
        """Arrivals not handed over when `arrivals` is stopped."""

    def send(self, command: Control) -> bool:
        """Queue a command for the sensor; False when it cannot obey."""


@runtime_checkable
class ThirdPartySource(Protocol):
    """Live source whose notifications are those of a third-party sensor's `driver`."""

    driver: type[DeviceDriver]


class _Buzzer:
    """Sink that makes the sensor buzz for alerts, reminders and exercises."""

    def __init__(self, source: LiveSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        buzzes = [buzz for event in output.events if (buzz := buzz_for(event)) is not None]
        if buzzes and self._clock.lag_s < BUZZ_FRESH_S:
            self._source.send(buzzes[-1])


class _ZoneWatch:
    """Sink that reports a change of the local clock (summer time, travel): minutes belong to days by that clock."""

    def __init__(self, info: StreamInfo, say: Callable[[Command], bool]) -> None:
        self._start_s = (info.start_unix_ns or 0) / 1e9
        self._offset_s = info.utc_offset_s
        self._looked_s = -math.inf
        self._say = say

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        if not len(output.track) or (now_s := float(output.track.end_s[-1])) < self._looked_s + ZONE_EVERY_S:
            return
        self._looked_s = now_s
        offset_s = local_offset_s(self._start_s + now_s)
        if offset_s != self._offset_s and self._say(Command(now_s, "zone", str(offset_s))):
            self._offset_s = offset_s


def local_offset_s(unix_s: float) -> int:
    """Local time minus UTC at that moment, by this machine's zone as it is set now."""
    if hasattr(time, "tzset"):
        time.tzset()  # travellers change it while the program runs
    return time.localtime(unix_s).tm_gmtoff


def buzz_for(event: Event) -> Buzz | None:
    """Buzz for an event; None for most."""
    if isinstance(event, AlertRaised):
        return BUZZES[min(event.level, len(BUZZES)) - 1]
    if isinstance(event, MoveReminder | ActivationAsked):
        return BUZZ_MOVE
    if isinstance(event, ExerciseOpened):
        return BUZZ_BEGIN
    return BUZZ_DONE if isinstance(event, SetEnded) and event.closed else None


@dataclass(slots=True)
class WearSession(Wearing):
    """One worn sensor. `about`: how it is worn; the device and the start are taken from its first frame. `record_to`: the
    recording to make. `daily_totals`: of the day before this stream; for any thread to set. `trouble`: what every view shows
    beside all else, such as a settings file that cannot be read."""

    source: LiveSource
    settings: Settings
    about: StreamInfo
    record_to: Path | None = None
    clock: Clock = field(default_factory=LiveClock)
    daily_totals: DailyTotals = field(default_factory=DailyTotals)
    trouble: str | None = None
    _running: Engine | None = field(default=None, init=False, repr=False)
    _writer: RecordingWriter | None = field(default=None, init=False, repr=False)
    _first: Path | None = field(default=None, init=False, repr=False)
    _news: str = field(default="", init=False, repr=False)
    _news_s: float = field(default=0.0, init=False, repr=False)

    def say(self, command: Command) -> bool:
        return self._running is not None and self._running.say(command)

    def use(self, settings: Settings) -> None:
        self.settings = settings
        if self._running is not None:
            self._running.settings = settings

    @property
    def status(self) -> LinkStatus:
        return replace(self.source.status, trouble=self._trouble())

    @property
    def recording(self) -> RecordingHealth | None:
        """Health of the recording; None while there is none."""
        return None if self._writer is None else self._writer.health

    def _trouble(self) -> str | None:
        health = self.recording
        if health is None:
            return self.trouble
        news = health.problem or health.notice
        if news is not None and news != self._news:
            self._news, self._news_s = news, time.monotonic()
        if health.problem is not None:
            return health.problem
        return self._news if self._news and time.monotonic() - self._news_s < SAID_FOR_S else self.trouble

    async def run(self, viewer: Viewer) -> None:
        """Run until the source ends or the run is cancelled; the recording is sealed then. A recording that can take no more is
        followed by another one. Raises SpinaeError."""
        early: list[Incoming] | None = []
        async with aclosing(self.source.arrivals()) as arrivals:
            while early is not None:
                early = await self._stream(_chained(early, arrivals), viewer)

    async def _stream(self, arrivals: AsyncGenerator[Incoming, None], viewer: Viewer) -> list[Incoming] | None:
        """Run one stream with its recording; returns the first arrivals of the next stream, None when nothing more comes."""
        sources = self.source.sources if isinstance(self.source, PairSource) else (self.source,)
        beginnings = [StreamStart(each.driver if isinstance(each, ThirdPartySource) else None) for each in sources]
        async with aclosing(arrivals):
            early: list[Incoming] = []
            async for arrived in arrivals:
                early.append(arrived)
                if isinstance(arrived, Notification):
                    beginnings[0].hear(arrived)
                elif isinstance(arrived, Second):
                    beginnings[1].hear(arrived.sent)
                if have_begun(*beginnings):
                    return await self._engine(beginnings, _chained(early, arrivals), viewer)
                del early[: -EARLY_KEPT * len(sources)]
        return None

    async def _engine(
        self, beginnings: list[StreamStart], arrivals: AsyncGenerator[Incoming, None], viewer: Viewer
    ) -> list[Incoming] | None:
        info = replace(beginnings[0].known_of(self.about), settings=self.settings.to_record())
        drivers, clocks = [each.driver() for each in beginnings], [each.clock() for each in beginnings]
        self.clock, pair, drain = clocks[0], None, self.source.drain
        if len(beginnings) > 1:
            info = replace(info, second=beginnings[1].known_of(self.about.second or self.about))
            self.clock = pair = PairClock(*clocks)
            drain = partial(_paired, pair, drain)
        viewer.begin(info)
        recording: LiveRecordingSink | None = None
        with ExitStack() as stack:
            sinks: list[Sink] = [self.clock, viewer, _Buzzer(self.source, self.clock)]
            if self.record_to is not None:
                recorded = RecordingInfo(info, drivers[0].name, second_driver=drivers[-1].name if info.second else "")
                self._writer = stack.enter_context(RecordingWriter(self.record_to, recorded, live=True))
                recording = LiveRecordingSink(self._writer)
                sinks.insert(0, recording)
            sinks.append(_ZoneWatch(info, self.say))
            second = drivers[1] if info.second else None
            self._running = Engine(info, drivers[0], self.settings, tuple(sinks), drain=drain, second=second)
            await self._running.run(_fed(arrivals, pair, recording))
        if recording is None or self.record_to is None or self._writer is None or not recording.is_over:
            return None
        self.about = continued(self.about, self._writer.path)
        if recording.is_empty:
            self._writer.path.unlink(missing_ok=True)
        self._first = self._first or self.record_to
        self.record_to = free_name(self._first)
        return list(recording.unsaved)


async def _chained(early: list[Incoming], arrivals: AsyncGenerator[Incoming, None]) -> AsyncGenerator[Incoming, None]:
    for each in early:
        yield each
    async for each in arrivals:
        yield each


async def _fed(
    arrivals: AsyncGenerator[Incoming, None], pair: PairClock | None, recording: LiveRecordingSink | None
) -> AsyncGenerator[Incoming, None]:
    """Arrivals with the changes of the pairing, until the recording can take no more."""
    async with aclosing(arrivals):
        async for arrived in arrivals:
            for each in (arrived,) if pair is None else pair.over(arrived):
                yield each
            if recording is not None and recording.is_over:
                return


def _paired(pair: PairClock, drain: Callable[[], Iterable[Incoming]]) -> Iterable[Incoming]:
    return [each for arrived in drain() for each in pair.over(arrived)]
