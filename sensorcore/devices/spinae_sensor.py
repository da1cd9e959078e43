"""Driver of our own sensor: data frames of `firmware_protocol` (see its SPEC.md) to samples.

A frame that the codec refuses is counted as rejected; one that is not newer than the last delivered,
or belongs to a session that is over, as a duplicate. Nothing is put out of order. A status may show that the sensor restarted
under the same session id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from firmware_protocol import tables, wire
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import Status
from sensorcore.devices.base import Decoded
from sensorcore.devices.restart import LastFrame, has_restarted
from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, DeviceReport, FloatArray, Notification, SampleBlock
from sensorcore.timing import device_clock

AHEAD_FRAMES = 1 << 24
"""A sequence up to this far ahead (30 days at 6.5 frames a second) is newer; any other is older. Comparing this way survives
the wrap at 2^32."""
SESSIONS_KEPT = 16
FULL_SCALE = 32767
LATEST_UNIX_NS = 1 << 62
"""A damaged recording can claim any arrival; this one (the year 2116) leaves room to compute."""

_STATUS = bytes((wire.STATUS_TAG,))

Frame = tuple[int, int, int, int, int, int]
"""samples, scale id, rate id, device time, frames since the one before, arrival"""


@dataclass(frozen=True, slots=True)
class SpinaeState:
    """The last frame delivered, the sessions that are over (newest last), the clock, the time of the newest sample, and
    when the last frame arrived."""

    session: int | None = None
    sequence: int = 0
    over: tuple[int, ...] = ()
    clock: device_clock.ClockState | None = None
    last_s: float = 0.0
    arrival_unix_ns: int = 0


def profile_of(scale: int = tables.DEFAULT_SCALE, rate: int = tables.DEFAULT_RATE) -> DeviceProfile:
    """Profile of a sensor that sends this scale and rate (ids of `firmware_protocol.tables`). Raises BadInput for an unknown
    one."""
    if scale not in tables.SCALES or rate not in tables.RATES:
        raise BadInput(
            f"scale {scale} and rate {rate} are not both known",
            where="spinae sensor",
            hint="The sensor's firmware is newer than this program; update it",
        )
    acc_mg, gyr_mdps = tables.SCALES[scale]
    return DeviceProfile(
        name=SpinaeSensor.name,
        sample_rate_hz=float(tables.RATES[rate][0]),
        gyro_sampling="point" if gyr_mdps else None,
        acc_range_mps2=acc_mg / 1000 * STANDARD_GRAVITY_MPS2,
        gyr_range_radps=float(np.deg2rad(gyr_mdps / 1000)),
    )


class SpinaeSensor:
    """The driver. A profile without a gyroscope takes the acceleration of any frame; one with a gyroscope rejects frames that
    have none, because a stream has either angular rate throughout or not at all."""

    name = "spinae-sensor"

    def __init__(self, profile: DeviceProfile | None = None) -> None:
        self.profile = profile or profile_of()

    def initial(self) -> SpinaeState:
        """Before the first frame."""
        return SpinaeState()

    def decode(self, state: SpinaeState, notifications: Sequence[Notification]) -> tuple[SpinaeState, Decoded]:
        """Samples of the frames that are sound and new, and the statuses between them as reports."""
        frames: list[Frame] = []
        payloads: list[bytes] = []
        statuses: list[tuple[int, Status]] = []
        duplicates = 0
        reasons: dict[str, int] = {}

        def reject(why: str) -> None:
            reasons[why] = reasons.get(why, 0) + 1

        session, sequence, over = state.session, state.sequence, state.over
        six_only = self.profile.has_gyroscope
        for notification in notifications:
            payload = notification.payload
            try:
                if payload[:1] == _STATUS:
                    status = Status.from_bytes(payload)
                    statuses.append((len(frames), status))
                    last = _last_frame(state, frames, session, sequence)
                    if last is not None and has_restarted(last, status, notification.arrival_unix_ns / 1e9):
                        session = None  # under the same id: what comes next is another run
                    continue
                count, scale, rate, its_session, its_sequence, ticks_us = wire.unpack_data(payload)
            except FrameError:
                reject("a frame that is damaged, or of a newer firmware")
                continue
            if six_only and tables.AXES[scale] != 6:
                reject("a frame without angular rate, in a stream that has it: wear the sensor again to go on without")
                continue
            if its_session == session:
                advance = (its_sequence - sequence) & wire.U32
                if not 0 < advance <= AHEAD_FRAMES:
                    duplicates += 1
                    continue
            elif its_session in over:
                duplicates += 1
                continue
            else:
                advance = 0
                if session is not None:
                    over = (*over, session)[-SESSIONS_KEPT:]
                session = its_session
            sequence = its_sequence
            arrival_unix_ns = min(max(notification.arrival_unix_ns, 0), LATEST_UNIX_NS)
            frames.append((count, scale, rate, ticks_us, advance, arrival_unix_ns))
            payloads.append(payload)
        ticking, block = self._block(state.clock, frames, payloads)
        reports = _reports(statuses, [count for count, *_ in frames], block.t_s, state.last_s)
        last_s = float(block.t_s[-1]) if len(block) else state.last_s
        arrived_ns = frames[-1][5] if frames else state.arrival_unix_ns
        state = SpinaeState(session, sequence, over, ticking, last_s, arrived_ns)
        return state, Decoded(block, sum(reasons.values()), duplicates, reports, reasons=tuple(reasons.items()))

    def _block(
        self, ticking: device_clock.ClockState | None, frames: list[Frame], payloads: list[bytes]
    ) -> tuple[device_clock.ClockState | None, SampleBlock]:
        columns = np.array(frames, dtype=np.int64).reshape(-1, 6).T
        count = columns[0]
        stamps = device_clock.Stamps(columns[3], count, PERIODS_US[columns[2]], columns[4], columns[5])
        ticking, t_s, gap = device_clock.step(ticking, stamps)
        n = len(t_s)
        acc = np.empty((n, 3))
        gyr = np.empty((n, 3)) if self.profile.has_gyroscope else None
        after_gap = np.zeros(n, dtype=np.bool_)
        after_gap[(np.cumsum(count) - count)[gap]] = True
        saturated = np.zeros(n, dtype=np.bool_)
        done = taken = 0
        for (samples, scale), run in groupby(frames, key=lambda frame: frame[:2]):
            frames_in_run = sum(1 for _ in run)
            part = slice(done, done + samples * frames_in_run)
            raw = _counts(payloads[taken : taken + frames_in_run], tables.AXES[scale])
            _convert(raw, scale, acc[part], None if gyr is None else gyr[part], saturated[part])
            done, taken = part.stop, taken + frames_in_run
        return ticking, SampleBlock(t_s, acc, gyr, after_gap, saturated)


PERIODS_US = np.full(256, np.nan)
for _rate, (_rate_hz, _) in tables.RATES.items():
    PERIODS_US[_rate] = 1e6 / _rate_hz


def _last_frame(state: SpinaeState, frames: list[Frame], session: int | None, sequence: int) -> LastFrame | None:
    """The newest frame of the session that goes on."""
    if session is None or not (frames or state.clock):
        return None
    if frames:
        return LastFrame(session, sequence, frames[-1][3], frames[-1][5] / 1e9)
    assert state.clock is not None
    return LastFrame(session, sequence, state.clock.ticks_us, state.arrival_unix_ns / 1e9)


def _reports(
    statuses: list[tuple[int, Status]], counts: list[int], t_s: FloatArray, last_s: float
) -> tuple[tuple[int, DeviceReport], ...]:
    """Each status with the number of samples before it; dated with the last of them."""
    places = [(sum(counts[:frames]), status) for frames, status in statuses]
    times = [(place, float(t_s[place - 1]) if place else last_s, status) for place, status in places]
    return tuple((place, DeviceReport(at_s, status.temperature_c, status.worn)) for place, at_s, status in times)


def _counts(payloads: list[bytes], axes: int) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    """(samples, axes) of frames of one length and scale."""
    joined = b"".join([payload[wire.DATA_HEADER : -wire.CRC_BYTES] for payload in payloads])
    return np.frombuffer(joined, dtype="<i2").reshape(-1, axes)


def _convert(
    raw: np.ndarray[tuple[int, int], np.dtype[np.int16]], scale: int, acc: FloatArray, gyr: FloatArray | None, saturated: BoolArray
) -> None:
    """Fill acceleration, angular rate and saturation of the samples in `raw`."""
    acc_per_count, gyr_per_count = si_per_count(scale)
    np.multiply(raw[:, :3], acc_per_count, out=acc)
    if gyr is not None:
        np.multiply(raw[:, 3:], gyr_per_count, out=gyr)
    used = raw if gyr is not None else raw[:, :3]
    saturated[:] = ((used >= FULL_SCALE) | (used <= -FULL_SCALE)).any(axis=1)


def si_per_count(scale: int) -> tuple[float, float]:
    """m/s² and rad/s that one count stands for."""
    acc_mg, gyr_mdps = tables.SCALES[scale]
    return acc_mg / 1000 * STANDARD_GRAVITY_MPS2 / 32768, float(np.deg2rad(gyr_mdps / 1000)) / 32768
