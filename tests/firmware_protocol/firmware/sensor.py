"""The firmware in virtual time: the test is its radio, its pins and its clock.

`run_ms` lets it run for so long and no longer; then everything it did is in the lists, with the time it did it.
"""

from __future__ import annotations

import json
import socket
import subprocess
from types import TracebackType
from typing import Any, Self

from firmware_protocol import tables
from firmware_protocol.packets import Control, SampleFrame, Start, Status
from tests.radio.micropython.process import Bench

CONNECT, DISCONNECT, WRITE, MTU, ENCRYPTION, GET_SECRET, SET_SECRET = 1, 2, 3, 21, 28, 29, 30
LINK = 1
PEER = "c0ffee000001"
BOOT_MS = 300
MOTOR_PIN, BUTTON_PIN, BATTERY_PIN = 10, 9, 3


class Sensor:
    """A context manager: power on to power off."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.told: list[dict[str, Any]] = []
        self.handles: dict[str, int] = {}
        self.flags: dict[str, int] = {}
        self.now_us = bench.boot_us
        self.reset: str | None = None
        self._waiting = b""
        self._unsent: list[str] = []

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(10)
            self._process = subprocess.Popen(
                self.bench.command(),
                env=self.bench.environment(server.getsockname()[1]),
                cwd=self.bench.flash,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            self._socket, _ = server.accept()
        self._socket.settimeout(30)
        self._until_paused()
        self.run_ms(BOOT_MS)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()
        try:
            self.console, _ = self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.console, _ = self._process.communicate()
        if kind is not None or self._process.returncode not in (0, 70, 71):
            print(self.console)
        if kind is None:
            assert self._process.returncode in (0, 70, 71), self.console
            assert self.reset is not None or "Traceback" not in self.console, self.console

    def _tell(self, **message: Any) -> None:
        """Takes effect when the firmware next runs."""
        self._unsent.append(json.dumps(message) + "\n")

    def _until_paused(self) -> None:
        self._socket.sendall("".join(self._unsent).encode())
        self._unsent.clear()
        while True:
            while b"\n" not in self._waiting:
                data = self._socket.recv(1 << 16)
                if not data:
                    assert self.reset is not None, "the firmware ended"
                    return
                self._waiting += data
            line, self._waiting = self._waiting.split(b"\n", 1)
            message = json.loads(line)
            self.now_us = message["t"]
            if message["op"] == "at":
                return
            if message["op"] == "reset":
                self.reset = message["why"]
            if message["op"] == "register":
                for _, characteristics in message["services"]:
                    for handle, uuid, flags in characteristics:
                        self.handles[uuid] = handle
                        self.flags[uuid] = flags
            self.told.append(message)

    def run_ms(self, ms: int) -> None:
        """So much time passes (unless it has reset)."""
        if self.reset is not None:
            return
        self._tell(op="run", us=ms * 1000)
        self._until_paused()

    def stall_ms(self, ms: int) -> None:
        """The firmware does nothing for so long (it hangs in something); then it runs for 1 ms."""
        self._tell(op="stall", us=ms * 1000)
        self.run_ms(1)

    def set(self, **values: Any) -> None:
        """Pins ("pin9"), voltages ("adc3"), faults ("queue_full", "i2c_faults") from now on."""
        self._tell(op="set", values=values)

    def event(self, number: int, *data: Any, **more: Any) -> None:
        """An interrupt of the Bluetooth stack."""
        self._tell(op="event", event=number, data=data, **more)

    def connect(self, *, mtu: int = 247, encrypted: bool = True, link: int = LINK) -> None:
        self.event(CONNECT, link, 1, PEER)
        if mtu != 23:
            self.event(MTU, link, mtu)
        if encrypted:
            self.event(ENCRYPTION, link, 1, 0, 1, 16)

    def disconnect(self, link: int = LINK) -> None:
        self.event(DISCONNECT, link, 1, PEER)

    def write(self, command: Control | bytes, ms: int = 120) -> None:
        """Writes to the control characteristic, and lets the firmware answer."""
        packet = command if isinstance(command, bytes) else command.to_bytes()
        self.write_to(tables.CONTROL_UUID, packet)
        self.run_ms(ms)

    def write_to(self, uuid: str, value: bytes) -> None:
        self.event(WRITE, LINK, self.handles[uuid.replace("-", "")], value=value.hex())

    def start_live(self) -> None:
        self.connect()
        self.write(Start())

    def start_backfill(self) -> None:
        """Everything that is held, and then what follows."""
        self.write(b"?")
        self.write(Start(self.status.session, self.status.oldest))

    def all(self, op: str) -> list[dict[str, Any]]:
        """Everything of that kind so far."""
        return [message for message in self.told if message["op"] == op]

    def notified(self, uuid: str) -> list[dict[str, Any]]:
        handle = self.handles[uuid.replace("-", "")]
        return [message for message in self.all("notify") if message["handle"] == handle]

    @property
    def frames(self) -> list[SampleFrame]:
        """Every data frame notified so far; a damaged one raises FrameError."""
        return [SampleFrame.from_bytes(bytes.fromhex(message["value"])) for message in self.notified(tables.DATA_UUID)]

    @property
    def status(self) -> Status:
        """The last one notified."""
        return Status.from_bytes(bytes.fromhex(self.notified(tables.STATUS_UUID)[-1]["value"]))

    def read(self, uuid: str) -> bytes:
        """What the characteristic holds."""
        handle = self.handles[uuid.replace("-", "")]
        return bytes.fromhex([m for m in self.all("write") if m["handle"] == handle][-1]["value"])
