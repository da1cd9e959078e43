"""A guided calibration on a live sensor, and where its result is kept: by the sensor's serial number, until the next one."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeVar

from firmware_protocol import wire
from firmware_protocol.errors import FrameError
from sensorcore.engine import Incoming
from sensorcore.errors import CalibrationRefused, SourceError, StorageError
from sensorcore.model import Calibration, Notification, SampleBlock, join
from sensorcore.motion.calibration import calibrate, upright_of, with_upright
from sensorcore.record.info import calibration_from
from sensorcore.record.storage import in_words, replace_text
from sensorcore.source.drivers.spinae_sensor import SpinaeSensor, profile_of
from sensorcore.wear import LiveSource

STAND: Final = "Stand upright and keep still for five seconds; then bow forward three times, by about 30°, and come up straight."
SIT: Final = "Thank you. Now sit down the way you want to sit, and keep still for five seconds."
LIMIT_S: Final = 60.0
"""Of stream time, for each of the two."""
TRY_EVERY_S: Final = 1.0
SETTLE_S: Final = 5.0
"""Coming up from the last bow and sitting down takes that long; what is still before is not sitting."""

T = TypeVar("T")


async def guided(source: LiveSource, tell: Callable[[str], None]) -> Calibration:
    """Stand, bow, sit: the wearer's uprights and forward direction. `tell` is given what to do next. Raises CalibrationRefused
    when a minute was not enough for one of the steps, SourceError when the sensor's stream ends."""
    async with aclosing(source.arrivals()) as arrivals:
        stream = _Stream(arrivals)
        tell(STAND)
        standing = await stream.until(lambda block: calibrate(stream.driver.profile, block))
        tell(SIT)
        upright = await stream.until(lambda block: upright_of(block, "sitting"), after_s=SETTLE_S)
        return with_upright(standing, "sitting", upright)


class _Stream:
    """Samples as they come, in pieces worth trying."""

    def __init__(self, arrivals: AsyncGenerator[Incoming, None]) -> None:
        self._arrivals = arrivals
        self.driver = SpinaeSensor()
        self._state = self.driver.initial()
        self._begun = False

    async def until(self, attempt: Callable[[SampleBlock], T], *, after_s: float = 0.0) -> T:
        """What `attempt` makes of the samples from `after_s` on, as soon as it makes anything of them. Raises its last refusal."""
        blocks: list[SampleBlock] = []
        begin_s: float | None = None
        next_try_s = TRY_EVERY_S
        while True:
            block = await self._more()
            if not len(block):
                continue
            begin_s = float(block.t_s[0]) if begin_s is None else begin_s
            reached_s = float(block.t_s[-1]) - begin_s
            if reached_s < after_s:
                continue
            blocks.append(block)
            if reached_s < after_s + next_try_s:
                continue
            next_try_s += TRY_EVERY_S
            blocks = [join(blocks)]
            try:
                return attempt(blocks[0])
            except CalibrationRefused:
                if reached_s > LIMIT_S:
                    raise

    async def _more(self) -> SampleBlock:
        async for arrived in self._arrivals:
            if isinstance(arrived, Notification):
                if not self._begun:
                    self._learn(arrived.payload)
                self._state, decoded = self.driver.decode(self._state, [arrived])
                return decoded.block
        raise SourceError("the sensor's stream ended", hint="Start again")

    def _learn(self, payload: bytes) -> None:
        try:
            _, scale, rate, *_ = wire.unpack_data(payload)
        except FrameError:
            return
        self.driver = SpinaeSensor(profile_of(scale, rate))
        self._begun = True


class Calibrations:
    """A small file for each sensor, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "calibrations"

    def load(self, serial: str) -> Calibration | None:
        """The one kept, or None. Raises StorageError when it cannot be understood."""
        path = self._path(serial)
        try:
            with in_words("read the calibration", path):
                text = path.read_text(encoding="utf-8")
        except StorageError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        try:
            return calibration_from(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise StorageError("this is not a calibration", where=str(path), hint="Make a new one: `spinae calibrate`") from None

    def saved_unix_s(self, serial: str) -> float:
        """When it was kept; 0 when there is none."""
        try:
            return self._path(serial).stat().st_mtime
        except OSError:
            return 0.0

    def save(self, serial: str, calibration: Calibration) -> None:
        """Keep it in place of the one before. Raises StorageError."""
        replace_text(self._path(serial), json.dumps(asdict(calibration)) + "\n", "keep the calibration")

    def _path(self, serial: str) -> Path:
        """A sensor may call itself anything; its file's name is letters and digits."""
        return self._folder / f"{serial.encode().hex()}.json"
