"""Runs a scenario: trunk → place → sensor → samples with their truth, all at once or piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.model import FloatArray, SampleBlock, StreamInfo
from sensorcore.simulator.attachment import Attachment
from sensorcore.simulator.body import PLACES, Site, placement_of
from sensorcore.simulator.faults import Fault, settled
from sensorcore.simulator.kinematics import Felt, felt
from sensorcore.simulator.scenario import Scenario, load
from sensorcore.simulator.sensor import Sensor, SensorModel, celsius, checked, rotation
from sensorcore.simulator.trunk import Trunk
from sensorcore.simulator.truth import Truth, truth, uprights

PIECE_SAMPLES = 4096
"""Small enough to stay in the processor's cache, large enough that numpy's overhead does not matter."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Samples with what really happened. `block` is what the sensor delivers (noise, offsets, quantised), `ideal` what a
    perfect one would; `counts` (n, 6) the integers sent; `truth` the wearer. All of one length, on the stream's clock."""

    info: StreamInfo
    block: SampleBlock
    ideal: SampleBlock
    counts: NDArray[np.int16]
    truth: Truth


class Simulation:
    """A scenario made ready to run; also a FileSource. The same arguments give the same stream, however often it is run."""

    def __init__(
        self,
        scenario: str | Path | Scenario = "workday-short",
        seed: int = 1,
        *,
        sample_rate_hz: float | None = None,
        mount: FloatArray | None = None,
        sensor: SensorModel | None = None,
        duration_s: float | None = None,
        faults: Iterable[Fault] = (),
        number: Literal[0, 1] = 0,
    ) -> None:
        """`mount` (3, 3), from sensor to trunk axes, `sensor` and `sample_rate_hz` override the scenario's; `faults` come on top
        of it; a `duration_s` longer than the script repeats it from its `loop_from`. `number` 1 is another sensor on the same
        wearer, who does the same. Raises BadInput."""
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
        self.seed = seed
        model = sensor or self.scenario.sensor
        model = model if sample_rate_hz is None else replace(model, sample_rate_hz=sample_rate_hz)
        self.model = checked(model, self.scenario.name)
        self.faults = settled((*self.scenario.faults, *faults), self.scenario.name)
        self.mount = rotation(self.scenario.wearer.mount_deg) if mount is None else np.asarray(mount, dtype=np.float64)
        self.place = PLACES[self.scenario.wearer.placement]
        self.duration_s = self.scenario.duration_s if duration_s is None else duration_s
        if not self.duration_s > 0:
            raise BadInput("the duration to simulate must be greater than 0", where=self.scenario.name)
        script_seed, *own = np.random.SeedSequence(seed).spawn(4 if number == 0 else 7)
        self._sensor_seed, self.link_seed, self._attachment_seed = own[-3:]
        self.trunk = Trunk(self.scenario, np.random.default_rng(script_seed), self.duration_s)
        forward, left, up = (share * self.scenario.wearer.height_m for share in self.place.lever)
        self.lever_m = (forward, left, up)
        start = datetime.fromisoformat(self.scenario.start)
        self.info = StreamInfo(
            device=self.model.profile,
            start_unix_ns=int(start.timestamp()) * 1_000_000_000,
            placement=placement_of(self.scenario.wearer.placement),
            calibration=uprights(self.place.sitting_turn_deg, self.mount),
            name=self.scenario.name,
            simulated=True,
        )

    @property
    def duration_hint_s(self) -> float:
        return self.duration_s

    @property
    def warnings(self) -> tuple[str, ...]:
        return ()

    def items(self) -> Iterator[SampleBlock]:
        """The samples alone, as a FileSource gives them: a perfect link."""
        for piece in self.pieces():
            yield piece.block

    def pieces(self, piece_samples: int = PIECE_SAMPLES) -> Iterator[Simulated]:
        """The stream in order, `piece_samples` at a time; memory stays flat."""
        sensor = Sensor(self.model, np.random.default_rng(self._sensor_seed))
        attachment = Attachment(self.model, self.faults, self.mount, np.random.default_rng(self._attachment_seed), self._felt)
        total = round(self.duration_s * self.model.sample_rate_hz * (1.0 + self.model.rate_error))
        for start in range(0, total, piece_samples):
            index = np.arange(start, min(start + piece_samples, total))
            true_s = self.model.true_s(index)
            motion = self.trunk.motion(true_s)
            seen = felt(motion, self.lever_m)
            held = attachment.at(true_s, seen)
            acc, gyr = held.acc_mps2, held.gyr_radps
            counts = sensor.read(acc, gyr, celsius(self.model, self.faults, true_s))
            t_s = self.model.device_s(true_s)
            got_acc, got_gyr, saturated = sensor.physical(counts)
            with_gyr = self.model.has_gyroscope
            yield Simulated(
                self.info,
                SampleBlock.checked(t_s, got_acc, got_gyr if with_gyr else None, saturated=saturated, where=self.info.name),
                SampleBlock.checked(t_s, acc, gyr if with_gyr else None, where=self.info.name),
                counts,
                truth(motion, t_s, seen.to_world, held, self.place.sitting_turn_deg),
            )

    def _felt(self, true_s: FloatArray) -> Felt:
        return felt(self.trunk.motion(true_s), self.lever_m)


def beside(first: Simulation, site: Site, faults: Iterable[Fault] = (), mount: FloatArray | None = None) -> Simulation:
    """Another sensor on the wearer of `first`, at `site`, with faults and errors of its own (`mount` as for a Simulation)."""
    wearer = replace(first.scenario.wearer, placement=site)
    return Simulation(
        replace(first.scenario, wearer=wearer, faults=()),
        first.seed,
        sample_rate_hz=first.model.sample_rate_hz,
        mount=mount,
        duration_s=first.duration_s,
        faults=faults,
        number=1,
    )


def simulate(
    scenario: str | Path | Scenario = "workday-short",
    seed: int = 1,
    *,
    sample_rate_hz: float | None = None,
    mount: FloatArray | None = None,
    sensor: SensorModel | None = None,
    duration_s: float | None = None,
    faults: Iterable[Fault] = (),
) -> Simulated:
    """The whole stream at once (see `Simulation`); for hours use `Simulation(...).pieces()`."""
    simulation = Simulation(
        scenario, seed, sample_rate_hz=sample_rate_hz, mount=mount, sensor=sensor, duration_s=duration_s, faults=faults
    )
    parts = list(simulation.pieces())
    whole = [p.truth for p in parts]
    names = ("t_s", "up", "to_world", "flexion_deg", "lateral_deg", "state", "posture", "pose", "segments")
    return replace(
        parts[0],
        block=SampleBlock.joined([p.block for p in parts]),
        ideal=SampleBlock.joined([p.ideal for p in parts]),
        counts=np.concatenate([p.counts for p in parts]),
        truth=Truth(**{name: np.concatenate([getattr(t, name) for t in whole]) for name in names}),
    )
