"""Metadata of a recording: the MCAP metadata record `spinae.recording`, before the first message."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from typing import Any, Final, get_args

from sensorcore.commands import storable
from sensorcore.errors import BadInput
from sensorcore.model import Calibration, DeviceProfile, Placement, RestartState, StreamInfo, Vector3
from sensorcore.storage.plain import from_json

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
"""Scenarios of versions that did not mark simulated recordings: these are recognised by name alone."""


_NEEDED: Final[dict[str, Any]] = {
    "driver": str,
    "device": DeviceProfile,
    "start_unix_ns": int | None,
    "utc_offset_s": int,
    "placement": str,
    "calibration": Calibration | None,
    "settings": dict[str, Any],
}
_LATER: Final[dict[str, Any]] = {
    "nominal_up": Vector3 | None,
    "carried": RestartState,
    "simulated": bool,
    "second": dict[str, str],
}
"""Entries that recordings of the first versions lack."""


def _is_possible(device: DeviceProfile) -> bool:
    ranges = (device.acc_range_mps2, device.gyr_range_radps)
    return RATES_HZ[0] <= device.sample_rate_hz <= RATES_HZ[1] and all(0 < each < LARGEST for each in ranges)


_IS_POSSIBLE: Final[dict[str, Callable[[Any], bool]]] = {
    "device": _is_possible,
    "start_unix_ns": lambda value: value is None or 0 <= value < LATEST_UNIX_NS,
    "utc_offset_s": lambda value: abs(value) <= LONGEST_OFFSET_S,
    "placement": get_args(Placement).__contains__,
}


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """`stream` as the pipeline gets it; `driver`: name of the decoder of `/raw` (see `sensorcore.devices`); `mounting`: the
    wearer's words for how the sensor sits ("up=-x,forward=-z"; empty when found from the data); `second_driver`: decoder of
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
        found: dict[str, Any] = {"simulated": data.get("name", "") in UNMARKED_SIMULATED}
        for entry in (*_NEEDED, *_LATER):
            if entry in data or entry in _NEEDED:
                found[entry] = _entry(data, entry, where)
        driver, second = found.pop("driver"), None
        if "second" in found:
            second = cls.from_metadata(found.pop("second"), where)
        stream = StreamInfo(**found, name=data.get("name", ""), second=None if second is None else second.stream)
        return cls(stream, driver, data.get("mounting", ""), "" if second is None else second.driver)


def _entry(data: dict[str, str], entry: str, where: str) -> Any:
    """Raises BadInput."""
    try:
        kind, text = (_NEEDED | _LATER)[entry], data[entry]
        value: Any = text if kind is str else from_json(kind, text, finite=True, ignores=True)
        if _IS_POSSIBLE.get(entry, lambda _: True)(value):
            return value
        raise BadInput(f"{value!r} is not possible")
    except (KeyError, BadInput) as error:
        hint = "The file is damaged or was made by something else"
        raise BadInput(f"its metadata entry '{entry}' cannot be understood", where=where, hint=hint) from error


@cache
def spinae_version() -> str:
    """The installed version, for metadata."""
    try:
        return metadata.version("spinae")
    except metadata.PackageNotFoundError:
        return "unknown"
