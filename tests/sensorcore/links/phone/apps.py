"""The two phone apps' side of the network, written from their documents: shares no code with what reads them.

Motion comes as (n, 3) acceleration in g with + up (Android's sense), angular rate in °/s, and times in seconds since `EPOCH_NS`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

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


@dataclass
class Phyphox:
    """The app with remote access, an experiment open and motion that it will measure as `measure` lets time pass. `digits`: of the
    numbers it sends (Android's are short). What goes wrong: `has_time`, `has_config`: documents that old versions lack; `answers`:
    an HTTP status and body instead of everything."""

    acc_g: Floats
    gyr_dps: Floats
    t_s: Floats
    platform: str = "android"
    digits: int = 8
    sensors: tuple[str, ...] = ("accelerometer", "gyroscope")
    has_time: bool = True
    has_config: bool = True
    session: str = "1a2b3c"
    measuring: bool = False
    answers: tuple[int, bytes] | None = None
    commands: list[str] = field(default_factory=list)
    asked: int = 0

    def __post_init__(self) -> None:
        names = {"accelerometer": "acc", "linear_acceleration": "acc", "gyroscope": "gyr"}
        self.buffers: dict[str, list[float]] = {
            f"{names[sensor]}{part}": [] for sensor in self.sensors for part in ("X", "Y", "Z", "_time")
        }
        self.events: list[tuple[str, float, float]] = []
        self._lock = threading.RLock()
        self._place = 0
        self._system_s = EPOCH_NS / 1e9
        self._experiment_s = 0.0

    def measure(self, until_s: float) -> None:
        """The motion's time is `until_s` now; what happened before is measured, unless it is paused."""
        with self._lock:
            while self._place < len(self.t_s) and self.t_s[self._place] < until_s:
                at_s = float(self.t_s[self._place])
                if self.measuring:
                    self._sample(at_s)
                self._place += 1
            self._pass(until_s)

    def _sample(self, at_s: float) -> None:
        self._pass(at_s)
        acc, gyr = self.acc_g[self._place] * 9.80665, np.deg2rad(self.gyr_dps[self._place])
        for prefix, values in (("acc", acc), ("gyr", gyr)):
            if f"{prefix}_time" in self.buffers:
                for name, value in zip(("X", "Y", "Z", "_time"), (*values, self._experiment_s), strict=True):
                    self.buffers[prefix + name].append(float(value))

    def _pass(self, at_s: float) -> None:
        now_s = EPOCH_NS / 1e9 + at_s
        if self.measuring:
            self._experiment_s += now_s - self._system_s
        self._system_s = now_s

    def control(self, command: str) -> None:
        """As its buttons do, too."""
        with self._lock:
            self.commands.append(command)
            if command == "clear":
                self.measuring, self._experiment_s, self.events = False, 0.0, []
                for values in self.buffers.values():
                    values.clear()
            if command in ("start", "stop") and self.measuring != (command == "start"):
                self.measuring = command == "start"
                self.events.append(("START" if self.measuring else "PAUSE", self._experiment_s, self._system_s))

    def open_anew(self) -> None:
        """Its session is another then."""
        with self._lock:
            self.control("clear")
            self.session += "x"

    def document(self, target: str) -> tuple[int, bytes]:
        with self._lock:
            self.asked += 1
            if self.answers is not None:
                return self.answers
            path, query = urlsplit(target).path, parse_qsl(urlsplit(target).query, keep_blank_values=True)
            if path == "/config" and self.has_config:
                return 200, json.dumps({"title": "Fixture", "buffers": [], "inputs": [*map(self._input, self.sensors)]}).encode()
            if path == "/time" and self.has_time:
                events = [{"event": name, "experimentTime": a, "systemTime": b} for name, a, b in self.events]
                return 200, json.dumps(events).encode()
            if path == "/control":
                self.control(dict(query)["cmd"])
                return 200, b'{"result": true}'
            return self._get(query) if path == "/get" else (404, b"")

    def _input(self, sensor: str) -> dict[str, Any]:
        prefix = "gyr" if sensor == "gyroscope" else "acc"
        outputs = [{axis: f"{prefix}{axis.upper()}"} for axis in "xyz"]
        return {"source": sensor, "outputs": [*outputs, {"t": f"{prefix}_time"}]}

    def _get(self, query: list[tuple[str, str]]) -> tuple[int, bytes]:
        out = {}
        for name, wanted in query:
            if name not in self.buffers:
                continue
            values = self.buffers[name]
            if not wanted:
                sent, mode = values[-1:], "single"
            else:
                threshold, _, reference = wanted.partition("|")
                column = self.buffers[reference or name]
                sent, mode = values[bisect_right(column, float(threshold)) :], "partial"
            told = [float(f"{v:.{self.digits}g}") for v in sent]
            out[name] = {"size": 0, "updateMode": mode, "buffer": told}
        status = {"session": self.session, "measuring": self.measuring, "timedRun": False, "countDown": 0}
        return 200, json.dumps({"buffer": out, "status": status}).encode()

    @contextlib.contextmanager
    def serving(self, port: int = 0) -> Iterator[int]:
        """Its web server, in a thread; gives the port."""
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = app.document(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None: ...

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None: ...

        server = Quiet(("127.0.0.1", port), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
