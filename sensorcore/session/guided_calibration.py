"""Guided calibration on a live sensor, and its store: a result by serial number, until the next one."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias, TypeVar

import numpy as np

from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.errors import CalibrationRefused, SourceError
from sensorcore.link import LinkStatus
from sensorcore.model import Calibration, Notification, SampleBlock, Second, Vector3
from sensorcore.motion.calibration import bows, calibrate, still_stretches, upright_of, with_upright
from sensorcore.motion.vectors import angle_deg, unit
from sensorcore.ports import Incoming
from sensorcore.session.pair_source import PairSource
from sensorcore.session.session import LiveSource, ThirdPartySource
from sensorcore.session.stream_start import StreamStart
from sensorcore.storage.plain import read_json
from sensorcore.storage.write import replace_text

STAND: Final = "Stand upright and keep still for five seconds; then bow forward three times, by about 30°, and come up straight."
SIT: Final = "Thank you. Now sit down the way you want to sit, and keep still for five seconds."
LIMIT_S: Final = 60.0
"""Limit of each of the two steps, in stream time."""
TRY_EVERY_S: Final = 1.0
GOOD_DEG: Final = 4.0
"""Half of the spread that is refused."""
FORWARD_WITHIN_DEG: Final = 3.0
"""Bows that agree to the tenth may all be skewed: nine of ten simulated wearers were within this (docs/accuracy.md)."""
SETTLE_S: Final = 5.0
"""Time to come up from the last bow and sit down; stillness before that is not sitting."""

T = TypeVar("T")


Step: TypeAlias = Literal["stand", "sit"]


@dataclass(frozen=True, slots=True)
class StepProgress:
    """Progress of a step after `elapsed_s`. `still`: a still stretch long enough was seen; `bows` since then; `leaning_deg`: lean
    relative to that stretch (None: not known); `missing`: what the last attempt lacked, and what to do."""

    step: Step
    elapsed_s: float = 0.0
    still: bool = False
    bows: int = 0
    leaning_deg: float | None = None
    missing: str = ""


Watch: TypeAlias = Callable[[StepProgress], None]


async def guided(source: LiveSource, tell: Callable[[str], None]) -> tuple[Calibration, ...]:
    """Calibration of each sensor of `source` (uprights and forward direction) by standing, bowing and sitting. `tell` gets each
    instruction. Raises CalibrationRefused when a minute was not enough for one of the steps, SourceError when the sensor's stream
    ends."""
    asked_for: set[Step] = set()

    def watch(progress: StepProgress) -> None:
        if progress.step not in asked_for:
            asked_for.add(progress.step)
            tell(STAND if progress.step == "stand" else SIT)

    each = source.sources if isinstance(source, PairSource) else (source,)
    return await watched(source.arrivals(), watch, [one.driver if isinstance(one, ThirdPartySource) else None for one in each])


async def watched(
    arriving: AsyncGenerator[Incoming, None], watch: Watch, third_party: Sequence[type[DeviceDriver] | None] = (None,)
) -> tuple[Calibration, ...]:
    """The same from `arriving` (`third_party`: the driver of each sensor that is not one of ours). `watch` gets the progress
    after each piece, of two sensors that of the one that lacks more. Both are calibrated by the same standing, bows and
    sitting."""
    async with aclosing(arriving) as arrivals, _Shared(arrivals, len(third_party)) as shared:
        seen: dict[int, StepProgress] = {}

        def watch_one(which: int, progress: StepProgress) -> None:
            seen[which] = progress
            watch(min(seen.values(), key=lambda each: (each.step == "sit", each.still, each.bows)))

        streams = [_Stream(shared.of(which), partial(watch_one, which), kind) for which, kind in enumerate(third_party)]
        standing = await _all(each.until("stand", partial(_stood, each)) for each in streams)
        shared.since_ns = max(each.reached_ns for each in streams)  # one may have waited for the other
        seen.clear()
        upright = await _all(each.until("sit", _sat, after_s=SETTLE_S) for each in streams)
        return tuple(with_upright(known, "sitting", up) for known, up in zip(standing, upright, strict=True))


def _stood(stream: _Stream, block: SampleBlock) -> Calibration:
    return calibrate(stream.driver.profile, block)


def _sat(block: SampleBlock) -> Vector3:
    return upright_of(block, "sitting")


async def _all(attempts: Iterable[Awaitable[T]]) -> list[T]:
    """All results; the first failure ends the others."""
    tasks = [asyncio.ensure_future(each) for each in attempts]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for each in tasks:
            each.cancel()


class _Shared:
    """Arrivals split by sensor; those before `since_ns` are skipped."""

    def __init__(self, arrivals: AsyncGenerator[Incoming, None], sensors: int) -> None:
        self._arrivals = arrivals
        self._queues = [asyncio.Queue[Notification | None]() for _ in range(sensors)]
        self._reading: asyncio.Task[None] | None = None
        self.since_ns = 0

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._reading is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        try:
            async for arrived in self._arrivals:
                if isinstance(arrived, Notification):
                    self._queues[0].put_nowait(arrived)
                elif isinstance(arrived, Second) and len(self._queues) > 1:
                    self._queues[1].put_nowait(arrived.sent)
        finally:
            for each in self._queues:
                each.put_nowait(None)

    async def of(self, which: int) -> AsyncGenerator[Incoming, None]:
        """Arrivals of one sensor; raises what ended the stream, if it did not just end."""
        while (arrived := await self._queues[which].get()) is not None:
            if arrived.arrival_unix_ns >= self.since_ns:
                yield arrived
        if self._reading is not None and self._reading.done() and not self._reading.cancelled():
            self._reading.result()


def serials_of(link: LinkStatus | None, sensors: int) -> tuple[str | None, ...]:
    """The serial number of each sensor; None for one without."""
    known = (None, None) if link is None else (link.serial, link.lower_serial)
    return known[:sensors]


def verdict(found: Sequence[Calibration]) -> str:
    """Verdict on a calibration, with advice where it could be better; of two sensors, on the less certain one."""
    calibration = max(found, key=lambda each: math.inf if each.quality_deg is None else each.quality_deg)
    spread_deg = calibration.quality_deg
    if spread_deg is None:
        return "Good: your upright is known. Forward is not; it will be found from how you bend."
    good = spread_deg <= GOOD_DEG
    within_deg = math.ceil(max(FORWARD_WITHIN_DEG, spread_deg))
    agree = f"your bows agree within {spread_deg:.1f}°"
    said = f"{'Good' if good else 'It will do'}: forward is known within about {within_deg}° ({agree})."
    if not good:
        said += " For a better one repeat it, and bow straight forward, hands at your sides."
    if {"standing", "sitting"} <= set(calibration.upright):
        apart_deg = angle_deg(np.asarray(calibration.upright["standing"]), np.asarray(calibration.upright["sitting"]))
        said += f" Sitting upright differs from standing by {apart_deg:.0f}°."
    return said


class _Stream:
    """Samples of one sensor, in pieces worth an attempt."""

    def __init__(self, arrivals: AsyncGenerator[Incoming, None], watch: Watch, third_party: type[DeviceDriver] | None) -> None:
        self._arrivals = arrivals
        self._watch = watch
        self._start = StreamStart(third_party)
        self.driver = self._start.driver()
        self._state: Any = self.driver.initial()
        self._begun = False
        self._stood: Vector3 | None = None
        self.reached_ns = 0

    async def until(self, step: Step, attempt: Callable[[SampleBlock], T], *, after_s: float = 0.0) -> T:
        """Result of `attempt` on the samples from `after_s` on, as soon as it succeeds. Raises its last refusal."""
        blocks: list[SampleBlock] = []
        begin_s: float | None = None
        next_try_s = TRY_EVERY_S
        seen = StepProgress(step)
        self._watch(seen)
        while True:
            block = await self._more()
            if not len(block):
                continue
            begin_s = float(block.t_s[0]) if begin_s is None else begin_s
            reached_s = float(block.t_s[-1]) - begin_s
            seen = replace(seen, elapsed_s=reached_s, leaning_deg=self._leaning_deg(block))
            self._watch(seen)
            if reached_s < after_s:
                continue
            blocks.append(block)
            if reached_s < after_s + next_try_s:
                continue
            next_try_s += TRY_EVERY_S
            blocks = [SampleBlock.joined(blocks)]
            try:  # in a thread: going through a minute of samples is longer than a frame of a screen
                return await asyncio.to_thread(attempt, blocks[0])
            except CalibrationRefused as refused:
                if reached_s > LIMIT_S:
                    raise
                seen = await asyncio.to_thread(self._look, replace(seen, missing=f"{refused.what}. {refused.hint}"), blocks[0])

    def _look(self, seen: StepProgress, block: SampleBlock) -> StepProgress:
        """Progress so far towards what `calibrate` needs."""
        try:
            begin, end = still_stretches(block, seen.step)[0]
        except CalibrationRefused:
            return replace(seen, still=False, bows=0)
        if seen.step == "sit":
            return replace(seen, still=True)
        self._stood = unit(block.acc_mps2[begin:end].mean(axis=0))
        return replace(seen, still=True, bows=len(bows(self.driver.profile, block[begin:], self._stood)))

    def _leaning_deg(self, block: SampleBlock) -> float | None:
        """Lean by the accelerometer alone: good enough for a picture."""
        mean = block.acc_mps2.mean(axis=0)
        return None if self._stood is None or not mean.any() else angle_deg(mean, np.asarray(self._stood))

    async def _more(self) -> SampleBlock:
        async for arrived in self._arrivals:
            if isinstance(arrived, Notification):
                self.reached_ns = arrived.arrival_unix_ns
                if not self._begun:
                    self._begin(arrived)
                self._state, decoded = self.driver.decode(self._state, [arrived])
                return decoded.block
        raise SourceError("the sensor's stream ended", hint="Start again")

    def _begin(self, arrived: Notification) -> None:
        """Decode by the stream's own profile as soon as it shows."""
        self._start.hear(arrived)
        self._begun = self._start.device is not None
        if self._begun:
            self.driver = self._start.driver()
            self._state = self.driver.initial()


class Calibrations:
    """Calibrations on disk: a small file for each sensor, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "calibrations"

    def load(self, serial: str) -> Calibration | None:
        """The stored calibration, or None. Raises StorageError when it cannot be understood."""
        otherwise = ("this is not a calibration", "Make a new one: `spinae calibrate`")
        return read_json(Calibration, self._path(serial), "read the calibration", otherwise, finite=True)

    def saved_unix_s(self, serial: str) -> float:
        """When it was saved; 0 when there is none."""
        try:
            return self._path(serial).stat().st_mtime
        except OSError:
            return 0.0

    def save(self, serial: str, calibration: Calibration) -> None:
        """Replace the stored calibration. Raises StorageError."""
        replace_text(self._path(serial), json.dumps(asdict(calibration)) + "\n", "keep the calibration")

    def _path(self, serial: str) -> Path:
        """File of a sensor; its name is hexadecimal, for a serial number may hold any character."""
        return self._folder / f"{serial.encode().hex()}.json"
