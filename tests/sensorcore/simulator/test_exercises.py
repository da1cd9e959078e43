"""Sets of exercises: every repetition is in the truth, and the sensor sees it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recordings
from sensorcore.errors import BadInput
from sensorcore.recording.reader import open_recording
from sensorcore.simulator import PERFECT, Simulation, simulate
from sensorcore.simulator.exercises import DRILLS, ExerciseSet, TrueRepetition
from sensorcore.simulator.phases import Phase, Wearer
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.trunk import Trunk
from tests.examples import examples

LONG_S = 300.0


def done(exercise: ExerciseSet, *, state: Any = None, placement: Any = "sacrum", seed: int = 1) -> list[TrueRepetition]:
    pose: Any = state or DRILLS[exercise.name].poses[0]
    phases = (Phase("get ready", 15.0, state=pose), Phase("set", LONG_S, exercise=exercise))
    scenario = Scenario("set", "", phases, Wearer(placement=placement))
    return Trunk(scenario, np.random.default_rng(seed), scenario.duration_s).repetitions()


@pytest.mark.parametrize("name", list(DRILLS))
def test_every_exercise_of_the_catalogue_is_done_and_told(name: Any) -> None:
    place = "upper_back" if name in ("heel_toe_crunch", "side_bend", "trunk_rotation") else "sacrum"
    reps = done(ExerciseSet(name, count=4, half=(3,)), placement=place)
    assert [rep.counts for rep in reps] == ["full", "full", "half", "full"]
    assert all(before.end_s < after.start_s for before, after in pairwise(reps))
    sided = bool(DRILLS[name].sided)
    assert [rep.side for rep in reps] == (["right", "left", "right", "left"] if sided else [None] * 4)
    assert min(reps[k].range_deg for k in (0, 1, 3)) > 5.0
    if DRILLS[name].through is None:
        assert reps[2].range_deg < 0.6 * reps[0].range_deg + 1.5


@given(
    count=st.integers(1, 8),
    fatigue=st.floats(0.0, 0.6),
    amplitude=st.floats(0.4, 1.4),
    side=st.sampled_from(["left", "right", "both"]),
    half=st.lists(st.integers(1, 8), max_size=3).map(tuple),
    seed=st.integers(0, 99),
)
@examples(12)
def test_sets_add_up(count: int, fatigue: float, amplitude: float, side: Any, half: tuple[int, ...], seed: int) -> None:
    exercise = ExerciseSet("side_bend", count, side, amplitude, fatigue=fatigue, half=half)
    reps = done(exercise, placement="upper_back", seed=seed)
    assert len(reps) == count
    assert [rep.counts == "half" for rep in reps] == [number in half for number in range(1, count + 1)]
    assert side == "both" or {rep.side for rep in reps} == {side}
    assert all(15.0 * 0.9 < rep.start_s < rep.end_s < 15.0 + LONG_S for rep in reps)


def test_fatigue_makes_repetitions_smaller_and_slower() -> None:
    reps = done(ExerciseSet("bridge", count=12, fatigue=0.5))
    size, pace = [rep.range_deg for rep in reps], [rep.end_s - rep.start_s for rep in reps]
    assert np.mean(size[-3:]) < 0.75 * np.mean(size[:3])
    assert np.mean(pace[-3:]) > 1.1 * np.mean(pace[:3])


def test_the_wrong_pose_is_told() -> None:
    assert {rep.counts for rep in done(ExerciseSet("bridge", count=2), state="standing")} == {"wrong pose"}
    assert {rep.counts for rep in done(ExerciseSet("pelvic_tilt", count=2), state="all_fours")} == {"full"}


def test_a_place_sees_its_share() -> None:
    tilt = ExerciseSet("pelvic_tilt", count=3)
    pelvis, lumbar, thorax = (done(tilt, placement=p)[0].range_deg for p in ("sacrum", "lower_back", "upper_back"))
    assert pelvis > 10.0 > lumbar > 4.0 > thorax


def test_the_range_is_what_the_orientation_turned() -> None:
    phases = (Phase("lie", 15.0, state="supine"), Phase("set", 60.0, exercise=ExerciseSet("bridge", count=3)))
    scenario = Scenario("set", "", phases, Wearer(placement="sacrum"))
    simulation = Simulation(scenario, 3, sensor=PERFECT)
    run = simulate(scenario, 3, sensor=PERFECT)
    for rep in simulation.trunk.repetitions():
        during = run.truth.to_world[(run.truth.t_s >= rep.start_s) & (run.truth.t_s <= rep.end_s)]
        cosine = (np.einsum("nij,ij->n", during, during[0]) - 1) / 2
        assert np.rad2deg(np.arccos(np.clip(cosine, -1, 1))).max() == pytest.approx(rep.range_deg, abs=0.5)


def test_a_set_that_does_not_fit_is_named() -> None:
    scenario = Scenario("hasty", "", (Phase("tilts", 10.0, exercise=ExerciseSet("pelvic_tilt", count=9)),))
    with pytest.raises(BadInput, match="'tilts' does not fit") as caught:
        Trunk(scenario, np.random.default_rng(1), 10.0)
    assert "2 of 9" in str(caught.value)


def test_the_routine_that_comes_with_spinae_tells_its_repetitions_and_breaths() -> None:
    told = list(open_recording(Path(recordings.__path__[0]) / "routine.mcap").truth())
    reps = [(value["exercise"], value["counts"]) for value in told if "exercise" in value]
    tilts = ["full"] * 4 + ["half"] + ["full"] * 3
    assert [counts for name, counts in reps if name == "pelvic_tilt"] == tilts
    assert [name for name, _ in reps if name != "pelvic_tilt"] == ["bridge"] * 5 + ["bird_dog"] * 6 + ["childs_pose"]
    paced = [value["breath"] for value in told if "breath" in value and 252 < value["t_s"] < 285]
    assert paced
    assert all(rate == pytest.approx(6.0, abs=1.5) for rate in paced)
