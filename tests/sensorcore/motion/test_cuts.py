"""However a stream is cut into blocks, and wherever it is saved and restored, the output is the same to the bit."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import Event
from sensorcore.model import DeviceProfile, SampleBlock, StreamInfo
from sensorcore.motion import activity, ticks, tilt
from sensorcore.pipeline.single import Pipeline, Series
from sensorcore.settings import Settings
from tests import saved_state
from tests.examples import examples
from tests.sensorcore.motion.motions import tumble

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


def stages(device: DeviceProfile, block: SampleBlock, cuts: list[int]) -> list[np.ndarray]:
    """Everything tilt, ticks and activity say about the stream."""
    tilting, counting, moving = tilt.TiltState(), ticks.initial(), activity.initial()
    poses, seen, moves = [], [], []
    borders = [0, *sorted(cuts), len(block)]
    for begin, end in itertools.pairwise(borders):
        tilting, pose = tilt.step(tilt.TiltParams(device), tilting, block[begin:end])
        counting, complete = ticks.step(counting, block[begin:end], pose)
        moving, moved = activity.step(moving, complete)
        poses.append(pose)
        seen.append(complete)
        moves.append(moved)
    seen.append(ticks.finish(counting))
    columns = [(poses, tilt.Tilt), (seen, ticks.Ticks), (moves, activity.Activity)]
    return [np.concatenate([getattr(x, name) for x in found]) for found, kind in columns for name in kind.__slots__]


@examples(40)
@given(st.integers(0, 10_000), st.booleans(), st.lists(st.integers(0, N), max_size=40))
def test_the_output_does_not_depend_on_the_cuts(seed: int, gyroscope: bool, cuts: list[int]) -> None:
    device, block = troubled(seed, gyroscope=gyroscope)
    for whole, cut in zip(stages(device, block, []), stages(device, block, cuts), strict=True):
        np.testing.assert_array_equal(whole, cut, strict=True)


@pytest.mark.parametrize("gyroscope", [True, False])
def test_sample_by_sample_is_the_same_too(gyroscope: bool) -> None:
    device, block = troubled(3, gyroscope=gyroscope)
    for whole, cut in zip(stages(device, block, []), stages(device, block, list(range(1, N))), strict=True):
        np.testing.assert_array_equal(whole, cut, strict=True)


def pipelined(device: DeviceProfile, block: SampleBlock, cuts: list[int], *, save: bool) -> tuple[list[Series], list[Event]]:
    pipeline = Pipeline(StreamInfo(device), Settings(), series=True)
    state = pipeline.initial()
    series, events = [], []
    borders = [0, *sorted(cuts), len(block)]
    for begin, end in itertools.pairwise(borders):
        state, output = pipeline.step(state, block[begin:end])
        state = saved_state.loads(saved_state.dumps(state)) if save else state
        series += [output.series] if output.series else []
        events += output.events
    _, output = pipeline.finish(state)
    return [*series, *([output.series] if output.series else [])], [*events, *output.events]


@examples(12)
@given(st.integers(0, 10_000), st.booleans(), st.lists(st.integers(0, N), max_size=6))
def test_a_saved_state_carries_on(seed: int, gyroscope: bool, cuts: list[int]) -> None:
    device, block = troubled(seed, gyroscope=gyroscope)
    through, events = pipelined(device, block, cuts, save=False)
    restored, events_after = pipelined(device, block, cuts, save=True)
    assert events == events_after
    for a, b in zip(through, restored, strict=True):
        np.testing.assert_array_equal(a.up, b.up, strict=True)
        assert a.references == b.references


def test_the_troubled_stream_is_as_troubled_as_it_says() -> None:
    """Else the tests above would prove little."""
    device, block = troubled(3, gyroscope=True)
    pose = tilt.step(tilt.TiltParams(device), tilt.TiltState(), block)[1]
    assert pose.starts.sum() >= 4
    assert ((np.diff(block.t_s) > 1.5 / RATE_HZ) & (np.diff(block.t_s) < 0.2)).sum() > 5
    assert block.saturated.any()
    calm = replace(block, after_gap=np.zeros(N, dtype=np.bool_), saturated=np.zeros(N, dtype=np.bool_))
    assert (tilt.step(tilt.TiltParams(device), tilt.TiltState(), calm)[1].uncertainty_deg != pose.uncertainty_deg).any()
