"""The report of a whole recording: every second counted, every number a number, nothing invented for nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.model import Calibration, DeviceProfile, SampleBlock, StreamInfo
from sensorcore.pipeline.analysis import analyze, smooth_series
from sensorcore.settings import Settings
from sensorcore.track.posture_track import SLOUCHED, UNKNOWN, UPRIGHT, PostureTrack
from sensorcore.track.totals import PERCENTILES, TickTotals
from tests.examples import examples
from tests.streams import Stream, stream, workday

BARE = StreamInfo(DeviceProfile("bare", 50.0, None), calibration=Calibration({"sitting": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0)))


def track(
    index: np.ndarray, flexion_deg: np.ndarray, posture: int | np.ndarray = UPRIGHT, lateral_deg: float = 0.0
) -> PostureTrack:
    n = len(index)
    codes = np.zeros(n, dtype=np.int8) + np.asarray(posture, dtype=np.int8)
    return PostureTrack(index, flexion_deg, np.full(n, lateral_deg), np.full(n, 0.5), np.ones(n, dtype=np.int8), codes)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=200), st.lists(st.integers(0, 10**6), max_size=4), st.data())
def test_every_tenth_is_counted_once_however_it_is_added(steps: list[int], places: list[int], data: st.DataObject) -> None:
    index = np.cumsum(steps) - 1
    posture = np.asarray(
        data.draw(st.lists(st.sampled_from([UNKNOWN, UPRIGHT, SLOUCHED]), min_size=len(index), max_size=len(index)))
    )
    whole, parts = TickTotals(), TickTotals()
    one = track(index, np.full(len(index), 10.0), posture)
    whole.add(one)
    edges = sorted({0, len(index), *(place % len(index) for place in places)})
    for a, b in zip(edges, edges[1:], strict=False):  # noqa: RUF007 - pairwise would hide that an edge may repeat
        parts.add(PostureTrack(*(getattr(one, name)[a:b] for name in PostureTrack.__slots__)))
    assert whole.counts == parts.counts
    assert whole.counts.total == index[-1] + 1
    empty = np.diff(index, prepend=-1) - 1
    assert whole.counts.unknown == (posture == UNKNOWN).sum() + empty[(empty > 2) | (posture == UNKNOWN)].sum()


@given(st.lists(st.floats(0, 60), min_size=1, max_size=300))
def test_percentiles_are_those_of_the_judged_time(angles: list[float]) -> None:
    totals = TickTotals()
    totals.add(track(np.arange(len(angles)), np.asarray(angles)))
    found = totals.percentiles_deg()
    assert found is not None
    for p in PERCENTILES:
        exact = np.percentile(angles, p, method="inverted_cdf")
        assert found[str(p)] == pytest.approx(exact, abs=0.0501)


def test_leaning_both_ways_adds_up() -> None:
    totals = TickTotals()
    totals.add(track(np.arange(10), np.full(10, 30.0), lateral_deg=40.0))
    expected = float(np.degrees(np.arccos(np.cos(np.radians(30)) * np.cos(np.radians(40)))))
    assert totals.percentiles_deg() == dict.fromkeys(map(str, PERCENTILES), pytest.approx(expected, abs=0.0501))


@pytest.mark.parametrize("items", [[], [Command(0.0, "mark", "alone")], [workday()[1][:0]]])
def test_nothing_is_reported_as_nothing(items: list[SampleBlock]) -> None:
    report = analyze(Stream(BARE, items), Settings()).to_json()
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert (report["samples"], report["duration_s"], report["wear_s"]) == (0, 0.0, 0.0)
    parts = {f"{part}_s": 0.0 for part in ("upright", "slouched", "unknown", "not_worn")}
    assert report["posture"] == {**parts, "inclination_percentiles_deg": None}
    assert report["alerts"] == report["contexts"] == report["gaps"] == []
    assert report["notes"] == ["it holds no samples"]
    assert len(smooth_series(Stream(BARE, items), Settings()).t_s) == 0


def test_a_stream_that_does_not_begin_at_zero() -> None:
    """Its duration is that of the samples; the time before them is unknown, not upright."""
    info, whole = workday()
    later = replace(whole[: 52 * 60], t_s=whole.t_s[: 52 * 60] + 100.0)
    report = analyze(Stream(info, [later]), Settings()).to_json()
    assert report["duration_s"] == pytest.approx(60.0, abs=0.5)
    assert report["wear_s"] == pytest.approx(160.0, abs=0.5)
    assert report["posture"]["unknown_s"] >= 100.0
    assert report["gaps"][0] == {"start_s": 0.0, "end_s": 100.0}


axes = st.floats(-300, 300)


@examples(30)
@given(st.lists(st.tuples(axes, axes, axes, st.sampled_from([0.02, 0.02, 0.3, 1e4])), min_size=1, max_size=200))
def test_the_report_is_json_whatever_the_sensor_says(rows: list[tuple[float, float, float, float]]) -> None:
    """Dead, saturated and wildly shaken sensors, with gaps: no NaN and no infinity gets out, and no warning either."""
    values = np.repeat(np.asarray(rows), 5, axis=0)
    t_s = np.cumsum(np.where(np.arange(len(values)) % 5 == 0, values[:, 3], 0.02))
    block = SampleBlock.checked(t_s - t_s[0], values[:, :3])
    for info in (BARE, replace(BARE, calibration=None)):
        result = analyze(Stream(info, [block]), Settings(), on_series=lambda series: series.lean_deg())
        report = json.loads(json.dumps(result.to_json(), allow_nan=False))
        assert round(sum(report["posture"][f"{p}_s"] for p in ("upright", "slouched", "unknown")) * 10) == round(
            report["wear_s"] * 10
        )


def test_contexts_cover_the_time_without_holes() -> None:
    report = analyze(stream(duration_s=120.0), Settings()).to_json()
    starts = [context["start_s"] for context in report["contexts"]]
    ends = [context["end_s"] for context in report["contexts"]]
    assert starts[0] == 0.0
    assert [*starts[1:], report["wear_s"]] == ends
    assert all(context["end_s"] > context["start_s"] for context in report["contexts"])


def test_looking_ahead_is_measured_against_the_same_upright() -> None:
    """From the samples on which the live estimate had its upright, so has the other."""
    info, _ = workday()
    source = stream(duration_s=60.0)
    source.info = replace(info, calibration=None)
    live: list[np.ndarray] = []
    analyze(source, Settings(), on_series=lambda series: live.append(np.column_stack(series.lean_deg())))
    ahead = np.column_stack(smooth_series(source, Settings()).lean_deg())
    np.testing.assert_array_equal(np.isnan(np.concatenate(live)), np.isnan(ahead))
    assert np.isnan(ahead).any()
    assert not np.isnan(ahead[-1]).any()
