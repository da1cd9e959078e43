"""A simulated sensor worn now, at life's pace: what `--sensor sim:SCENARIO` wears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime

from firmware_protocol.packets import Control
from sensorcore.engine import Incoming
from sensorcore.hostclock import arrival_unix_ns
from sensorcore.link import LinkStatus, RateMeter
from sensorcore.model import Notification, StreamInfo
from sensorcore.source.simulate.link import notifications
from sensorcore.source.simulate.scenario import load
from sensorcore.source.simulate.simulation import Simulation


class SimulatedSensor:
    """Wears a bundled scenario (or a TOML file's) from now on, `speed` times life; `sent` are the commands it was given."""

    def __init__(self, scenario: str, *, seed: int = 1, speed: float = 1.0) -> None:
        """Raises BadInput or StorageError for a scenario that is none."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._simulation = Simulation(replace(load(scenario), start=now), seed)
        self._speed = speed
        self._meter = RateMeter()
        self._frames = 0
        self._streaming = False
        self.sent: list[Control] = []

    @property
    def info(self) -> StreamInfo:
        """How the simulated wearer wears it."""
        return self._simulation.info

    @property
    def status(self) -> LinkStatus:
        return LinkStatus(
            sensor=f"sim:{self._simulation.scenario.name}",
            state="streaming" if self._streaming else "searching",
            frames_per_s=self._meter.per_s(time.monotonic()),
            frames=self._frames,
        )

    def send(self, command: Control) -> bool:
        """Nothing here can buzz."""
        self.sent.append(command)
        return True

    def left(self) -> list[Incoming]:
        """Nothing waits here."""
        return []

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """The scenario's frames when they would arrive, until it is over."""
        loop = asyncio.get_running_loop()
        start_ns = self._simulation.info.start_unix_ns or 0
        began_s = loop.time()
        self._streaming = True
        try:
            for _, arrived in notifications(self._simulation):
                for each in arrived:
                    due_s = began_s + (each.arrival_unix_ns - start_ns) / 1e9 / self._speed
                    await asyncio.sleep(max(0.0, due_s - loop.time()))
                    self._frames += 1
                    self._meter.tick(time.monotonic())
                    yield Notification(arrival_unix_ns() if self._speed == 1.0 else each.arrival_unix_ns, each.payload)
        finally:
            self._streaming = False
