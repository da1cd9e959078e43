"""Minutes: every tenth of a second counted once, in its minute, however the stream is cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import AlertRaised, Why
from sensorcore.history.minutes import MINUTE_TICKS, add, count, origin_tick
from sensorcore.history.store import total
from sensorcore.history.values import Minute
from sensorcore.posture.track import CONTEXTS, TICK_HZ, PostureTrack

WHY = Why("sitting", "forward", 20.0, 15.0, 15.0, "sitting", False)


def track(index: np.ndarray, seed: int) -> PostureTrack:
    rng = np.random.default_rng(seed)
    n = len(index)
    return PostureTrack(
        index,
        rng.uniform(-80, 80, n),
        rng.uniform(-20, 20, n),
        np.full(n, 0.5),
        rng.integers(0, len(CONTEXTS), n).astype(np.int8),
        rng.integers(0, 3, n).astype(np.int8),
    )


def summed(parts: list[list[Minute]]) -> dict[int, Minute]:
    found: dict[int, Minute] = {}
    for minute in (each for part in parts for each in part):
        found[minute.minute] = add(found[minute.minute], minute) if minute.minute in found else minute
    return found


@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=60),
    st.integers(0, 3 * MINUTE_TICKS),
    st.integers(0, 2**31),
    st.lists(st.integers(0, 59), max_size=4),
)
def test_the_same_however_it_is_cut_and_nothing_twice(steps: list[int], origin: int, seed: int, places: list[int]) -> None:
    whole = track(np.cumsum(steps) - 1, seed)
    n = len(whole)
    edges = sorted({0, n, *(min(place, n) for place in places)})
    parts, last = [], -1
    for begin, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007 - an edge may repeat
        part = PostureTrack(*(getattr(whole, name)[begin:end] for name in PostureTrack.__slots__))
        parts.append(count(origin, last, part))
        last = int(part.index[-1])
    cut, once = summed(parts), summed([count(origin, -1, whole)])
    assert {
        m: {k: round(v, 6) for k, v in zip(Minute.__slots__, map(float, _values(each)), strict=True)} for m, each in cut.items()
    } == {m: {k: round(v, 6) for k, v in zip(Minute.__slots__, map(float, _values(each)), strict=True)} for m, each in once.items()}
    assert sum(minute.ticks for minute in once.values()) == int(whole.index[-1]) + 1
    assert all(minute.ticks <= MINUTE_TICKS + 2 for minute in once.values())  # two bridged ticks may belong to the minute before
    assert {origin // MINUTE_TICKS, (origin + int(whole.index[-1])) // MINUTE_TICKS} <= set(once)


def _values(minute: Minute) -> list[float]:
    return [getattr(minute, name) for name in Minute.__slots__]


def test_contexts_bands_and_alerts_land_in_their_minute() -> None:
    n = 2 * MINUTE_TICKS
    sitting = np.full(n, CONTEXTS.index("sitting"), dtype=np.int8)
    lean_deg = np.where(np.arange(n) < MINUTE_TICKS, 10.0, 35.0)
    posture = np.where(np.arange(n) < MINUTE_TICKS, 1, 2).astype(np.int8)
    day = PostureTrack(np.arange(n), lean_deg, np.zeros(n), np.zeros(n), sitting, posture)
    origin = 7 * MINUTE_TICKS
    first, second = count(origin, -1, day, [AlertRaised(75.0, "slouch", 1, WHY), AlertRaised(60.0, "slouch", 1, WHY)])
    assert (first.minute, first.upright_ticks, first.slouched_ticks, first.alerts) == (7, MINUTE_TICKS, 0, 1)
    assert (second.minute, second.slouched_ticks, second.above_30_ticks, second.above_45_ticks) == (
        8,
        MINUTE_TICKS,
        MINUTE_TICKS,
        0,
    )
    assert second.alerts == 1
    assert abs(second.lean_sum_deg / MINUTE_TICKS - 35.0) < 1e-6
    assert total([first, second]).sitting_ticks == n


def test_the_wall_clocks_tick() -> None:
    assert origin_tick(1_700_000_000_150_000_000) == 1_700_000_000 * TICK_HZ + 1
