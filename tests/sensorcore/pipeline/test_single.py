"""The promises of the whole line: the same events live, replayed, at any speed and however the stream is cut; and it carries on."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, Corrected, Event, GapFound, SlouchEnded, SlouchStarted
from sensorcore.model import DeviceProfile, SampleBlock, StreamInfo
from sensorcore.motion.tilt import TiltParams
from sensorcore.pipeline.analysis import analyze, run
from sensorcore.pipeline.single import Pipeline, PipelineOutput, PipelineState
from sensorcore.ports import StreamItem
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.engine import Arrival, Engine
from sensorcore.session.replay import driver_of, paced
from sensorcore.settings import AlertSettings, Settings
from sensorcore.track.posture_track import PostureTrack, joined
from sensorcore.track.totals import TickTotals
from tests import saved_state
from tests.examples import examples
from tests.stage_checks import Interrupted, Run, StageChecks
from tests.streams import Stream, workday

QUICK = Settings(alerts=AlertSettings(delay_s=5.0, mute_after_s=5.0, good_again_s=1.0))
DURATION_S = 120.0


def holey(*, seed: int = 0) -> tuple[StreamInfo, SampleBlock]:
    """Two minutes of a workday with a lost second, a short loss, a restart without missing time, and 40 s out of range."""
    info, whole = workday()
    whole = whole[: int((whole.t_s < DURATION_S).sum())]
    shift = np.random.default_rng(seed).uniform(-0.3, 0.3)
    kept = np.ones(len(whole), dtype=np.bool_)
    for start_s, end_s in ((20.0, 21.0), (30.0, 30.1), (60.0, 100.0)):
        kept &= (whole.t_s < start_s + shift) | (whole.t_s >= end_s + shift)
    marks = np.zeros(len(whole), dtype=np.bool_)
    marks[np.searchsorted(whole.t_s, 45.0 + shift)] = True
    parts = [whole.t_s, whole.acc_mps2, whole.gyr_radps, marks, whole.saturated]
    return info, SampleBlock(*(part[kept] for part in parts if part is not None))


def cut(whole: SampleBlock, places: Iterable[int], said: dict[int, Command] | None = None) -> list[StreamItem]:
    """`whole` in blocks that end at `places`; commands where they were said (by sample)."""
    said = said or {}
    edges = sorted({0, len(whole), *(place % len(whole) for place in places), *said})
    items: list[StreamItem] = []
    for a, b in itertools.pairwise(edges):
        items += [said[a]] if a in said else []
        items.append(whole[a:b])
    return items


def outcome(info: StreamInfo, items: Sequence[StreamItem], *, chosen: Settings = QUICK) -> tuple[PostureTrack, list[Event]]:
    tracks, events = [], []
    for track, news, _, _ in run(Stream(info, items), chosen):
        tracks.append(track)
        events += news
    return PostureTrack(*(np.concatenate([getattr(t, name) for t in tracks]) for name in PostureTrack.__slots__)), events


def assert_same(one: tuple[PostureTrack, list[Event]], other: tuple[PostureTrack, list[Event]]) -> None:
    assert one[1] == other[1]
    for name in PostureTrack.__slots__:
        np.testing.assert_array_equal(getattr(one[0], name), getattr(other[0], name))


SAID = {
    700: Command(0.0, "zero"),
    1500: Command(0.0, "snooze", "8"),
    2300: Command(0.0, "mark", "tea"),
    2301: Command(0.0, "resume"),
}
places = st.lists(st.integers(0, 10**6), max_size=8) | st.integers(50, 300).map(lambda n: list(range(0, 10_000, n)))


def piped(seed: int, calibrated: bool) -> Run:
    info, whole = holey(seed=seed)
    pipeline = Pipeline(info if calibrated else replace(info, calibration=None), QUICK, series=True)

    def outputs(found: list[PipelineOutput]) -> tuple[Any, ...]:
        series = [each.series for each in found if each.series is not None]
        up, t_s = [each.up for each in series], [each.t_s for each in series]
        events = tuple(event for each in found for event in each.events)
        return (
            joined([each.track for each in found]),
            events,
            np.concatenate([np.zeros((0, 3)), *up]),
            np.concatenate([np.zeros(0), *t_s]),
        )

    def step(state: PipelineState, part: list[StreamItem]) -> tuple[PipelineState, tuple[Any, ...]]:
        found = []
        for item in part:
            state, output = pipeline.step(state, item)
            found.append(output)
        return state, outputs(found)

    return Run(
        pipeline.initial(), step, Interrupted(whole, SAID), lambda state: outputs([pipeline.finish(state)[1]]), has_state=False
    )


class TestPipeline(StageChecks):
    runs = st.builds(piped, st.integers(0, 3), st.booleans())


@pytest.mark.slow
def test_the_same_sample_by_sample() -> None:
    info, whole = holey()
    near = whole[: int((whole.t_s < 23).sum())]
    assert_same(outcome(info, [near[i : i + 1] for i in range(len(near))]), outcome(info, [near]))


NO_STATES = (
    "", "{}", "[1]", "nonsense", "[" * 100_000, '{"type": "dict"}', '{"type": "dict", "items": 3}',
    '{"type": "PipelineState", "fields": {}}', '{"type": "os.system", "fields": {"command": "true"}}',
    '{"type": "array", "dtype": "O", "shape": [1], "data": "AAAAAAAAAAA="}',
)  # fmt: skip


@pytest.mark.parametrize("text", NO_STATES)
def test_what_is_not_a_saved_state_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a saved state"):
        saved_state.loads(text)


@examples(6)
@given(st.integers(0, 50))
def test_events_are_in_order_and_gaps_among_them(seed: int) -> None:
    info, whole = holey(seed=seed)
    track, events = outcome(info, cut(whole, range(0, len(whole), 32)))
    times = [event.t_s for event in events]
    assert times == sorted(times)
    gaps = [event for event in events if isinstance(event, GapFound)]
    assert [round(gap.missing_s, 1) for gap in gaps] == [1.0, 0.0, 40.0]
    for gap in gaps[::2]:
        lost = (track.index / 10 < gap.t_s - 0.1) & (track.index / 10 > gap.t_s - gap.missing_s + 0.1)
        assert not lost.any()


class Kept:
    """A sink that keeps what came of it."""

    def __init__(self) -> None:
        self.tracks: list[PostureTrack] = []
        self.events: list[Event] = []

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        self.tracks.append(output.track)
        self.events += output.events

    @property
    def outcome(self) -> tuple[PostureTrack, list[Event]]:
        return PostureTrack(
            *(np.concatenate([getattr(t, name) for t in self.tracks]) for name in PostureTrack.__slots__)
        ), self.events


@pytest.mark.parametrize("speed", [math.inf, pytest.param(300.0, marks=pytest.mark.slow)])
async def test_the_same_live_recorded_and_replayed(tmp_path: Path, speed: float) -> None:
    info, whole = holey()
    source = Stream(info, cut(whole, [], SAID))
    expected = outcome(info, cut(whole, [], SAID))
    assert {type(event) for event in expected[1]} >= {AlertRaised, Corrected, SlouchStarted, SlouchEnded, GapFound}

    live, path = Kept(), tmp_path / "live.mcap"
    driver = driver_of(source)
    with RecordingWriter(path, RecordingInfo(info, driver.name)) as writer:
        await Engine(info, driver, QUICK, (RecordingSink(writer), live)).run(paced(source, speed))
    assert_same(live.outcome, expected)

    recording = open_recording(path)
    assert_same(outcome(recording.info, list(recording.items())), expected)
    assert list(recording.events()) == json.loads(json.dumps([event.to_json() for event in expected[1]]))
    (shown,) = recording.posture()
    np.testing.assert_array_equal(shown.posture, expected[0].posture)

    again = Kept()
    await Engine(recording.info, driver_of(recording), QUICK, (again,)).run(paced(recording, math.inf))
    assert_same(again.outcome, expected)


@examples(25)
@given(
    st.sampled_from([10.0, 11.7, 25.0, 104.0]),
    st.lists(st.tuples(st.floats(0.5, 20), st.sampled_from([0.0, 0.0, 0.15, 0.25, 0.7, 3.0, 50.0])), min_size=1, max_size=6),
    st.floats(0, 0.45),
    st.integers(0, 100),
)
def test_unknown_upright_and_slouched_are_the_wear_time(
    rate_hz: float, stretches: list[tuple[float, float]], jitter: float, seed: int
) -> None:
    """Slow sensors with jitter leave ticks empty, links drop out, sensors restart: every tenth of a second is counted once."""
    rng = np.random.default_rng(seed)
    times: list[np.ndarray] = []
    start_s = 0.0
    for lasts_s, gap_s in stretches:
        n = max(2, int(lasts_s * rate_hz))
        times.append(start_s + (np.arange(n) + np.append(0, rng.uniform(-jitter, jitter, n - 1))) / rate_hz)
        start_s = float(times[-1][-1]) + 1 / rate_hz + gap_s
    t_s = np.concatenate(times)
    acc = rng.normal([0.0, 0.0, 9.81], 0.05, (len(t_s), 3))
    device = DeviceProfile("slow", rate_hz, None)
    whole = SampleBlock.checked(t_s - t_s[0], acc, after_gap=np.append(False, rng.random(len(t_s) - 1) < 0.002))
    track, _ = outcome(StreamInfo(device), [whole])
    totals = TickTotals()
    for piece in np.array_split(np.arange(len(track)), 5):
        totals.add(track[piece])
    assert totals.counts.total == math.floor(whole.t_s[-1] * 10) + 1
    report = analyze(Stream(StreamInfo(device), [whole]), Settings()).to_json()
    assert round(10 * sum(report["posture"][f"{word}_s"] for word in ("unknown", "upright", "slouched"))) == round(
        10 * report["wear_s"]
    )
    assert (totals.counts.judged > 0) == (not np.isnan(track.flexion_deg).all() and (track.posture > 0).any())


def test_a_jittery_ten_hertz_sensor_has_no_gaps() -> None:
    """Its empty ticks belong to the next; none of its time is unknown once upright is known."""
    rng = np.random.default_rng(1)
    t_s = (np.arange(3000) + np.append(0, rng.uniform(-0.4, 0.4, 2999))) / 10.0
    acc = rng.normal([0.0, 0.0, 9.81], 0.02, (3000, 3)) + 0.1 * np.sin(2 * np.pi * 0.25 * t_s)[:, None]  # who breathes
    whole = SampleBlock.checked(t_s, acc)
    report = analyze(Stream(StreamInfo(DeviceProfile("slow", 10.0, None)), [whole]), Settings()).to_json()
    assert report["gaps"] == []
    assert report["posture"]["unknown_s"] < 10.0
    assert report["posture"]["upright_s"] > 285.0


@pytest.mark.slow
def test_the_series_has_every_sample_once_and_is_cut_independent() -> None:
    info, whole = holey()

    def series(items: list[StreamItem]) -> np.ndarray:
        pieces = [s for _, _, s, _ in run(Stream(info, items), QUICK, series=True) if s is not None]
        return np.concatenate([np.column_stack([s.t_s, s.up, *s.lean_deg()]) for s in pieces])

    one = series([whole])
    np.testing.assert_array_equal(one[:, 0], whole.t_s)
    np.testing.assert_array_equal(one, series(cut(whole, range(0, len(whole), 13), None)))
    np.testing.assert_allclose(np.linalg.norm(one[:, 1:4], axis=1), 1.0, atol=1e-12)


async def test_blocks_of_nothing_change_nothing() -> None:
    info, whole = holey()
    nothing = whole[:0]
    assert_same(outcome(info, [nothing, whole[:50], nothing, whole[50:], nothing]), outcome(info, [whole]))
    assert SampleBlock.joined([nothing, whole]).t_s[0] == whole.t_s[0]
    await asyncio.sleep(0)


def test_the_default_settings_are_the_tilts_own() -> None:
    """What was measured on people is what a wearer gets."""
    info = StreamInfo(DeviceProfile("test", 104.0))
    assert Pipeline(info, Settings())._tilt == TiltParams(info.device)
