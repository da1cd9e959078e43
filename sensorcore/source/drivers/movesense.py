"""Movesense with the GATT SensorData firmware: IMU6 at 52 Hz.

A packet is [code][reference][payload]; what outgrows the link is continued in packets of code 3, and nothing says how many. So a
frame is complete when it has the size that frames have; that is learnt from the first, which waits for its successor to begin.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sensorcore.errors import SourceError
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.source.drivers import clocks
from sensorcore.source.drivers.clocks import FrameClock
from sensorcore.source.drivers.family import Ask, Family, Talk, profile
from sensorcore.source.drivers.gathering import FamilyDriver, Gathering

SERVICE: Final = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE, NOTIFY = (f"3480000{number}-7185-4d5d-b431-630e7050e8f0" for number in (1, 2))
SUBSCRIBE, UNSUBSCRIBE = b"\x01", b"\x02"
RESPONSE, DATA, CONTINUED = 1, 2, 3
MOTION, BATTERY = b"\x63", b"\x64"
"""References of our own choice."""
PATHS: Final = {MOTION: b"/Meas/IMU6/52", BATTERY: b"/System/Energy/Level"}
OK: Final = range(200, 300)
SAMPLE_BYTES: Final = 24
MOST_BYTES: Final = 4 + 64 * SAMPLE_BYTES
AGREEING: Final = 3
"""So many frames of another size in a row are a new size, not damage."""
WRAP_MS: Final = 1 << 32


def _talk() -> Talk:
    for reference, path in PATHS.items():
        yield Ask(WRITE, UNSUBSCRIBE + reference, wait_s=0.05)  # of a connection that broke; an error is of no interest
        reply = yield Ask(WRITE, SUBSCRIBE + reference + path, reply=bytes((RESPONSE,)) + reference)
        status = int.from_bytes(reply[2:4], "little")
        if reference == MOTION and status not in OK:
            raise SourceError(
                f"the sensor refused to measure ({path.decode()}, status {status})",
                hint="Install the firmware 'GATT SensorData' with the vendor's app, and close apps that hold the sensor",
            )


def _farewell() -> Talk:
    for reference in PATHS:
        yield Ask(WRITE, UNSUBSCRIBE + reference)


@dataclass(frozen=True, slots=True)
class MovesenseState:
    """`part`: of the frame under way (None between frames); `size`: what frames have, 0 until known; `odd`, `odd_times`: another
    size seen, and how often in a row. `stamp_ms` and `wraps`: the newest stamp as sent."""

    part: bytes | None = None
    arrival_ns: int = 0
    size: int = 0
    odd: int = 0
    odd_times: int = 0
    stamp_ms: int = 0
    wraps: int = 0
    clock: FrameClock | None = None


class Movesense(FamilyDriver):
    """The driver. Stamps are of a frame's first sample; its last one's follows from the period measured so far."""

    name = "movesense"
    family = Family(
        name=name,
        title="Movesense",
        gives="acceleration and angular rate at 52 Hz, battery",
        profile=profile(name, 52.0, 8.0, 1000.0),
        service=SERVICE,
        take=(NOTIFY,),
        called=("Movesense",),
        advertised=(SERVICE,),
        talk=_talk,
        farewell=_farewell,
        battery=False,
    )

    def initial(self) -> MovesenseState:
        return MovesenseState()

    def _link_began(self, state: MovesenseState) -> MovesenseState:
        return replace(state, part=None, clock=clocks.interrupted(state.clock))

    def _take(self, state: MovesenseState, place: int, value: bytes, arrival_ns: int, out: Gathering) -> MovesenseState:  # noqa: ARG002
        code, reference, rest = value[:1], value[1:2], value[2:]
        if code == bytes((CONTINUED,)) and reference == MOTION:
            if state.part is None or len(state.part) + len(rest) > MOST_BYTES:
                out.rejected += 1
                return replace(state, part=None)
            state = replace(state, part=state.part + rest, arrival_ns=arrival_ns)
            return self._completed(state, out) if len(state.part or b"") == state.size else state
        if code == bytes((DATA,)) and reference == MOTION and len(rest) <= MOST_BYTES:
            if state.part is not None:
                state = self._completed(state, out)
            state = replace(state, part=rest, arrival_ns=arrival_ns)
            return self._completed(state, out) if len(rest) == state.size else state
        if code == bytes((DATA,)) and reference == BATTERY and len(rest) == 1 and rest[0] <= 100:
            out.battery_percent = rest[0]
        elif code != bytes((RESPONSE,)) or len(value) != 4:
            out.rejected += 1
        return state

    def _completed(self, state: MovesenseState, out: Gathering) -> MovesenseState:
        """The frame under way has ended; what is in `part` is it."""
        frame = state.part or b""
        state = replace(state, part=None)
        count, over = divmod(len(frame) - 4, SAMPLE_BYTES)
        if over or count < 1:
            out.rejected += 1
            return state
        if len(frame) != state.size:
            times = state.odd_times + 1 if len(frame) == state.odd else 1
            if state.size and times < AGREEING:
                out.rejected += 1
                return replace(state, odd=len(frame), odd_times=times)
            state = replace(state, size=len(frame))
        with np.errstate(invalid="ignore"):  # damage may look like a signalling not-a-number
            values = np.frombuffer(frame, "<f4", 6 * count, 4).astype(np.float64).reshape(2, count, 3)
        acc_g, gyr_dps = values[0] / STANDARD_GRAVITY_MPS2, values[1]
        # not a number is refused by the comparison
        if not ((np.abs(acc_g) <= 16.0).all() and (np.abs(gyr_dps) <= 2100.0).all()):
            out.rejected += 1
            return state
        return self._delivered(state, count, struct.unpack_from("<I", frame)[0], acc_g, gyr_dps, out)

    def _delivered(
        self, state: MovesenseState, count: int, stamp_ms: int, acc_g: FloatArray, gyr_dps: FloatArray, out: Gathering
    ) -> MovesenseState:
        wraps = state.wraps + (stamp_ms < state.stamp_ms - WRAP_MS // 2)
        nominal_us = 1e6 / self.profile.sample_rate_hz
        period_us = nominal_us if state.clock is None else state.clock.period_us
        ticks_us = (stamp_ms + wraps * WRAP_MS) * 1000 + round((count - 1) * period_us)
        dated = clocks.stamped(state.clock, ticks_us, count, nominal_us, state.arrival_ns)
        out.add_dated(dated, acc_g, gyr_dps if self.profile.has_gyroscope else None)
        if len(dated.t_s):
            state = replace(state, stamp_ms=stamp_ms, wraps=wraps)
        return replace(state, clock=dated.clock, odd_times=0)
