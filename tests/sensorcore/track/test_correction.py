"""Reports count ticks as what they turned out to be; the parts always add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import ContextChanged, Event, PutOn, SensorSlipped, SlipMended, TakenOff
from sensorcore.pipeline.analysis import Analysis
from sensorcore.track import exposure
from sensorcore.track.correction import corrected, correction_of
from sensorcore.track.exposure_report import ExposureReport
from sensorcore.track.posture_track import CONTEXTS, PostureTrack
from sensorcore.track.totals import TickTotals
from tests.examples import examples

ENDS = 4000


def track(rng: np.random.Generator, gaps: list[tuple[int, int]]) -> PostureTrack:
    index = np.array([k for k in range(ENDS) if not any(a <= k < b for a, b in gaps)], dtype=np.int64)
    posture = rng.integers(0, 3, len(index)).astype(np.int8)
    context = np.where(posture > 0, CONTEXTS.index("sitting"), rng.integers(0, len(CONTEXTS), len(index))).astype(np.int8)
    return PostureTrack(index, rng.normal(0, 10, len(index)), np.zeros(len(index)), np.zeros(len(index)), context, posture)


spans = st.tuples(st.integers(0, ENDS), st.integers(0, ENDS)).map(sorted)


@given(st.integers(0, 9), st.lists(spans, max_size=2), st.lists(st.tuples(st.sampled_from([TakenOff, PutOn]), spans), max_size=4))
def test_totals_amended_are_totals_of_the_amended(seed: int, gaps: list[list[int]], told: list[tuple[type, list[int]]]) -> None:
    whole = track(np.random.default_rng(seed), [(a, b) for a, b in gaps])
    events: list[Event] = [kind(b / 10, a / 10) for kind, (a, b) in told]
    changes = [found for event in events if (found := correction_of(event)) is not None]
    one, other = TickTotals(), TickTotals()
    for start in range(0, len(whole), 700):
        part = slice(start, start + 700)
        one.add(whole[part])
    other.add(corrected(whole, changes))
    for change in changes:
        one.correct(change)
    assert one.counts == other.counts
    np.testing.assert_array_equal(one.leaning, other.leaning)
    assert one.counts.total == whole.index[-1] + 1


NEWS = st.lists(st.tuples(st.sampled_from(["off", "on", "slip", "slip for good"]), spans), max_size=5)


@examples(40)
@given(st.integers(0, 9), st.lists(spans, max_size=2), NEWS, st.sampled_from([150, 700, ENDS]))
def test_exposure_counts_no_time_that_turned_out_not_to_be_worn_or_slipped(
    seed: int, gaps: list[list[int]], news: list[tuple[str, list[int]]], piece: int
) -> None:
    """However late it is told, it is as if it had been known at once."""
    whole = track(np.random.default_rng(seed), [(a, b) for a, b in gaps])
    counted = np.ones(len(whole), dtype=np.bool_)
    events: list[Event] = []
    slipped_until = 0
    for kind, (since, at) in sorted(news, key=lambda each: each[1][1]):
        until = at
        if kind == "off":
            events.append(TakenOff(at / 10, since / 10))
        elif kind == "on":
            events.append(PutOn(at / 10, since / 10))
        elif at >= slipped_until:  # one slip at a time
            until = slipped_until = ENDS if kind == "slip for good" else min(at + 300, ENDS)
            events.append(SensorSlipped(at / 10, since / 10, 9.0))
            events += [SlipMended(until / 10, "zero")] if kind == "slip" else []
        else:
            continue
        counted &= ~((whole.index >= since) & (whole.index < until))
    totals, exposed = TickTotals(), ExposureReport()
    for start in range(0, len(whole), piece):
        part = PostureTrack(*(getattr(whole, name)[start : start + piece] for name in PostureTrack.__slots__))
        last = start + piece >= len(whole)
        totals.add(part)
        exposed.add(part)
        for event in [event for event in sorted(events, key=lambda event: event.t_s) if last or event.t_s <= part.last_end_s]:
            exposed.hear(event)
            events.remove(event)
            if (change := correction_of(event)) is not None:
                totals.correct(change)
    known = replace(whole, context=np.where(counted, whole.context, np.int8(CONTEXTS.index("unknown"))))
    found = exposed.summary()
    assert found == exposure.summary(exposure.step(exposure.ExposureState(), known))
    assert found["measured_s"] <= totals.counts.worn / 10


def test_the_report_dates_absence_and_slips_when_they_happened() -> None:
    result = Analysis("test", 100.0)
    result.totals.add(track(np.random.default_rng(1), []))
    news: list[Event] = [
        ContextChanged(0.1, "sitting", 0.9),
        ContextChanged(50.1, "lying", 0.9),
        TakenOff(110.1, 48.0),
        ContextChanged(110.1, "not_worn", 0.9),
        PutOn(220.1, 200.0),
        ContextChanged(220.1, "sitting", 0.5),
        SensorSlipped(300.0, 220.0, 12.0),
        SlipMended(350.0, "zero"),
    ]
    for event in news:
        result.add(event)
    report = result.to_json()
    assert [(c["state"], c["start_s"], c["end_s"]) for c in report["contexts"]] == [
        ("sitting", 0.0, 48.0),
        ("not_worn", 48.0, 220.0),
        ("sitting", 220.0, 400.0),
    ]
    assert report["slips"] == [{"since_s": 220.0, "t_s": 300.0, "until_s": 350.0, "angle_deg": 12.0}]
    posture = report["posture"]
    assert report["wear_s"] + posture["not_worn_s"] == pytest.approx(400.0)
    assert posture["not_worn_s"] >= 62.0
    assert sum(posture[f"{part}_s"] for part in ("upright", "slouched", "unknown")) == pytest.approx(report["wear_s"])
