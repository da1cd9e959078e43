"""What keeps one at it, whatever the days are like."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadSetting
from sensorcore.habit.activation import HOUR_S, ActivationState, Params, WearerNow, step
from sensorcore.habit.faded_feedback import ENOUGH_S, ENOUGH_SHARE, FADES_BY, LEAST, Week, budget, faded_settings, feedback_share
from sensorcore.habit.streak import streak
from sensorcore.settings import AlertSettings, HabitSettings, Settings

TODAY = 20_000
DAYS = st.sets(st.integers(TODAY - 40, TODAY))


@given(DAYS, st.integers(TODAY - 40, TODAY))
def test_a_streak_counts_days_done_and_another_day_never_shortens_it(done: set[int], another: int) -> None:
    now = streak(done, TODAY)
    assert now.days <= len(done)
    assert streak(done | {another}, TODAY).days >= now.days
    assert now.forgiven <= now.days / 3 + 1
    assert now.today == (TODAY in done)
    assert not (now.last_chance and now.today)


def test_one_missed_day_in_seven_is_forgiven_and_two_are_not() -> None:
    ten = set(range(TODAY - 9, TODAY + 1))
    assert streak(ten, TODAY).days == 10
    once = streak(ten - {TODAY - 4}, TODAY)
    assert (once.days, once.forgiven) == (9, 1)
    assert streak(ten - {TODAY - 4, TODAY - 5}, TODAY).days == 4
    assert streak(ten - {TODAY - 2, TODAY - 9}, TODAY).days == 8
    assert streak(ten - {TODAY}, TODAY).days == 9  # the day is not over
    assert not streak(ten - {TODAY}, TODAY).last_chance  # missing it would be forgiven
    assert streak(ten - {TODAY, TODAY - 3}, TODAY).last_chance
    assert streak(set(), TODAY).days == 0


@given(st.lists(st.tuples(st.floats(0.0, 1e5), st.floats(0.0, 1e5)), max_size=30))
def test_feedback_stays_between_some_and_all_and_a_week_without_data_changes_nothing(days: list[tuple[float, float]]) -> None:
    weeks = [Week(*each) for each in days]
    assert LEAST <= feedback_share(weeks) <= 1.0
    assert feedback_share([*weeks, Week(ENOUGH_S / 3, ENOUGH_S / 3)]) == feedback_share(weeks)


def test_feedback_fades_while_posture_holds_and_comes_back_when_it_does_not() -> None:
    held, lost = Week(80_000.0, 20_000.0), Week(60_000.0, 40_000.0)
    levels = [feedback_share([held] * n) for n in range(1, 9)]
    assert levels[0] == 1.0
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == LEAST
    assert feedback_share([held] * 4 + [lost]) > feedback_share([held] * 4)
    assert levels[1:4] == [FADES_BY, FADES_BY**2, FADES_BY**3]
    assert feedback_share([held] * 4 + [lost]) == FADES_BY  # it comes back two steps at once
    assert feedback_share([held] * 3 + [lost]) == 1.0
    assert feedback_share([held] * 4 + [lost] * 3) < feedback_share([held] * 4 + [lost])  # what is held now fades again
    assert [budget(12, each) for each in (1.0, 0.5, LEAST)] == [12, 6, 3]
    assert (budget(0, 1.0), budget(1, LEAST)) == (0, 1)


def of_shares(shares: list[float]) -> list[Week]:
    return [Week(1e5 * share, 1e5 * (1 - share)) for share in shares]


SHARES = st.lists(st.floats(0.0, 1.0), max_size=12)


@given(SHARES, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_better_the_newest_week_the_less_feedback(before: list[float], one: float, other: float) -> None:
    better, worse = max(one, other), min(one, other)
    assert feedback_share(of_shares([*before, better])) <= feedback_share(of_shares([*before, worse]))


@given(st.integers(1, 20), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_weeks_alike_fade_the_more_the_better_they_are_and_not_below_enough(n: int, one: float, other: float) -> None:
    better, worse = (feedback_share(of_shares([share] * n)) for share in (max(one, other), min(one, other)))
    assert better <= worse
    if max(one, other) < ENOUGH_SHARE - 1e-9:
        assert better == 1.0


@given(st.floats(LEAST, 1.0), st.integers(0, 600))
def test_what_holds_while_it_has_faded_is_later_and_fewer_never_another_threshold(given_: float, per_hour: int) -> None:
    settings = Settings(alerts=AlertSettings(per_hour=per_hour))
    faded = faded_settings(settings, given_)
    assert faded.alerts.delay_s >= settings.alerts.delay_s
    assert min(1, per_hour) <= faded.alerts.per_hour <= per_hour
    assert faded.posture == settings.posture
    assert faded_settings(settings, 1.0) == settings
    off = replace(settings, habit=HabitSettings(fading="off"))
    assert faded_settings(off, given_) == off


MINUTES = st.lists(
    st.builds(
        WearerNow,
        st.sampled_from(["sitting", "sitting", "sitting", "standing", "walking", "moving", "lying", "not_worn", "unknown"]),
        st.sampled_from([False, False, False, True]),
        st.one_of(st.none(), st.floats(0.0, 1000.0)),
    ),
    max_size=400,
)


@given(MINUTES, st.integers(0, 4), st.floats(60.0, 3600.0))
def test_micro_activations_keep_to_hours_budget_and_pace(minutes: list[WearerNow], per_hour: int, every_s: float) -> None:
    params, state, told = Params(every_s, per_hour), ActivationState(), list[float]()
    for minute, doing in enumerate(minutes):
        now_s = 60.0 * minute
        state, said = step(params, state, now_s, doing)
        if said is not None:
            assert not doing.hushed
            assert doing.context in ("sitting", "standing")
            assert doing.since_alert_s is None or doing.since_alert_s >= 300.0
            told.append(now_s)
    assert all(b - a >= every_s - 1e-6 for a, b in itertools.pairwise(told))
    assert all(sum(t <= each < t + HOUR_S for each in told) <= per_hour for t in told)


def test_who_sits_long_is_asked_to_stand_up_others_get_one_thing_after_the_other() -> None:
    def day(context: str) -> list[str | None]:
        state, told = ActivationState(), []
        for minute in range(240):
            state, said = step(Params(every_s=2400.0), state, 60.0 * minute, WearerNow(context))  # type: ignore[arg-type]
            told += [said] if said else []
        return told

    assert set(day("sitting")) == {"stand_up"}
    assert day("standing")[:4] == ["posture_check", "pelvic_tilt", "posture_check", "pelvic_tilt"]
    with pytest.raises(BadSetting, match="Every 1 to 360 minutes"):
        Params(every_s=1.0)
