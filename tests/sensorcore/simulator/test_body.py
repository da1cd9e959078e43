"""Anatomy: poses, the ways between them, and what each place on the trunk sees."""

from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest

from sensorcore.errors import BadInput
from sensorcore.simulator import PERFECT, simulate
from sensorcore.simulator.body import PLACES, POSE_NAMES, POSES, SEGMENTS, route
from sensorcore.simulator.phases import Bends, Phase, Wearer
from sensorcore.simulator.scenario import Scenario, parse
from sensorcore.simulator.trunk import Trunk
from sensorcore.simulator.truth import body_records, ticks
from sensorcore.track.posture_track import CONTEXTS


def scenario(*phases: Phase, placement: Any = "upper_back") -> Scenario:
    return Scenario("made up", "", phases, Wearer(placement=placement))


def quiet(state: Any, duration_s: float = 25.0, **more: Any) -> Phase:
    return Phase(str(state), duration_s, state=state, still=True, **more)


@pytest.mark.parametrize(
    ("pose", "up", "context"),
    [
        ("standing", (0, 0, 1), "standing"),
        ("sitting", (0, 0, 1), "sitting"),
        ("slumped", (0, 0, 1), "sitting"),
        ("supine", (1, 0, 0), "lying"),
        ("prone", (-1, 0, 0), "lying"),
        ("left_side", (0, -1, 0), "lying"),
        ("right_side", (0, 1, 0), "lying"),
        ("kneeling", (0, 0, 1), "moving"),
        ("all_fours", (-1, 0, 0), "moving"),
        ("childs_pose", (-1, 0, 0), "moving"),
        ("hang", (0, 0, 1), "moving"),
    ],
)
@pytest.mark.parametrize("placement", ["upper_back", "sacrum"])
def test_poses_point_where_they_should(pose: str, up: tuple[float, ...], context: str, placement: str) -> None:
    run = simulate(scenario(quiet(pose), placement=placement), mount=np.eye(3), sensor=PERFECT)
    there = run.truth.t_s > 20
    assert (run.truth.pose[there] == POSE_NAMES.index(pose)).all()
    assert (run.truth.state[there] == CONTEXTS.index(context)).all()
    seen = run.truth.up[there].mean(axis=0)
    assert np.rad2deg(np.arccos(seen @ up / np.linalg.norm(seen))) < (38 if pose in ("childs_pose", "slumped") else 20)
    # At rest the accelerometer feels gravity there; the way is over, and everything is still.
    np.testing.assert_allclose(run.ideal.acc_mps2[there].mean(axis=0) / 9.80665, seen, atol=0.01)


def test_every_pose_is_reached_from_every_other_in_human_time() -> None:
    for start, end in permutations(POSES, 2):
        legs = route(start, end)
        assert legs[0].start == start
        assert legs[-1].end == end
        assert all(before.end == after.start for before, after in pairwise(legs))
        assert 1.0 < sum(leg.duration_s for leg in legs) < 12.0
    assert [leg.end for leg in route("supine", "standing")] == ["sitting", "standing"]
    assert [leg.end for leg in route("supine", "prone")] in (["left_side", "prone"], ["right_side", "prone"])


def turned(phases: tuple[Phase, ...], placement: Any, before_s: float, after_s: float) -> float:
    """How far the place's flexion changes between two times."""
    truth = simulate(scenario(*phases, placement=placement), mount=np.eye(3), sensor=PERFECT).truth
    up = [truth.up[np.abs(truth.t_s - t_s) < 1.0].mean(axis=0) for t_s in (before_s, after_s)]
    first, second = (np.rad2deg(np.arctan2(-u[0], u[2])) for u in up)
    return float(second - first)


def test_a_slump_turns_the_pelvis_back_and_the_upper_back_forward() -> None:
    phases = (quiet("sitting", 10.0), Phase("slump", 10.0, slump=1.0, still=True))
    seen = {place: turned(phases, place, 8.0, 18.0) for place in PLACES}
    assert seen["sacrum"] == pytest.approx(-14.0, abs=1.0) == pytest.approx(seen["waist"], abs=0.3)
    assert seen["upper_back"] == pytest.approx(19.0, abs=1.0)
    assert seen["upper_back"] == pytest.approx(seen["chest"], abs=1.0)
    assert abs(seen["lower_back"]) < 5


def test_a_bend_is_hip_flexion_first() -> None:
    bends = Bends(flexion_deg=80.0, down_s=2.0, hold_s=3.0, up_s=2.0)
    phases = (quiet("standing", 5.0), Phase("bend", 12.0, bends=bends, still=True))
    pelvis, lumbar, thorax = (turned(phases, place, 4.0, 9.0) for place in ("sacrum", "lower_back", "upper_back"))
    assert 0.55 * thorax < pelvis < 0.8 * thorax
    assert pelvis < lumbar < thorax


def test_breathing_moves_the_chest_most_and_keeps_the_pace() -> None:
    phases = (quiet("sitting", 10.0), Phase("breathe", 90.0, still=True, breaths_per_min=6.0, breath_depth=3.0))
    size = {}
    for place in ("sacrum", "lower_back", "upper_back", "chest"):
        made = scenario(*phases, placement=place)
        made = replace(made, wearer=replace(made.wearer, sway_deg=0.01))
        run = simulate(made, mount=np.eye(3), sensor=PERFECT)
        angle = run.truth.flexion_deg[run.truth.t_s > 20]
        size[place] = float(angle.std())
        if place == "chest":
            power = np.abs(np.fft.rfft((angle - angle.mean()) * np.hanning(len(angle))))
            assert 60 * np.argmax(power) / 80.0 == pytest.approx(6.0, abs=0.8)
    assert size["sacrum"] < size["lower_back"] < size["upper_back"] < size["chest"]
    made = scenario(*phases)
    breaths = Trunk(made, np.random.default_rng(1), 100.0).breaths()
    paced = [(start, end) for start, end in breaths if start > 20]
    assert 6 <= len(paced) <= 8
    assert all(8.0 < end - start < 12.0 for start, end in paced)
    assert all(before[1] == after[0] for before, after in pairwise(breaths))


def test_who_turned_over_on_the_floor_still_walks_forward() -> None:
    phases = (quiet("supine", 10.0), quiet("left_side", 5.0), quiet("prone", 5.0), quiet("all_fours", 6.0))
    made = scenario(*phases, Phase("walk", 20.0, state="walking"))
    motion = Trunk(made, np.random.default_rng(2), made.duration_s).motion(np.arange(37.0, 43.0, 0.01))
    velocity = np.array([np.broadcast_to(jet.x, motion.t_s.shape).mean() for jet in motion.velocity_mps])
    ahead = motion.segments[0].matrix[:, 0].mean(axis=1)
    assert np.hypot(*velocity[:2]) == pytest.approx(1.2, abs=0.05)
    assert velocity @ ahead > 1.1


def test_stairs_and_rides_take_the_body_along() -> None:
    made = scenario(Phase("up", 20.0, state="walking", climb_mps=0.3), quiet("sitting", 8.0), Phase("bus", 60.0, ride="bus"))
    trunk = Trunk(made, np.random.default_rng(3), made.duration_s)
    up = trunk.motion(np.arange(0.0, 20.0, 0.01)).velocity_mps[2].x
    assert up.sum() * 0.01 == pytest.approx(0.3 * (20.0 - 1.4), abs=0.1)
    run = simulate(made, mount=np.eye(3), sensor=PERFECT)
    bus = (run.truth.t_s > 32) & (run.truth.t_s < 85)
    still = (run.truth.t_s > 24) & (run.truth.t_s < 28)
    assert 0.3 < run.ideal.acc_mps2[bus, 2].std() < 1.2
    assert run.ideal.acc_mps2[still, 2].std() < 0.1


def test_truth_ticks_carry_the_orientation_of_sensor_and_segments() -> None:
    made = scenario(quiet("sitting", 8.0), quiet("left_side", 10.0), quiet("prone", 10.0), quiet("standing", 12.0))
    run = simulate(made, 4)
    told = list(ticks(run.truth))
    assert len(told) in (400, 401)
    index = np.searchsorted(run.truth.t_s, np.array([tick["t_s"] for tick in told]) - 1e-3)
    for k, tick in zip(index[::7], told[::7], strict=True):
        for name, matrix in (("sensor", run.truth.to_world[k]), *zip(SEGMENTS, run.truth.segments[k], strict=True)):
            w, x, y, z = tick[name]
            assert w >= 0
            column = (1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y))
            np.testing.assert_allclose(column, matrix[:, 0], atol=4e-4 if name == "sensor" else 4e-3)
            last = (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
            np.testing.assert_allclose(last, matrix[:, 2], atol=4e-4 if name == "sensor" else 4e-3)
    assert {tick["pose"] for tick in told} >= {"sitting", "left_side", "prone", "standing"}


def test_body_records_come_in_order() -> None:
    made = scenario(quiet("sitting", 30.0), Phase("walk", 30.0, state="walking"))
    records = body_records(Trunk(made, np.random.default_rng(1), made.duration_s))
    times = [record["t_s"] for record in records]
    assert times == sorted(times)
    assert [record["phase"] for record in records if "phase" in record] == ["sitting", "walk"]
    assert 12 <= sum("breath" in record for record in records) <= 16


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("slump = 3", ["slump", "2"]),
        ("breaths_per_min = 0", ["breaths_per_min"]),
        ('exercise = { name = "squat" }', ["'squat'", "bridge"]),
        ('exercise = { name = "bridge", count = 0 }', ["count"]),
        ('exercise = { name = "bridge", fatigue = 1 }', ["fatigue"]),
        ('exercise = { name = "bridge" }\nbends = { count = 1 }', ["bends and an exercise"]),
    ],
)
def test_what_no_body_can_do_is_named(line: str, names: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        parse(f'name = "x"\nabout = "y"\n[[phase]]\nname = "z"\nduration_s = 9\n{line}\n', where="day.toml")
    for name in names:
        assert name in str(caught.value)
