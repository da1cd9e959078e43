"""A recommendation is made only where the data support one, and costs a wearer no right alert without being asked to."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.workday import random_workday
from sensorcore.track.posture_track import SLOUCHED
from sensorcore.whatif.advice import is_enough, is_near, needed_s, per_day, recommend
from sensorcore.whatif.day import Day, watch
from sensorcore.whatif.tune import EARLY_S, Setting, SettingOutcome, Sweep, alerts, sweep

NOW = Setting(15.0, 15.0)
POINTS = [Setting(*point) for point in product((8.0, 12.0, 15.0, 20.0, 30.0), (5.0, 15.0, 60.0))]
HOUR_S = 3600.0


def grid(hours: float = 8.0, right: int = 0, **alerts_by_point: tuple[int, int, int]) -> Sweep:
    """`t15_d30=(alerts, wrong kept, right lost)`."""
    outcomes = {}
    for name, counts in alerts_by_point.items():
        threshold, delay = (float(part[1:]) for part in name.split("_"))
        outcomes[Setting(threshold, delay)] = SettingOutcome(*counts)
    wrong = max(counts[1] for counts in alerts_by_point.values())
    return Sweep(outcomes, hours * HOUR_S, wrong=wrong, right=right)


def test_recommends_the_nearest_to_what_is_wanted() -> None:
    found = grid(t8_d5=(96, 0, 0), t15_d15=(40, 0, 0), t20_d15=(8, 0, 0), t20_d60=(0, 0, 0))
    assert recommend(found, 8.0, NOW) == Setting(20.0, 15.0)
    assert recommend(found, 30.0, NOW) == NOW  # 40 in one day may be 30 a day
    assert recommend(found, 1000.0, NOW) == Setting(8.0, 5.0)
    assert recommend(found, 0.0, NOW) is None  # a day cannot tell none from one a week
    assert recommend(replace(found, data_s=24 * HOUR_S), 0.0, NOW) == Setting(20.0, 60.0)


def test_between_equals_the_least_change_and_the_fewest_mistakes_win() -> None:
    loud = (80, 1, 0)
    assert recommend(grid(t15_d15=loud, t6_d120=(8, 0, 0), t20_d30=(8, 0, 0), t40_d3=(8, 0, 0)), 8.0, NOW) == Setting(20.0, 30.0)
    assert recommend(grid(t15_d15=loud, t20_d30=(8, 1, 0), t6_d120=(8, 0, 0)), 8.0, NOW) == Setting(6.0, 120.0)
    assert recommend(grid(t15_d15=loud, t20_d30=(8, 1, 0), t6_d120=(8, 0, 3)), 8.0, NOW) == Setting(20.0, 30.0)
    assert recommend(grid(t15_d15=(8, 1, 0), t18_d15=(8, 0, 0)), 8.0, NOW) == Setting(18.0, 15.0)  # marks are data too


def test_silence_is_not_near_to_few_alerts() -> None:
    """By difference none is nearer to 8 than 40 are."""
    assert recommend(grid(t15_d15=(400, 0, 0), t20_d15=(40, 0, 0), t40_d300=(0, 0, 9)), 8.0, NOW) == Setting(20.0, 15.0)


def test_a_setting_that_may_be_right_is_left_alone() -> None:
    found = grid(hours=4.0, t15_d15=(6, 0, 0), t20_d15=(4, 0, 1))
    assert recommend(found, 8.0, NOW) == NOW
    assert recommend(
        replace(found, data_s=400 * HOUR_S, outcomes={s: SettingOutcome(100 * o.alerts) for s, o in found.outcomes.items()}),
        8.0,
        NOW,
    ) == Setting(20.0, 15.0)


COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 5), st.integers(0, 5))
SWEEPS = st.builds(
    lambda counts, data_s: Sweep({s: SettingOutcome(*c) for s, c in zip(POINTS, counts, strict=True)}, data_s, 5, 5),
    st.lists(COUNTS, min_size=len(POINTS), max_size=len(POINTS)),
    st.floats(60.0, 200 * HOUR_S),
)


@given(SWEEPS, st.one_of(st.just(0.0), st.floats(0.1, 300.0)), st.booleans())
def test_what_is_recommended_is_supported(found: Sweep, wanted: float, marked: bool) -> None:
    if not marked:
        found = replace(found, outcomes={s: replace(o, wrong_kept=0) for s, o in found.outcomes.items()}, wrong=0)
    heard = replace(found.outcomes[NOW], right_lost=0)
    found = replace(found, outcomes={**found.outcomes, NOW: heard})
    best = recommend(found, wanted, NOW)
    if best is None:
        assert not is_enough(found, wanted) or not any(outcome.alerts for outcome in found.outcomes.values())
        return
    assert found.data_s >= needed_s(wanted) >= HOUR_S
    outcome = found.outcomes[best]
    assert outcome.alerts or not wanted
    if per_day(found, NOW) <= wanted and heard.alerts:
        assert outcome.right_lost == 0, "who does not ask for fewer alerts loses none"
    if best == NOW:
        return
    for other, theirs in found.outcomes.items():
        if is_near(found, other, wanted) and (theirs.alerts or not wanted):
            fewer = theirs.wrong_kept + theirs.right_lost < outcome.wrong_kept + outcome.right_lost
            assert not fewer or theirs.right_lost > 0, "of those that are near, the one with the fewest mistakes"


@given(st.floats(0.1, 100.0), st.floats(60.0, 200 * HOUR_S))
def test_none_seen_is_no_sign_of_few_in_a_short_time(wanted: float, data_s: float) -> None:
    """Enough is when seeing nothing would contradict what is wanted: chance below one in twenty."""
    found = Sweep({NOW: SettingOutcome(0)}, data_s)
    if is_enough(found, wanted):
        assert np.exp(-max(wanted, 1.0) / 8.0 * data_s / HOUR_S) < 0.05


@lru_cache
def simulated(seed: int, minutes: float) -> tuple[Day, list[tuple[float, float]]]:
    """A workday of somebody else for each seed, and its true slouches."""
    simulation = Simulation(random_workday(seed, minutes), seed, sample_rate_hz=52)
    day = watch(simulation.info, simulation.items(), Settings())
    pieces = [(piece.truth.t_s, piece.truth.posture) for piece in simulation.pieces()]
    t_s, posture = (np.concatenate(each) for each in zip(*pieces, strict=True))
    edges = np.flatnonzero(np.diff((posture == SLOUCHED).astype(int), prepend=0, append=0))
    return day, [(float(t_s[a]), float(t_s[min(b, len(t_s) - 1)])) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def truly_told(day: Day, setting: Setting, slouches: list[tuple[float, float]]) -> set[int]:
    """Which of the true slouches an alert speaks of: from when the wearer began to sink (a more sensitive setting is earlier) up to
    half a minute after its end."""
    at_s = [alert.t_s for alert in alerts(day, setting.of(Settings()))]
    return {k for k, (since_s, until_s) in enumerate(slouches) if any(since_s - EARLY_S < t_s < until_s + 30.0 for t_s in at_s)}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_by_the_simulators_truth_no_right_alert_is_lost_to_who_wants_as_many_or_more(seed: int) -> None:
    day, slouches = simulated(seed, 70.0)
    found = sweep(day, Settings(), POINTS, Settings())
    rate = per_day(found, NOW)
    told = truly_told(day, NOW, slouches)
    assert told, "the day must hold right alerts, or it tests nothing"
    for wanted in (rate, 1.3 * rate, 3.0 * rate):
        best = recommend(found, wanted, NOW)
        assert best is not None
        assert told <= truly_told(day, best, slouches), (wanted, best)
    few = recommend(found, 0.3 * rate, NOW) if is_enough(found, 0.3 * rate) else NOW
    assert few is not None
    assert found.outcomes[few].alerts > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_of_a_short_simulated_day_nothing_is_concluded(seed: int) -> None:
    day, _ = simulated(seed, 10.0)
    found = sweep(day, Settings(), POINTS, Settings())
    for wanted in (1.0, 8.0, 40.0):
        assert recommend(found, wanted, NOW) is None
