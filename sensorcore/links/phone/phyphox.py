"""Messages of phyphox's remote access (phyphox.org/wiki: Remote-interface communication): `/config` which sensor fills which
buffer,
`/get?B=T|C` the values of buffer B where C's exceed T, `/time` when the experiment was started and paused. Pure: values in and out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from sensorcore.devices.phone_batch import Kind, PhoneRows, rows_of
from sensorcore.errors import BadInput, SourceError
from sensorcore.model import FloatArray, IntArray

SENSORS: Final[dict[str, Kind]] = {"accelerometer": "total", "gyroscope": "gyroscope"}
"""With gravity, in m/s², + up on both systems; in rad/s."""
WITHOUT_GRAVITY: Final = "linear_acceleration"
NOTHING_YET: Final = -1.0
"""Before any time of an experiment."""
_WHERE: Final = "phyphox"


@dataclass(frozen=True, slots=True)
class Buffers:
    """Names of the buffers of one sensor."""

    kind: Kind
    time: str
    axes: tuple[str, str, str]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.time, *self.axes)


USUAL: Final = (Buffers("total", "acc_time", ("accX", "accY", "accZ")), Buffers("gyroscope", "gyr_time", ("gyrX", "gyrY", "gyrZ")))
"""Buffers of an old version, which has no `/config`."""


@dataclass(frozen=True, slots=True)
class Got:
    """Answer of `/get`: for each sensor times in the experiment's seconds (n,) and values (n, 3)."""

    session: str
    measuring: bool
    sensors: dict[Kind, tuple[FloatArray, FloatArray]]

    def last_s(self, kind: Kind) -> float:
        """The newest time of a sensor."""
        t_s, _ = self.sensors[kind]
        return float(t_s.max()) if len(t_s) else NOTHING_YET

    def after(self, since_s: Mapping[Kind, float]) -> Got:
        """Newer values, of the sensors that have any."""
        newer = {kind: t_s > since_s.get(kind, NOTHING_YET) for kind, (t_s, _) in self.sensors.items()}
        return Got(
            self.session,
            self.measuring,
            {kind: (t_s[newer[kind]], values[newer[kind]]) for kind, (t_s, values) in self.sensors.items() if newer[kind].any()},
        )


def buffers(config: Any) -> tuple[Buffers, ...]:
    """The accelerometer's, and the gyroscope's if the experiment has it. Raises SourceError for an experiment without gravity."""
    found: dict[Kind, Buffers] = {}
    sources = []
    for each in config.get("inputs", []) if isinstance(config, Mapping) else []:
        if not isinstance(each, Mapping):
            continue
        source = str(each.get("source", ""))
        sources.append(source)
        outputs = {
            str(axis): str(name) for pair in each.get("outputs", []) if isinstance(pair, Mapping) for axis, name in pair.items()
        }
        if source in SENSORS and {"x", "y", "z", "t"} <= set(outputs) and SENSORS[source] not in found:
            found[SENSORS[source]] = Buffers(SENSORS[source], outputs["t"], (outputs["x"], outputs["y"], outputs["z"]))
    if "total" not in found:
        hint = "Open the experiment 'Acceleration with g', or one of your own with accelerometer and gyroscope"
        what = "without gravity" if WITHOUT_GRAVITY in sources else f"has no acceleration (only {', '.join(sources) or 'nothing'})"
        raise SourceError(f"the experiment that is open {what}", where=_WHERE, hint=hint)
    return tuple(found[kind] for kind in ("total", "gyroscope") if kind in found)


def query(wanted: Sequence[Buffers], since_s: Mapping[Kind, float] | None) -> str:
    """Query for `/get`: values newer than `since_s`; without it, the last value of each buffer."""
    parts = []
    for each in wanted:
        if since_s is None:
            parts += [f"{quote(name)}=" for name in each.names]
        else:
            threshold = f"{since_s.get(each.kind, NOTHING_YET)!r}"
            parts += [f"{quote(name)}={threshold}" + ("" if name == each.time else f"|{quote(each.time)}") for name in each.names]
    return "&".join(parts)


def answer(received: Any, wanted: Sequence[Buffers]) -> Got:
    """Raises BadInput for what phyphox would not say. Rows that are not complete yet are left out."""
    try:
        status, sent = received["status"], received["buffer"]
        columns = {name: _column(sent[name]["buffer"]) for each in wanted for name in each.names}
        session, measuring = str(status.get("session", "")), bool(status["measuring"])
    except (TypeError, ValueError, KeyError, AttributeError):
        raise BadInput("the answer makes no sense", where=_WHERE, hint="Update the app; is this phyphox at all?") from None
    sensors = {}
    for each in wanted:
        n = min(len(columns[name]) for name in each.names)
        t_s, values = columns[each.time][:n], np.stack([columns[name][:n] for name in each.axes], axis=1)
        sound = np.isfinite(t_s) & np.isfinite(values).all(axis=1)
        sensors[each.kind] = (t_s[sound], values[sound])
    return Got(session, measuring, sensors)


def starts(received: Any) -> list[tuple[float, float]]:
    """(experiment's time, Unix seconds) of each start, from `/time`; what makes no sense is left out."""
    found = []
    for each in received if isinstance(received, list) else []:
        try:
            if str(each["event"]).upper() == "START":
                found.append((float(each["experimentTime"]), float(each["systemTime"])))
        except (TypeError, ValueError, KeyError):
            continue
    return sorted(pair for pair in found if all(map(math.isfinite, pair)))


def unix_ns(t_s: FloatArray, started: Sequence[tuple[float, float]]) -> IntArray:
    """Times of an experiment by the phone's clock; the experiment's time stands still while it is paused. `started` (one at least):
    as `starts`."""
    begins_s = np.array([experiment_s for experiment_s, _ in started])
    offsets_s = np.array([system_s - experiment_s for experiment_s, system_s in started])
    part = np.clip(np.searchsorted(begins_s, t_s + 1e-6, side="right") - 1, 0, None)
    # whole seconds apart from the rest: a double holds Unix nanoseconds to 256 only
    whole_s = np.floor(offsets_s[part])
    found: IntArray = whole_s.astype(np.int64) * 1_000_000_000 + np.rint((t_s + (offsets_s[part] - whole_s)) * 1e9).astype(np.int64)
    return found


def channels(got: Got, started: Sequence[tuple[float, float]]) -> dict[Kind, PhoneRows]:
    """For a batch."""
    return {kind: rows_of(unix_ns(t_s, started), values)[0] for kind, (t_s, values) in got.sensors.items() if len(t_s)}


def _column(values: list[Any]) -> FloatArray:
    return np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)
