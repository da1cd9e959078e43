"""The baseline test: what is measured of somebody who takes it."""

from __future__ import annotations

import math
from statistics import median

import pytest

from sensorcore.commands import Command
from sensorcore.events import BreathMeasured, Event, SetEnded
from sensorcore.model import SampleBlock
from sensorcore.pipeline.single import Pipeline
from sensorcore.repetition import Quality, Repetition, Side
from sensorcore.routine import baseline
from sensorcore.routine.guide import SensorInput, initial, step
from sensorcore.routine.programme import programmes
from sensorcore.routine.shown import show
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.scenario import load


def rep(exercise: str, range_deg: float, side: Side | None = None) -> Repetition:
    return Repetition(exercise, 0.0, 1.0, range_deg, side, None, Quality(1.0, 1.0, 1.0, -1.6, 0.2, None, {}))


def test_what_was_not_seen_is_not_measured() -> None:
    assert baseline.measured([], 0.0, 0, "s") is None
    assert baseline.measured([SetEnded(1.0, "pelvic_tilt", (rep("pelvic_tilt", 9.0),), True)], 0.0, 0, "s") is None
    tilts = SetEnded(1.0, "pelvic_tilt", (rep("pelvic_tilt", 9.0), rep("pelvic_tilt", 11.0)), True)
    lone = baseline.measured([tilts, SetEnded(2.0, "side_bend", (rep("side_bend", 9.0, "left"),), True)], 0.0, 0, "s")
    assert lone is not None
    assert (lone.tilts, lone.tilt_range_deg, lone.symmetry, lone.breath_per_min) == (2, 10.0, None, None)
    bends = (rep("side_bend", 20.0, "left"), rep("side_bend", 15.0, "right"))
    whole = baseline.measured([tilts, SetEnded(2.0, "side_bend", bends, True), BreathMeasured(9.0, 0.0, 12.0, 0.9)], 0.0, 0, "s")
    assert whole is not None
    assert (whole.symmetry, whole.breath_per_min) == (0.75, 12.0)


def test_who_moves_rests_anew() -> None:
    programme = programmes()["baseline"]
    state = initial(programme)
    for tenth in range(300):  # in the pose, then half of the rest
        state = step(programme, state, tenth / 10, SensorInput(True, True, (), 1.0, 0.0))
    assert state.phase == "doing"
    gone_s = state.tallies[0].gone_s
    assert gone_s > 20.0
    state = step(programme, state, 30.0, SensorInput(True, True, (), 12.0, 0.0))
    assert state.tallies[0].gone_s < 0.2
    assert (
        "You moved"
        in show(programme, step(programme, state, 30.1, SensorInput(True, True, (), 12.0, 0.0)), SensorInput(True, True)).note
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_simulated_wearer_is_measured_as_they_are(seed: int) -> None:
    """Range within 1° and breath within 1 a minute of the truth."""
    simulation, programme = Simulation(load("baseline"), seed), programmes()["baseline"]
    pipeline = Pipeline(simulation.info, Settings())
    state, guide = pipeline.initial(), initial(programme)
    events, opened = list[Event](), ""
    for item in simulation.items():
        assert isinstance(item, SampleBlock)
        for begin in range(0, len(item), 26):
            block = item[begin : begin + 26]
            state, output = pipeline.step(state, block)
            events += output.events
            if not len(output.track):
                continue
            angles = float(output.track.flexion_deg[-1]), float(output.track.lateral_deg[-1])
            flexion, lateral = (None if math.isnan(each) else each for each in angles)
            heard = SensorInput(True, True, output.events, flexion, lateral)
            guide = step(programme, guide, float(block.t_s[-1]), heard)
            shown = show(programme, guide, heard)
            for name in ("", shown.opened) if shown.opened != opened else ():
                state, said = pipeline.step(state, Command(float(block.t_s[-1]), "exercise", name))
                events += said.events
            opened = shown.opened
    assert guide.phase == "over"
    found = baseline.measured(events, 0.0, 0, "sim")
    assert found is not None
    true = [each.range_deg for each in simulation.trunk.repetitions() if each.exercise == "pelvic_tilt"]
    assert found.tilt_range_deg == pytest.approx(median(true), abs=1.0)
    assert found.breath_per_min == pytest.approx(13.0, abs=1.0)
    assert found.symmetry is not None
    assert 0.7 <= found.symmetry <= 1.0
