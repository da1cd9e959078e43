"""Walking is told from raw samples, and the tilt is better for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import strategies as st

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, FloatArray
from sensorcore.motion import gait, tilt
from sensorcore.simulator import random_mount, simulate
from sensorcore.track.posture_track import CONTEXTS
from tests.stage_checks import Parallel, Run, StageChecks

RATE_HZ = 104.0
STILL = np.array([0.0, 0.0, STANDARD_GRAVITY_MPS2])


def shaken(seconds: float, from_s: float, to_s: float, *, step_hz: float = 1.9, size_mps2: float = 2.0) -> FloatArray:
    """Standing, with steps between two moments."""
    t_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    acc = np.tile(STILL, (len(t_s), 1))
    acc[:, 2] += np.where((t_s >= from_s) & (t_s < to_s), size_mps2 * np.sin(2 * np.pi * step_hz * t_s), 0.0)
    return acc


def walks(acc: FloatArray, turn_radps: float = 0.0) -> BoolArray:
    return gait.step(gait.initial(), acc, np.full_like(acc, turn_radps / np.sqrt(3)), RATE_HZ)[1]


def test_steps_are_told_within_three_seconds_and_remembered_for_five() -> None:
    found = walks(shaken(25.0, 5.0, 15.0))
    assert not found[: round(5 * RATE_HZ)].any()
    assert found[round(8 * RATE_HZ) : round(20 * RATE_HZ)].all()
    assert not found[round(21.1 * RATE_HZ) :].any()


def test_one_jolt_is_no_walk() -> None:
    assert not walks(shaken(20.0, 5.0, 5.7, size_mps2=20.0)).any()


def test_shaking_that_turns_more_than_a_trunk_does_is_no_walk() -> None:
    assert not walks(shaken(20.0, 0.0, 20.0), turn_radps=1.5).any()
    assert walks(shaken(20.0, 0.0, 20.0), turn_radps=0.7).any()


def noisy_walk(seed: int) -> Run:
    rng = np.random.default_rng(seed)
    acc = shaken(15.0, 3.0, 12.0) + rng.normal(0, 0.4, (round(15 * RATE_HZ), 3))
    stream = Parallel(acc, rng.normal(0, 0.3, acc.shape))

    def step(state: gait.GaitState, part: tuple[FloatArray, FloatArray]) -> tuple[gait.GaitState, tuple[BoolArray]]:
        after, walks = gait.step(state, *part, RATE_HZ)
        return after, (walks,)

    return Run(gait.initial(), step, stream)


class TestGait(StageChecks):
    runs = st.integers(0, 99).map(noisy_walk)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_tilt_of_a_walk_is_better_with_the_slow_filter_beside(seed: int) -> None:
    seen = simulate("workday-short", seed, mount=random_mount(np.random.default_rng(seed)))
    walking = seen.truth.state == CONTEXTS.index("walking")

    def rms_deg(params: tilt.TiltParams) -> float:
        up = tilt.step(params, tilt.TiltState(), seen.block)[1].up[walking]
        return float(np.degrees(np.sqrt(np.mean(np.linalg.norm(np.cross(up, seen.truth.up[walking]), axis=1) ** 2))))

    both = tilt.TiltParams(seen.info.device)
    assert rms_deg(both) < 0.9 * rms_deg(replace(both, tau_walking_s=both.tau_acc_s))
