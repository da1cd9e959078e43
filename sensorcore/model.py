"""The values that flow through the pipeline: SI units, frozen, checked once where they enter.

Body frame: x forward, y left, z up (right-handed). Intervals are `[start, end)`. Stream time `t_s` counts seconds from the
first sample of the stream, by the sensor's clock; `StreamInfo.start_unix_ns` anchors it to the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from sensorcore.columns import Columns
from sensorcore.errors import BadInput

STANDARD_GRAVITY_MPS2 = 9.80665

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]

Vector3: TypeAlias = tuple[float, float, float]
GyroSampling: TypeAlias = Literal["point", "mean"]
Placement: TypeAlias = Literal["upper_back", "lower_back", "waist", "chest"]


def vector3(row: FloatArray) -> Vector3:
    """A row of three as a plain tuple, for frozen values and files."""
    x, y, z = row.tolist()
    return x, y, z


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """Properties of a sensor family: how its gyroscope samples, its ranges, its nominal rate.

    `gyro_sampling`: "point" when each value is the rate at an instant (LSM6DS, BMI, ICM), "mean" when it is the average over
    the interval; `None` when the sensor has no gyroscope. Ranges are the full scale at which samples saturate.
    """

    name: str
    sample_rate_hz: float
    gyro_sampling: GyroSampling | None = "point"
    acc_range_mps2: float = 16 * STANDARD_GRAVITY_MPS2
    gyr_range_radps: float = float(np.deg2rad(2000.0))

    @property
    def has_gyroscope(self) -> bool:
        return self.gyro_sampling is not None


@dataclass(frozen=True, slots=True)
class SampleBlock(Columns):
    """Consecutive samples: `t_s` (n,) strictly increasing, `acc_mps2` (n, 3), `gyr_radps` (n, 3) or None for a sensor without
    a gyroscope. `after_gap` (n,) marks samples that time is missing before; `saturated` (n,) samples at full scale."""

    t_s: FloatArray
    acc_mps2: FloatArray
    gyr_radps: FloatArray | None
    after_gap: BoolArray
    saturated: BoolArray

    @classmethod
    def checked(
        cls,
        t_s: FloatArray,
        acc_mps2: FloatArray,
        gyr_radps: FloatArray | None = None,
        *,
        after_gap: BoolArray | None = None,
        saturated: BoolArray | None = None,
        where: str = "samples",
    ) -> SampleBlock:
        """Validate once, where samples enter. Raises BadInput for wrong shapes, values that are not finite, or time that does
        not increase."""
        n = len(t_s)
        t_s = np.ascontiguousarray(t_s, dtype=np.float64)
        acc_mps2 = np.ascontiguousarray(acc_mps2, dtype=np.float64)
        if gyr_radps is not None:
            gyr_radps = np.ascontiguousarray(gyr_radps, dtype=np.float64)
        for name, values in (("acc_mps2", acc_mps2), ("gyr_radps", gyr_radps)):
            if values is not None and values.shape != (n, 3):
                raise BadInput(f"{name} has the shape {values.shape}, not {(n, 3)}", where=where)
            if values is not None and not np.isfinite(values).all():
                raise BadInput(f"{name} holds a value that is not a finite number", where=where)
        if not np.isfinite(t_s).all() or (n > 1 and not (np.diff(t_s) > 0).all()):
            raise BadInput("time does not increase from sample to sample", where=where)
        none = np.zeros(n, dtype=np.bool_)
        return cls(
            t_s,
            acc_mps2,
            gyr_radps,
            none if after_gap is None else np.ascontiguousarray(after_gap, dtype=np.bool_),
            none if saturated is None else np.ascontiguousarray(saturated, dtype=np.bool_),
        )


@dataclass(frozen=True, slots=True)
class Notification:
    """Bytes exactly as a radio delivered them, with the host's arrival time."""

    arrival_unix_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Calibration:
    """The wearer's body in the sensor's axes.

    `upright` holds a unit vector of world-up in sensor axes for each calibrated state ("sitting", "standing"); `forward` is
    a unit vector in sensor axes pointing out of the wearer's front, or None while it is not known; `quality_deg` is the
    spread of the forward direction between bows (None when it was given or assumed); `assumed` marks uprights that
    nobody confirmed, `found` names those among confirmed ones that were taken from the first rest in their state.
    `usual` is where world-up mostly points in a state, learned when the wearer corrected it: it distinguishes the states;
    nothing is measured from it."""

    upright: dict[str, Vector3]
    forward: Vector3 | None = None
    quality_deg: float | None = None
    assumed: bool = False
    found: tuple[str, ...] = ()
    usual: dict[str, Vector3] = field(default_factory=dict)

    def is_assumed(self, state: str) -> bool:
        """Whether nobody confirmed the upright of `state`."""
        return self.assumed or state in self.found


@dataclass(frozen=True, slots=True)
class RestartState:
    """State that a stream continues from another; kept with it, so that a replay does too. `feedback`: the share of nudges to
    give, from the weeks before (1: all of them). Of micro-activations (`sensorcore.habit`): when the last ones were asked (stream
    time, below 0), seconds spent sitting or standing since, seconds sat since the wearer last stood up, and their count."""

    feedback: float = 1.0
    told_s: tuple[float, ...] = ()
    posed_s: float = 0.0
    sat_s: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Description of a stream before its first sample. `utc_offset_s` is the wearer's local time minus UTC, kept so that
    quiet hours mean the same in a replay elsewhere; `nominal_up` is where the mount says world-up is in sensor axes, roughly.
    `second`: what is known of the lower sensor where two are worn; the stream is the upper's then. `simulated`: nobody wore it, so
    that it counts for no wearer."""

    device: DeviceProfile
    start_unix_ns: int | None = None
    utc_offset_s: int = 0
    placement: Placement = "lower_back"
    nominal_up: Vector3 | None = None
    calibration: Calibration | None = None
    name: str = ""
    settings: dict[str, str | float | int | bool] = field(default_factory=dict)
    carried: RestartState = RestartState()
    second: StreamInfo | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """A sensor's report of itself at stream time `t_s`: its temperature, and whether it is worn where it has a sense of that.
    None: it does not know."""

    t_s: float
    temperature_c: float | None = None
    worn: bool | None = None


Sent_co = TypeVar("Sent_co", bound="SampleBlock | DeviceReport | Notification", covariant=True)


@dataclass(frozen=True, slots=True)
class Second(Generic[Sent_co]):
    """An item of the second of two sensors, on that sensor's own stream time. Consumers of one sensor skip it."""

    sent: Sent_co


@dataclass(frozen=True, slots=True)
class Pairing:
    """How the streams of two sensors go together from here on: tick k of the second is tick k + `shift_ticks` of the first;
    `missing` names the one that is not waited for (0 the first, 1 the second; None: both come). Found live by the host's clock;
    recorded, so that a replay uses the same."""

    shift_ticks: int = 0
    missing: Literal[0, 1] | None = None
