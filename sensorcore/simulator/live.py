"""Live source of a simulated sensor, in real time: what `--sensor sim:SCENARIO` wears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from firmware_protocol.packets import Control
from sensorcore.errors import BadInput
from sensorcore.link import LinkState, LinkStatus, RateMeter
from sensorcore.links.known import SIMULATED, KnownSensor
from sensorcore.model import Notification, StreamInfo
from sensorcore.ports import Incoming
from sensorcore.simulator.body import Site
from sensorcore.simulator.link import notifications
from sensorcore.simulator.scenario import bundled, load
from sensorcore.simulator.simulation import Simulation, beside
from sensorcore.timing.host_clock import arrival_unix_ns

SLOWEST: Final = 0.1
FASTEST: Final = 1000.0


class SimulatedSensor:
    """Wears a bundled scenario (or a TOML file's) from now on, `speed` times life, which "NAME@SPEED" says too; `sent` are the
    commands it was given."""

    def __init__(self, scenario: str | Simulation, *, seed: int = 1, speed: float = 1.0, placement: Site | None = None) -> None:
        """`placement`: where it is worn, if not where the scenario says. Raises BadInput or StorageError for one that is none."""
        self._called = named(scenario) if isinstance(scenario, str) else f"{SIMULATED}{scenario.scenario.name}"
        if isinstance(scenario, str):
            scenario, speed = _at_speed(scenario, speed)
            worn, now = load(scenario), datetime.now(UTC).isoformat(timespec="seconds")
            wearer = worn.wearer if placement is None else replace(worn.wearer, placement=placement)
            scenario = Simulation(replace(worn, start=now, wearer=wearer), seed)
        self._simulation = scenario
        self._speed = speed
        self._began_s: list[float] = []
        self._meter = RateMeter()
        self._frames = 0
        self._streaming = False
        self.sent: list[Control] = []

    def beside(self, site: Site) -> SimulatedSensor:
        """Another sensor on the same wearer."""
        other = SimulatedSensor(beside(self._simulation, site), speed=self._speed)
        other._called = self._called
        other._began_s = self._began_s  # the two are worn at once
        return other

    @property
    def info(self) -> StreamInfo:
        """How the simulated wearer wears it."""
        return self._simulation.info

    @property
    def sensors(self) -> tuple[KnownSensor, ...]:
        """Known by its scenario."""
        return (simulated(self._called),)

    @property
    def status(self) -> LinkStatus:
        return LinkStatus(
            sensor=f"{SIMULATED}{self._simulation.scenario.name}",
            state=LinkState.STREAMING if self._streaming else LinkState.SEARCHING,
            frames_per_s=self._meter.per_s(time.monotonic()),
            frames=self._frames,
        )

    def send(self, command: Control) -> bool:
        """Nothing here can buzz."""
        self.sent.append(command)
        return True

    def drain(self) -> list[Incoming]:
        """Nothing waits here."""
        return []

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """The scenario's frames when they would arrive, until it is over."""
        loop = asyncio.get_running_loop()
        start_ns = self._simulation.info.start_unix_ns or 0
        self._began_s.append(loop.time())
        self._streaming = True
        try:
            for _, arrived in notifications(self._simulation):
                for each in arrived:
                    due_s = self._began_s[0] + (each.arrival_unix_ns - start_ns) / 1e9 / self._speed
                    await asyncio.sleep(max(0.0, due_s - loop.time()))
                    self._frames += 1
                    self._meter.tick(time.monotonic())
                    yield Notification(arrival_unix_ns() if self._speed == 1.0 else each.arrival_unix_ns, each.payload)
        finally:
            self._streaming = False


def simulated(called: str) -> KnownSensor:
    """The sensor that `--sensor` calls so."""
    return KnownSensor("", named(called), "", SIMULATED.rstrip(":"))


def named(scenario: str) -> str:
    """One name for one simulated sensor, however it is called: "sim:NAME" or "sim:PATH", without the speed."""
    name, _ = _at_speed(scenario.removeprefix(SIMULATED), 1.0)
    return SIMULATED + (name if name in bundled() else str(Path(name).resolve()))


def _at_speed(named: str, speed: float) -> tuple[str, float]:
    """The scenario's name, and how fast it is lived."""
    name, _, text = named.rpartition("@")
    try:
        found = float(text)
    except ValueError:
        return named, speed
    if not name:
        return named, speed
    if not SLOWEST <= found <= FASTEST:
        raise BadInput(f"nobody lives {text} times as fast", where=named, hint=f"Give {SLOWEST:g} to {FASTEST:g}.")
    return name, found
