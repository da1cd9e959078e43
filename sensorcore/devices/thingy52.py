"""Nordic Thingy:52, raw motion: int16 acceleration /1024 g, angular rate /32 °/s, compass /16 µT (not used); no time.

The angular rate is sent as 11.5 fixed point, so it saturates at 1024 °/s although the chip measures more.
"""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from sensorcore.devices.block_builder import BlockBuilder, DeviceDriver, FamilyState
from sensorcore.devices.family import Ask, Family, Talk, profile
from sensorcore.model import FloatArray
from sensorcore.timing import frame_clock

BASE: Final = "ef68{}-9b35-4933-9b10-52ffa9740042"
SERVICE, CONFIG, RAW = (BASE.format(part) for part in ("0400", "0401", "0406"))
ADVERTISED: Final = BASE.format("0100")
"""Its configuration service, the one that it advertises; its owner may have given it another name."""
MOTION: Final = struct.Struct("<9h")
CONFIGURATION: Final = struct.Struct("<4HB")
"""Intervals of step counter, temperature and compass compensation (ms), motion frequency (Hz, 5 to 200), wake on motion."""


def _talk() -> Talk:
    yield Ask(CONFIG, CONFIGURATION.pack(5000, 5000, 1000, 50, 1))


class Thingy52(DeviceDriver):
    """The driver: a value of 18 bytes is a sample."""

    name = "thingy52"
    initial = FamilyState
    family = Family(
        name=name,
        title="Nordic Thingy:52",
        gives="acceleration and angular rate at 50 Hz, battery",
        profile=profile(name, 50.0, 16.0, 1024.0),
        service=SERVICE,
        take=(RAW,),
        called=("Thingy",),
        advertised=(ADVERTISED, SERVICE),
        talk=_talk,
    )

    def _take(self, state: FamilyState, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> FamilyState:  # noqa: ARG002
        if len(value) != MOTION.size:
            out.reject(f"a value of {min(len(value), 255)} bytes, not the {MOTION.size} of raw motion")
            return state
        raw = np.array(MOTION.unpack(value), dtype=np.float64)
        if _is_rotation(raw):
            out.reject("a rotation matrix, not raw motion")
            return state
        values = raw[:6]
        dated = frame_clock.untimed(state.clock, 1, 1e6 / self.profile.sample_rate_hz, arrival_ns)
        out.add_dated(dated, values[None, :3] / 1024, values[None, 3:] / 32 if self.profile.has_gyroscope else None)
        return FamilyState(clock=dated.clock)


def _is_rotation(raw: FloatArray) -> bool:
    """Whether the nine numbers are a rotation matrix, which the sensor sends in as many bytes (2.14 fixed point)."""
    matrix = raw.reshape(3, 3) / 16384
    return bool(np.abs(matrix @ matrix.T - np.eye(3)).max() < 0.02)
