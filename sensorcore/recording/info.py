"""What a recording says of itself before its first message: stored as the MCAP metadata record `spinae.recording`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from typing import Any, Final, get_args

from sensorcore.commands import storable
from sensorcore.errors import BadInput
from sensorcore.model import Calibration, DeviceProfile, Placement, RestartState, StreamInfo, finite_vector

METADATA_NAME = "spinae.recording"
SCHEMA = "spinae.recording/1"
LATEST_UNIX_NS: Final = 2**63
"""The year 2262: the history keeps whole numbers up to there, and messages are stamped with no more."""
LONGEST_OFFSET_S: Final = 86_400
RATES_HZ: Final = (1e-3, 1e6)
"""No inertial sensor samples faster, or so slowly."""
LARGEST: Final = 1e9
"""Of a measuring range."""


UNMARKED_SIMULATED: Final = (
    "all-exercises", "bad-day", "baseline", "routine", "walk-and-bend", "workday", "workday-short",
)  # fmt: skip
"""Scenarios of versions that did not yet mark what is simulated: their recordings say it by their name alone."""


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """`stream` as the pipeline gets it, `driver` the name of what decodes `/raw` (see `sensorcore.devices`), `mounting` the
    wearer's own words for how the sensor sits ("up=-x,forward=-z"; empty when found from the data); `second_driver` decodes
    `/second/raw`, where two sensors are worn."""

    stream: StreamInfo
    driver: str
    mounting: str = ""
    second_driver: str = ""

    def to_metadata(self) -> dict[str, str]:
        """MCAP metadata; numbers are written so that they read back bit for bit."""
        stream = self.stream
        second = {} if stream.second is None else RecordingInfo(stream.second, self.second_driver).to_metadata()
        return {
            "schema": SCHEMA,
            "spinae_version": spinae_version(),
            "driver": self.driver,
            "device": json.dumps(asdict(stream.device)),
            "start_unix_ns": json.dumps(stream.start_unix_ns),
            "utc_offset_s": json.dumps(stream.utc_offset_s),
            "placement": stream.placement,
            "nominal_up": json.dumps(stream.nominal_up),
            "mounting": storable(self.mounting),
            "calibration": json.dumps(None if stream.calibration is None else asdict(stream.calibration)),
            "settings": json.dumps(stream.settings),
            "name": storable(stream.name),
            "simulated": json.dumps(stream.simulated),
            "carried": json.dumps(asdict(stream.carried)),
            **({"second": json.dumps(second)} if second else {}),
        }

    @classmethod
    def from_metadata(cls, data: dict[str, str], where: str) -> RecordingInfo:
        """Raises BadInput naming the entry that cannot be understood."""
        schema = data.get("schema", "")
        if schema != SCHEMA:
            newer = f"it is a recording of another kind ({schema or 'no schema named'}; this version reads {SCHEMA})"
            raise BadInput(newer, where=where, hint="Update spinae")
        entry = "driver"
        try:
            driver = data[entry]
            entry = "device"
            device = _device(json.loads(data[entry]))
            entry = "start_unix_ns"
            start_unix_ns = json.loads(data[entry])
            if start_unix_ns is not None and not (type(start_unix_ns) is int and 0 <= start_unix_ns < LATEST_UNIX_NS):
                raise ValueError(start_unix_ns)
            entry = "utc_offset_s"
            utc_offset_s = int(data[entry])
            if abs(utc_offset_s) > LONGEST_OFFSET_S:
                raise ValueError(utc_offset_s)
            entry = "placement"
            placement: Any = data[entry]
            if placement not in get_args(Placement):
                raise ValueError(placement)
            entry = "nominal_up"
            nominal_up = json.loads(data.get(entry, "null"))
            nominal_up = None if nominal_up is None else finite_vector(nominal_up)
            entry = "calibration"
            calibration = calibration_from(json.loads(data[entry]))
            entry = "settings"
            settings = dict(json.loads(data[entry]))
            entry = "carried"
            carried = RestartState.from_plain(json.loads(data[entry])) if entry in data else RestartState()
            entry = "simulated"
            simulated = json.loads(data[entry]) is True if entry in data else data.get("name", "") in UNMARKED_SIMULATED
            entry = "second"
            second = None
            if entry in data:
                second = cls.from_metadata({str(k): str(v) for k, v in json.loads(data[entry]).items()}, where)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise BadInput(
                f"its metadata entry '{entry}' cannot be understood",
                where=where,
                hint="The file is damaged or was made by something else",
            ) from error
        stream = StreamInfo(
            device,
            start_unix_ns=start_unix_ns,
            utc_offset_s=utc_offset_s,
            placement=placement,
            nominal_up=nominal_up,
            calibration=calibration,
            name=data.get("name", ""),
            settings=settings,
            carried=carried,
            second=None if second is None else second.stream,
            simulated=simulated,
        )
        return cls(stream, driver, data.get("mounting", ""), "" if second is None else second.driver)


@cache
def spinae_version() -> str:
    """The installed version, for metadata."""
    try:
        return metadata.version("spinae")
    except metadata.PackageNotFoundError:
        return "unknown"


def _device(value: Any) -> DeviceProfile:
    device = DeviceProfile(**value)
    ranges = (device.acc_range_mps2, device.gyr_range_radps)
    if not RATES_HZ[0] <= device.sample_rate_hz <= RATES_HZ[1] or not all(0 < each < LARGEST for each in ranges):
        raise ValueError(value)
    if type(value["name"]) is not str or device.gyro_sampling not in ("point", "mean", None):
        raise ValueError(value)
    return device


def calibration_from(value: Any) -> Calibration | None:
    """The inverse of `asdict`. Raises KeyError, TypeError, ValueError or AttributeError."""
    return None if value is None else Calibration.from_plain(value)
