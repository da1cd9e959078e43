"""The two phone apps' side of the network, written from their documents: shares no code with what reads them.

Motion comes as (n, 3) acceleration in g with + up (Android's sense), angular rate in °/s, and times in seconds since `EPOCH_NS`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
EPOCH_NS = 1_790_000_000_000_000_000
AGENTS = {"ios": "sensorlogger/123 CFNetwork/1494.0.7 Darwin/23.4.0", "android": "okhttp/4.12.0"}


@dataclass
class SensorLogger:
    """A recording of the app. `sends`: "total", "uncalibrated" or "split" (without gravity, and gravity beside it). `flat`: an
    older layout; `text_times`: times as text. The gyroscope is sampled half a period later than the accelerometer."""

    platform: str = "android"
    sends: str = "total"
    standardised: bool = False
    gyroscope: bool = True
    flat: bool = False
    text_times: bool = False
    device: str = "d3adb33f-0001"
    session: str = "8adf3ce8"
    linear: bool = False

    def bodies(self, acc_g: Floats, gyr_dps: Floats, t_s: Floats, every_s: float = 0.5) -> Iterator[tuple[float, dict[str, Any]]]:
        """(when it is sent, message) of each batch."""
        readings = sorted(self._readings(acc_g, gyr_dps, t_s), key=lambda each: each[0])
        batches = itertools.groupby(readings, key=lambda each: int(each[0] / every_s))
        for number, (cut, group) in enumerate(batches):
            payload = [reading for _, reading in group]
            yield (
                (cut + 1) * every_s,
                {"messageId": number, "sessionId": self.session, "deviceId": self.device, "payload": payload},
            )

    def _readings(self, acc_g: Floats, gyr_dps: Floats, t_s: Floats) -> Iterator[tuple[float, dict[str, Any]]]:
        sign = -1.0 if self.platform == "ios" and not self.standardised else 1.0
        acc = sign * acc_g * 9.80665
        up = np.tile([0.6 * sign * 9.80665, 0.0, 0.8 * sign * 9.80665], (len(t_s), 1))
        rows = {
            "total": {"totalacceleration": acc, "accelerometer": acc - up},
            "uncalibrated": {"accelerometeruncalibrated": acc / (9.80665 if sign < 0 else 1.0)},
            "split": {"accelerometer": acc - up, "gravity": up},
            "linear": {"accelerometer": acc - up},
        }[self.sends]
        half_s = float(np.median(np.diff(t_s))) / 2
        for name, values in rows.items():
            yield from self._sensor(name, values, t_s)
        if self.gyroscope:
            later = np.stack([np.interp(t_s + half_s, t_s, axis) for axis in np.deg2rad(gyr_dps).T], axis=1)
            yield from self._sensor("gyroscope", later, t_s + half_s)
        for at_s in np.arange(0.0, float(t_s[-1]), 1.0):
            values = {"latitude": 51.5, "longitude": -0.12}
            yield float(at_s), {"name": "location", "time": EPOCH_NS + int(at_s * 1e9), "values": values}

    def _sensor(self, name: str, values: Floats, t_s: Floats) -> Iterator[tuple[float, dict[str, Any]]]:
        for row, at_s in zip(values, t_s, strict=True):
            xyz = dict(zip("zyx", row[::-1].tolist(), strict=True))
            time: int | str = EPOCH_NS + round(float(at_s) * 1e9)
            reading = {"name": name, "time": str(time) if self.text_times else time, "accuracy": 3}
            yield float(at_s), {**reading, **xyz} if self.flat else {**reading, "values": xyz}


def body(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()
