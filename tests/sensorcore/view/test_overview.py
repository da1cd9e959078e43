"""Columns say what the ticks in them say, wherever the edges fall."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.track.posture_track import CONTEXTS, POSTURES, TICK_HZ, PostureTrack
from sensorcore.view.overview import DOINGS, doing, least_s, overview


def track(postures: list[str], contexts: list[str], *, index: list[int] | None = None, angle_deg: float = 20.0) -> PostureTrack:
    n = len(postures)
    angles = np.linspace(0.0, angle_deg, n)
    return PostureTrack(
        np.arange(n) if index is None else np.asarray(index),
        angles,
        np.zeros(n),
        np.zeros(n),
        np.asarray([CONTEXTS.index(c) for c in contexts], dtype=np.int8),  # type: ignore[arg-type]
        np.asarray([POSTURES.index(p) for p in postures], dtype=np.int8),
    )


def names(codes: np.ndarray) -> list[str]:
    return [DOINGS[code] for code in codes]


def test_posture_where_it_is_judged_else_what_the_wearer_does() -> None:
    found = doing(
        track(["upright", "slouched", "unknown", "unknown", "unknown"], ["sitting", "standing", "walking", "sitting", "not_worn"])
    )
    assert names(found) == ["upright", "slouched", "walking", "unknown", "not_worn"]


def test_a_quarter_slouched_shows_and_no_data_is_told_apart() -> None:
    postures = ["slouched"] * 30 + ["upright"] * 170
    found = overview(track(postures, ["sitting"] * 200), 0.0, 40.0, 4)
    assert names(found.doing) == ["slouched", "upright", "no data", "no data"]
    assert np.isnan(found.high_deg[4:]).all()
    assert found.high_deg[0] < found.high_deg[3] <= 20.0


@given(st.lists(st.sampled_from(["upright", "slouched", "unknown"]), max_size=200), st.integers(1, 30), st.floats(0, 15), st.data())
def test_nothing_is_invented_and_no_peak_is_lost(postures: list[str], cells: int, begin_s: float, data: st.DataObject) -> None:
    contexts = [data.draw(st.sampled_from(CONTEXTS)) if p == "unknown" else "sitting" for p in postures]
    steps = data.draw(st.lists(st.sampled_from([1, 1, 1, 2, 40]), min_size=len(postures), max_size=len(postures)))
    seen = track(postures, contexts, index=(np.cumsum(steps, dtype=np.int64) - 1).tolist())
    end_s = begin_s + least_s(cells) * data.draw(st.floats(1.0, 8.0))
    found = overview(seen, begin_s, end_s, cells)
    middle_s = (seen.index + 0.5) / TICK_HZ
    inside = (middle_s >= begin_s) & (middle_s < end_s)
    edge = np.any(np.abs(middle_s[:, None] - np.array([begin_s, end_s])) < 1e-9)
    if not edge:
        peaks = seen.flexion_deg[inside]
        if len(peaks):
            assert abs(np.nanmax(found.high_deg) - np.max(peaks)) < 1e-6
        else:
            assert np.isnan(found.high_deg).all()
        here = Counter(names(doing(seen)[inside]))
        assert set(names(found.doing)) <= {*here, "no data"}
