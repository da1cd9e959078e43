"""Calibration on simulated wearers, however the sensor is clipped on; and what it refuses."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import CalibrationRefused
from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, SampleBlock, vector3
from sensorcore.motion.calibration import SPREAD_DEG, bows, calibrate, mean_upright, still_stretch, upright_of, with_upright
from sensorcore.simulator import Simulated, random_mount, simulate
from sensorcore.simulator.scenario import parse
from tests.examples import examples

DEVICE = DeviceProfile("test", 52.0)
STAND = """
name = "calibration"
about = "stands still, bows, sits down"
[[phase]]
name = "stand"
duration_s = 6.0
state = "standing"
still = true
[[phase]]
name = "bow"
duration_s = 13.0
still = true
bends = { count = 3, flexion_deg = 40.0 }
"""
SIT = """
[[phase]]
name = "sit"
duration_s = 12.0
state = "sitting"
still = true
"""


def mount_of(seed: int) -> np.ndarray:
    return random_mount(np.random.default_rng(seed))


@lru_cache(maxsize=64)
def wearer(seed: int, script: str = STAND, *, gyroscope: bool = True) -> Simulated:
    run = simulate(parse(script, where="test"), seed, sample_rate_hz=52.0, mount=mount_of(seed))
    if gyroscope:
        return run
    device = replace(run.info.device, gyro_sampling=None)
    return replace(run, info=replace(run.info, device=device), block=replace(run.block, gyr_radps=None))


def apart_deg(a: object, b: object) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), np.dot(a, b))))  # type: ignore[arg-type]


@examples(12)
@given(st.integers(0, 500), st.booleans())
def test_any_mount_is_found(seed: int, gyroscope: bool) -> None:
    run = wearer(seed, gyroscope=gyroscope)
    found = calibrate(run.info.device, run.block)
    forward, _, up = mount_of(seed)
    assert found.forward is not None
    assert apart_deg(found.upright["standing"], up) < 2.0  # sway while standing, and the sensor's offsets
    assert apart_deg(found.forward, forward) < 12.0  # people do not bow straight ahead; the median is in docs/accuracy.md
    assert abs(np.dot(found.forward, found.upright["standing"])) < 1e-9
    assert found.quality_deg is not None
    assert 0 <= found.quality_deg <= SPREAD_DEG
    assert not found.assumed


@examples(10)
@given(st.integers(0, 99), st.integers(0, 99))
def test_turning_the_sensor_turns_the_calibration(seed: int, other: int) -> None:
    run = wearer(seed % 4)
    turn = random_mount(np.random.default_rng(other))
    assert run.block.gyr_radps is not None
    turned = replace(run.block, acc_mps2=run.block.acc_mps2 @ turn.T, gyr_radps=run.block.gyr_radps @ turn.T)
    plain, other_way = calibrate(run.info.device, run.block), calibrate(run.info.device, turned)
    assert apart_deg(turn @ np.asarray(plain.forward), other_way.forward) < 0.2
    assert apart_deg(turn @ np.asarray(plain.upright["standing"]), other_way.upright["standing"]) < 1e-9


def test_quality_is_the_spread_of_the_bows() -> None:
    for seed in range(3):
        run = wearer(seed)
        found = calibrate(run.info.device, run.block)
        directions = [bow.direction for bow in bows(run.info.device, run.block, found.upright["standing"])]
        assert len(directions) == 3
        mean = np.mean([apart_deg(direction, found.forward) for direction in directions])
        assert found.quality_deg == pytest.approx(mean, abs=0.01)


def test_sitting_and_standing_have_uprights_of_their_own() -> None:
    run = wearer(2, STAND + SIT)
    standing = run.block[0 : 19 * 52]
    sitting = run.block[round(22.5 * 52) : len(run.block)]
    calibration = with_upright(calibrate(run.info.device, standing), "sitting", upright_of(sitting))
    assert set(calibration.upright) == {"standing", "sitting"}
    assert run.info.calibration is not None
    for state, upright in calibration.upright.items():
        assert apart_deg(upright, run.info.calibration.upright[state]) < 2.0
    assert 9 < apart_deg(calibration.upright["sitting"], calibration.upright["standing"]) < 13  # the lower back turns by 11°


# ---- a wearer in closed form: (seconds, flexion, lateral) to reach, by smooth moves


def scripted(*poses: tuple[float, float, float], scale: float = 1.0, noise_mps2: float = 0.02) -> SampleBlock:
    """Each pose takes its seconds to be reached, from upright, at 52 Hz; the lever arm is zero."""
    rng, flexion, lateral = np.random.default_rng(1), [np.zeros(1)], [np.zeros(1)]
    for seconds, ahead, right in poses:
        s = np.arange(1, round(seconds * 52) + 1) / round(seconds * 52)
        ease = s**3 * (10 - 15 * s + 6 * s**2)
        flexion.append(flexion[-1][-1] + (ahead - flexion[-1][-1]) * ease)
        lateral.append(lateral[-1][-1] + (right - lateral[-1][-1]) * ease)
    pitch, roll = np.radians(np.concatenate(flexion)), np.radians(np.concatenate(lateral))
    up = np.stack([-np.sin(pitch) * np.cos(roll), np.sin(roll), np.cos(pitch) * np.cos(roll)], axis=1)
    pitch_rate, roll_rate = np.gradient(pitch) * 52, np.gradient(roll) * 52
    gyr = np.stack([roll_rate * np.cos(pitch), pitch_rate, roll_rate * np.sin(pitch)], axis=1)
    acc = scale * STANDARD_GRAVITY_MPS2 * up + rng.normal(0, noise_mps2, up.shape)
    return SampleBlock.checked(np.arange(len(up)) / 52, acc, gyr + rng.normal(0, 0.001, up.shape))


def bow(ahead: float, right: float = 0.0) -> tuple[tuple[float, float, float], ...]:
    return (1.2, ahead, right), (1.3, 0.0, 0.0), (0.8, 0.0, 0.0)


def test_the_first_bow_says_which_way_is_forward() -> None:
    found = calibrate(DEVICE, scripted((5, 0, 0), *bow(40), *bow(35), *bow(-30)))
    assert apart_deg(found.forward, [1, 0, 0]) < 0.5


def test_a_bow_that_is_held_is_not_taken_for_upright() -> None:
    block = scripted((4, 0, 0), (1.2, 40, 0), (6, 40, 0), (1.2, 0, 0), (1, 0, 0), *bow(40), *bow(40))
    found = calibrate(DEVICE, block)
    assert apart_deg(found.upright["standing"], [0, 0, 1]) < 0.2
    assert apart_deg(found.forward, [1, 0, 0]) < 0.5


def test_the_sensor_may_lie_on_the_table_before() -> None:
    block = scripted((15, 0, 0), (1.0, 80, 0), (5, 80, 0), *((s, a + 80, r) for s, a, r in (*bow(40), *bow(40))))
    found = calibrate(DEVICE, block)
    upright = np.array([-np.sin(np.radians(80)), 0, np.cos(np.radians(80))])
    assert apart_deg(found.upright["standing"], upright) < 0.3


def test_sinking_slowly_is_not_still() -> None:
    """At a few degrees a second every half second looks still; the mean over it would be nobody's upright."""
    block = scripted((4, 0, 0), (6, 25, 0), (5, 25, 0))
    begin, end = still_stretch(block, "here")
    first, last = block.acc_mps2[begin : begin + 26].mean(axis=0), block.acc_mps2[end - 26 : end].mean(axis=0)
    assert apart_deg(first, last) < 3.0
    assert apart_deg(upright_of(block), [-np.sin(np.radians(25)), 0, np.cos(np.radians(25))]) < 1.0


def refusal(block: SampleBlock) -> str:
    with pytest.raises(CalibrationRefused) as caught:
        calibrate(DEVICE, block)
    return str(caught.value)


def test_refusals_say_what_to_repeat() -> None:
    restless = scripted(*[(0.9, angle, 0.0) for angle in (6, -6) * 6])
    assert "the longest still stretch is" in refusal(restless)
    assert "Keep still for 3 seconds" in refusal(restless)
    assert "found 0 bows deeper than 20°" in refusal(scripted((6, 0, 0)))
    assert "found 1 bow deeper than 20°, at least 2 are needed" in refusal(scripted((5, 0, 0), *bow(40), *bow(15)))
    assert "bow forward 3 times" in refusal(scripted((5, 0, 0), *bow(40)))
    apart = refusal(scripted((5, 0, 0), *bow(35, 0), *bow(20, 30)))
    assert "° from their mean" in apart
    assert "Bow once more, straight forward" in apart
    for scale, shown in ((0.5, "4.90"), (2.0, "19.61"), (0.10197, "1.00")):
        text = refusal(scripted((5, 0, 0), *bow(40), *bow(40), scale=scale, noise_mps2=0.002))
        assert f"at rest it measures {shown} m/s² instead of 9.81" in text
        assert "range setting" in text
    assert "no samples arrived" in refusal(scripted((5, 0, 0))[0:0])


def test_a_gap_ends_a_still_stretch() -> None:
    block = scripted((7, 0, 0))
    marked = replace(block, after_gap=np.arange(len(block)) == 130)
    begin, end = still_stretch(marked, "here")
    assert begin >= 130 or end <= 130
    missing = SampleBlock.joined([block[0:130], block[130 + 60 : len(block)]])
    with pytest.raises(CalibrationRefused, match="still stretch is"):
        still_stretch(missing[0 : 130 + 100], "here")


@given(st.floats(0.0, 30.0), st.integers(0, 99))
def test_a_mean_that_cannot_be_gravity_is_refused(size: float, seed: int) -> None:
    direction = random_mount(np.random.default_rng(seed))[0]
    acc = np.tile(size * direction, (10, 1))
    if abs(size / STANDARD_GRAVITY_MPS2 - 1) <= 0.24:
        assert apart_deg(mean_upright(acc, "--baseline"), vector3(direction)) < 1e-6
    else:
        with pytest.raises(CalibrationRefused, match="not gravity"):
            mean_upright(acc, "--baseline")
    with pytest.raises(CalibrationRefused):
        mean_upright(np.zeros((0, 3)), "--baseline")
