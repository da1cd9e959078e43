"""Movesense with the GATT SensorData firmware: IMU6 at 52 Hz.

A packet is [code][reference][payload]; what outgrows the link is continued in packets of code 3, and their number is not sent. So a
frame is complete when it has the size of a frame, which is learnt from the first ones: those end where the next begins. The
sensor's other resources (Acc, Gyro, Magn, IMU6m, IMU9) come in frames of the same form: which one a size is, is proven by what
the frames hold (`movesense_layout`)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

from sensorcore.devices import movesense_layout as layout
from sensorcore.devices.block_builder import BlockBuilder, DeviceDriver, FamilyState
from sensorcore.devices.family import Ask, Family, Talk, profile
from sensorcore.devices.movesense_layout import LARGEST, SAMPLE_BYTES, Held
from sensorcore.errors import SourceError
from sensorcore.model import STANDARD_GRAVITY_MPS2
from sensorcore.timing import frame_clock

SERVICE: Final = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE, NOTIFY = (f"3480000{number}-7185-4d5d-b431-630e7050e8f0" for number in (1, 2))
SUBSCRIBE, UNSUBSCRIBE = b"\x01", b"\x02"
RESPONSE, DATA, CONTINUED = 1, 2, 3
MOTION, BATTERY = b"\x63", b"\x64"
"""References of our own choice."""
PATHS: Final = {MOTION: b"/Meas/IMU6/52", BATTERY: b"/System/Energy/Level"}
OK: Final = range(200, 300)
MOST_BYTES: Final = 4 + 64 * SAMPLE_BYTES
AGREEING: Final = 3
"""So many frames of one size prove it, or are refused together."""
WRAP_MS: Final = 1 << 32
CUT: Final = "a frame that was cut"
MOST_WAITING: Final = 8
DOUBTFUL: Final = 16
"""So many frames in a row that look like one quantity (somebody who turns at 10 °/s looks like it for a moment) undo the proof."""
OTHER: Final = "a frame of another layout than IMU6 (acceleration, then angular rate)"


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


def _stop_sequence() -> Talk:
    for reference in PATHS:
        yield Ask(WRITE, UNSUBSCRIBE + reference)


@dataclass(frozen=True, slots=True)
class MovesenseState(FamilyState):
    """`part`: of the frame under way (None between frames); `size`: what frames of IMU6 have, 0 until proven; `waiting`: frames of
    other sizes, of each the last ones; `is_refused`: some were refused already. `last`: what the newest frame held, `odd_times`:
    how many in a row did not go on from it, `alike_times`: how many in a row looked like one quantity. `stamp_ms` and `wraps`: the
    newest stamp as sent."""

    part: bytes | None = None
    arrival_ns: int = 0
    size: int = 0
    waiting: tuple[tuple[int, bytes], ...] = ()
    is_refused: bool = False
    last: Held | None = None
    odd_times: int = 0
    alike_times: int = 0
    stamp_ms: int = 0
    wraps: int = 0


class Movesense(DeviceDriver):
    """The driver. Stamps are of a frame's first sample; its last one's follows from the period measured so far."""

    name = "movesense"
    initial = MovesenseState
    family = Family(
        name=name,
        title="Movesense",
        gives="acceleration and angular rate at 52 Hz, battery",
        profile=profile(name, 52.0, 8.0, 1000.0),
        service=SERVICE,
        take=(NOTIFY,),
        called=("Movesense",),
        advertised=(SERVICE,),
        full_scale=LARGEST,
        talk=_talk,
        stop_sequence=_stop_sequence,
        battery=False,
    )

    def _link_began(self, state: MovesenseState) -> MovesenseState:
        return replace(state, part=None, last=None, odd_times=0, clock=frame_clock.interrupted(state.clock))

    def _take(self, state: MovesenseState, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> MovesenseState:  # noqa: ARG002
        code, reference, rest = value[:1], value[1:2], value[2:]
        if code == bytes((CONTINUED,)) and reference == MOTION:
            if state.part is None or len(state.part) + len(rest) > MOST_BYTES:
                out.reject(CUT)
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
            out.reject()
        return state

    def _completed(self, state: MovesenseState, out: BlockBuilder) -> MovesenseState:
        """The frame under way has ended; what is in `part` is it."""
        frame = state.part or b""
        state = replace(state, part=None)
        if len(frame) < 4 + SAMPLE_BYTES // 2 or (len(frame) - 4) % (SAMPLE_BYTES // 2):
            out.reject(CUT)
            return state
        if len(frame) != state.size:
            return self._hold_unproven(state, frame, out)
        return self._continued(state, frame, out)

    def _hold_unproven(self, state: MovesenseState, frame: bytes, out: BlockBuilder) -> MovesenseState:
        """A frame of a size that is not proven: believed with its like, or refused with them."""
        waiting = (*state.waiting, (state.arrival_ns, frame))
        alike = [each for each in waiting if len(each[1]) == len(frame)]
        others = tuple(each for each in waiting if len(each[1]) != len(frame))
        period_ms = 1000.0 / self.profile.sample_rate_hz
        is_first = not state.size and not state.is_refused
        frames = [each for _, each in alike[-AGREEING:]]
        if len(frames) == AGREEING and layout.are_imu6(frames, period_ms):
            if is_first:
                out.reject(OTHER, len(others))
            else:
                alike = alike[-1:]  # those before it were refused
            state = replace(state, size=len(frame), waiting=(), last=None, odd_times=0)
            newest_ns = state.arrival_ns
            for arrival_ns, each in alike:
                state = self._continued(replace(state, arrival_ns=arrival_ns), each, out)
            return replace(state, arrival_ns=newest_ns)
        if is_first and len(frames) < AGREEING and len(waiting) <= MOST_WAITING:
            return replace(state, waiting=waiting)
        out.reject(OTHER, len(waiting) if is_first else 1)
        return replace(state, is_refused=True, waiting=(*others, *alike[1 - AGREEING :])[-MOST_WAITING:])

    def _continued(self, state: MovesenseState, frame: bytes, out: BlockBuilder) -> MovesenseState:
        """A frame of the proven size. What does not go on from the one before is another layout, unless it comes often."""
        held = layout.held(frame)
        stamp_ms = struct.unpack_from("<I", frame)[0]
        expected_ms = len(held.acc_mps2) * 1000.0 / self.profile.sample_rate_hz
        between = state.last is not None and 0 < (stamp_ms - state.stamp_ms) % WRAP_MS < layout.SOONEST * expected_ms
        alike_times = state.alike_times + 1 if held.is_one_quantity else 0
        if alike_times >= DOUBTFUL:
            out.reject(OTHER)
            return replace(state, size=0, is_refused=True, last=None, alike_times=0)
        state = replace(state, alike_times=alike_times)
        is_odd = not held.is_finite or between or not layout.goes_on(state.last, held)
        if is_odd and (not held.is_finite or state.odd_times < AGREEING - 1):
            out.reject(OTHER)
            return replace(state, odd_times=state.odd_times + 1)
        wraps = state.wraps + (stamp_ms < state.stamp_ms - WRAP_MS // 2)
        count, nominal_us = len(held.acc_mps2), 1e6 / self.profile.sample_rate_hz
        period_us = nominal_us if state.clock is None else state.clock.period_us
        ticks_us = (stamp_ms + wraps * WRAP_MS) * 1000 + round((count - 1) * period_us)
        dated = frame_clock.per_frame(state.clock, ticks_us, count, nominal_us, state.arrival_ns)
        out.add_dated(dated, held.acc_mps2 / STANDARD_GRAVITY_MPS2, held.gyr_dps if self.profile.has_gyroscope else None)
        if len(dated.t_s):
            state = replace(state, stamp_ms=stamp_ms, wraps=wraps, last=held)
        return replace(state, clock=dated.clock, odd_times=0, waiting=())  # another size is proven only by frames in a row
