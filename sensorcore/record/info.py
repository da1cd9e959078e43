"""What a recording says of itself before its first message: stored as the MCAP metadata record `spinae.recording`."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from typing import Any, get_args

from sensorcore.errors import BadInput
from sensorcore.model import Calibration, Carried, DeviceProfile, Placement, StreamInfo, finite_vector

METADATA_NAME = "spinae.recording"
SCHEMA = "spinae.recording/1"


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """`stream` as the pipeline gets it, `driver` the name of what decodes `/raw` (see `sensorcore.source.drivers`), `mounting` the
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
            "mounting": self.mounting,
            "calibration": json.dumps(None if stream.calibration is None else asdict(stream.calibration)),
            "settings": json.dumps(stream.settings),
            "name": stream.name,
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
            if not (start_unix_ns is None or type(start_unix_ns) is int):
                raise TypeError(start_unix_ns)
            entry = "utc_offset_s"
            utc_offset_s = int(data[entry])
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
            carried = Carried.from_plain(json.loads(data[entry])) if entry in data else Carried()
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
    numbers = (device.sample_rate_hz, device.acc_range_mps2, device.gyr_range_radps)
    if not all(math.isfinite(n) and n > 0 for n in numbers) or device.gyro_sampling not in ("point", "mean", None):
        raise ValueError(value)
    return device


def calibration_from(value: Any) -> Calibration | None:
    """The inverse of `asdict`. Raises KeyError, TypeError, ValueError or AttributeError."""
    return None if value is None else Calibration.from_plain(value)
