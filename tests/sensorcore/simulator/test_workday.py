"""Wearers and workdays by seed, and the longer bundled scenarios as the product sees them."""

from dataclasses import replace

import numpy as np
import pytest

from sensorcore.events import AlertRaised
from sensorcore.motion.body import lean
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import Settings
from sensorcore.simulator import PERFECT, Simulation
from sensorcore.simulator.body import PLACES
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.phases import check
from sensorcore.simulator.workday import DOUBT_DEG, random_wearer, random_workday
from sensorcore.track.posture_track import CONTEXTS


def alerts(simulation: Simulation) -> list[float]:
    pipeline = Pipeline(replace(simulation.info, calibration=measured(simulation)), Settings())
    state, found = pipeline.initial(), []
    for item in simulation.items():
        state, output = pipeline.step(state, item)
        found += [event.t_s for event in output.events if isinstance(event, AlertRaised)]
    return found


def test_wearers_differ() -> None:
    people = [random_wearer(np.random.default_rng(seed))[0] for seed in range(60)]
    assert {person.placement for person in people} == set(PLACES)
    assert len({person.mount_deg for person in people}) == 60
    assert all(1.5 <= person.height_m <= 2.0 for person in people)


def test_the_same_seed_is_the_same_day() -> None:
    assert random_workday(3, 30.0) == random_workday(3, 30.0)
    assert random_workday(3, 30.0).phases != random_workday(4, 30.0).phases


@pytest.mark.parametrize("seed", range(3))
def test_workdays_are_sound_and_clear_about_the_posture(seed: int) -> None:
    day = random_workday(seed, 40.0)
    assert day.duration_s == pytest.approx(2400.0)
    for phase in day.phases:
        check(phase, phase.name)
    simulation = Simulation(day, seed, sensor=replace(PERFECT, sample_rate_hz=10.0))
    calibration = simulation.info.calibration
    assert calibration is not None
    near = beyond = total = 0
    for piece in simulation.pieces():
        for state in ("sitting", "standing"):
            there = piece.truth.state == CONTEXTS.index(state)
            angle = lean(piece.truth.up[there], calibration.upright[state], calibration.forward).inclination_deg
            near += int((np.abs(angle - 15.0) < DOUBT_DEG).sum())
            beyond += int((angle > 15.0).sum())
            total += len(angle)
    assert near < 0.01 * total
    assert 0 < beyond < 0.5 * total


@pytest.mark.slow
def test_an_hour_of_slouches_alerts_four_times() -> None:
    simulation = Simulation("workday", 1)
    where = [next(span.phase.name for span in simulation.trunk.phases if t_s < span.end_s) for t_s in alerts(simulation)]
    assert where == ["into the screen", "leans on the right elbow", "all the way", "tired"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_walking_and_bending_alert_nobody(seed: int) -> None:
    assert alerts(Simulation("walk-and-bend", seed, sample_rate_hz=52.0)) == []
