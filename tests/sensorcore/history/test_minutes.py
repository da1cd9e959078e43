"""Minutes: every tenth of a second counted once, in its minute."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import AlertRaised, Why
from sensorcore.history.minutes import count
from sensorcore.history.store import total
from sensorcore.track.local_day import MINUTE_TICKS, origin_tick
from sensorcore.track.posture_track import CONTEXTS, TICK_HZ, PostureTrack

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


@given(st.lists(st.integers(1, 900), min_size=1, max_size=60), st.integers(0, 3 * MINUTE_TICKS), st.integers(0, 2**31))
def test_every_tick_is_counted_once_in_its_minute(steps: list[int], origin: int, seed: int) -> None:
    whole = track(np.cumsum(steps) - 1, seed)
    minutes = count(origin, whole)
    assert sum(minute.ticks for minute in minutes) == int(whole.index[-1]) + 1
    assert all(minute.ticks <= MINUTE_TICKS + 2 for minute in minutes)  # two bridged ticks may belong to the minute before
    numbers = [minute.minute for minute in minutes]
    assert numbers == sorted(set(numbers))
    assert {origin // MINUTE_TICKS, (origin + int(whole.index[-1])) // MINUTE_TICKS} <= set(numbers)
    judged = (whole.posture > 0) & (whole.context != CONTEXTS.index("not_worn"))
    assert total(minutes).upright_ticks + total(minutes).slouched_ticks >= judged.sum()


def test_contexts_bands_and_alerts_land_in_their_minute() -> None:
    n = 2 * MINUTE_TICKS
    sitting = np.full(n, CONTEXTS.index("sitting"), dtype=np.int8)
    lean_deg = np.where(np.arange(n) < MINUTE_TICKS, 10.0, 35.0)
    posture = np.where(np.arange(n) < MINUTE_TICKS, 1, 2).astype(np.int8)
    day = PostureTrack(np.arange(n), lean_deg, np.zeros(n), np.zeros(n), sitting, posture)
    origin = 7 * MINUTE_TICKS
    first, second = count(origin, day, [AlertRaised(75.0, "slouch", 1, WHY), AlertRaised(60.0, "slouch", 1, WHY)])
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
