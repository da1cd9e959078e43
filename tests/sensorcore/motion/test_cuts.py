"""However a stream is cut into blocks, and wherever it is saved and restored, the output is the same to the bit."""

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import strategies as st

from sensorcore.model import DeviceProfile, SampleBlock
from sensorcore.motion import activity, ticks, tilt
from tests.sensorcore.motion.motions import tumble
from tests.stage_checks import Run, StageChecks

RATE_HZ = 52.0
N = 700


def troubled(seed: int, *, gyroscope: bool) -> tuple[DeviceProfile, SampleBlock]:
    """A jittered stream with lost samples, long gaps, a reboot without missing time, saturation, and stretches of rest."""
    rng = np.random.default_rng(seed)
    step_s = rng.uniform(0.8, 1.2, N) / RATE_HZ
    step_s[rng.random(N) < 0.04] += rng.integers(1, 9) / RATE_HZ
    long_at = rng.integers(50, N, 3)
    step_s[long_at] += rng.uniform(0.3, 4.0, 3)
    t_s = np.cumsum(step_s)
    motion = tumble(t_s, still_s=float(rng.uniform(0, 6)), seed=seed)
    acc = motion.acc_mps2 + rng.normal(0, 0.02, (N, 3))
    gyr = motion.gyr_radps + rng.normal(0, 0.002, (N, 3))
    rest = t_s > t_s[-1] - 5
    acc[rest], gyr[rest] = acc[rest][0] + rng.normal(0, 0.02, (rest.sum(), 3)), rng.normal(0.01, 0.001, (rest.sum(), 3))
    after_gap = np.zeros(N, dtype=np.bool_)
    after_gap[long_at] = True
    after_gap[rng.integers(1, N)] = True
    saturated = rng.random(N) < 0.01
    device = DeviceProfile("test", RATE_HZ, "point" if gyroscope else None)
    return device, SampleBlock.checked(t_s, acc, gyr if gyroscope else None, after_gap=after_gap, saturated=saturated)


MotionState: TypeAlias = tuple[tilt.TiltState, ticks.TickState, activity.ActivityState]


def motion(seed: int, gyroscope: bool) -> Run:
    """Tilt, ticks and activity, one after the other."""
    device, block = troubled(seed, gyroscope=gyroscope)

    def step(state: MotionState, part: SampleBlock) -> tuple[MotionState, tuple[Any, ...]]:
        tilting, pose = tilt.step(tilt.TiltParams(device), state[0], part)
        counting, complete = ticks.step(state[1], part, pose)
        moving, moved = activity.step(state[2], complete)
        return (tilting, counting, moving), (pose.up, pose.uncertainty_deg, pose.starts, complete, moved)

    return Run((tilt.TiltState(), ticks.initial(), activity.initial()), step, block, has_state=False)


class TestMotion(StageChecks):
    runs = st.builds(motion, st.integers(0, 10_000), st.booleans())


@pytest.mark.parametrize("gyroscope", [True, False])
def test_sample_by_sample_is_the_same_too(gyroscope: bool) -> None:
    run = motion(3, gyroscope)
    assert run.outcome(range(N)) == run.outcome()


def test_the_troubled_stream_is_as_troubled_as_it_says() -> None:
    """Else the tests above would prove little."""
    device, block = troubled(3, gyroscope=True)
    pose = tilt.step(tilt.TiltParams(device), tilt.TiltState(), block)[1]
    assert pose.starts.sum() >= 4
    assert ((np.diff(block.t_s) > 1.5 / RATE_HZ) & (np.diff(block.t_s) < 0.2)).sum() > 5
    assert block.saturated.any()
    calm = replace(block, after_gap=np.zeros(N, dtype=np.bool_), saturated=np.zeros(N, dtype=np.bool_))
    assert (tilt.step(tilt.TiltParams(device), tilt.TiltState(), calm)[1].uncertainty_deg != pose.uncertainty_deg).any()
