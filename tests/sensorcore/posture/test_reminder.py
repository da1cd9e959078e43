"""The reminder to move: after an hour of sitting, then every quarter; never in a snooze or quiet hours."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import MoveReminder, TakenOff
from sensorcore.posture import reminder
from sensorcore.posture.context import CONTEXT_CODES
from sensorcore.posture.policy import LocalClock
from sensorcore.posture.reminder import ReminderState
from sensorcore.settings import AlertSettings
from sensorcore.track.posture_track import TICK_HZ, PostureTrack
from tests.stage_checks import Run, StageChecks

NO_CLOCK = LocalClock(None)


def track(*parts: tuple[str, float], start_s: float = 0.0) -> PostureTrack:
    """(what, minutes) one after the other; "gap" leaves time without data."""
    index: list[np.ndarray] = []
    codes: list[np.ndarray] = []
    at = round(start_s * TICK_HZ)
    for what, minutes in parts:
        n = round(minutes * 60 * TICK_HZ)
        if what != "gap":
            index.append(np.arange(at, at + n))
            codes.append(np.full(n, CONTEXT_CODES[what], dtype=np.int8))
        at += n
    ticks = np.concatenate(index)
    zero = np.zeros(len(ticks))
    return PostureTrack(ticks, zero, zero, zero, np.concatenate(codes), np.zeros(len(ticks), dtype=np.int8))


def told(
    whole: PostureTrack,
    *,
    cuts: tuple[int, ...] = (),
    chosen: AlertSettings | None = None,
    snoozed_until_s: float | None = None,
    clock: LocalClock = NO_CLOCK,
    events: tuple[TakenOff, ...] = (),
    rides: tuple[float, float] = (0.0, 0.0),
) -> list[MoveReminder]:
    state, found = ReminderState(), []
    for a, b in itertools.pairwise([0, *sorted(cuts), len(whole)]):
        part = PostureTrack(*(getattr(whole, name)[a:b] for name in PostureTrack.__slots__))
        now = [event for event in events if len(part) and part.end_s[0] <= event.t_s <= part.last_end_s]
        riding = (part.end_s > rides[0] * 60) & (part.end_s <= rides[1] * 60)
        state, news = reminder.step(chosen or AlertSettings(), clock, snoozed_until_s, state, part, now, riding)
        found += news
    return found


def test_time_that_turns_out_not_to_be_worn_was_a_break() -> None:
    """Taken off after 40 minutes, said 75 s later, put on again 20 s after that: not an hour of sitting at 60 minutes."""
    whole = track(("sitting", 41.25), ("not_worn", 1 / 3), ("sitting", 59))
    off = TakenOff(41.25 * 60 + 0.1, 40 * 60.0)
    assert minutes(told(whole)) == [60.33, 75.33, 90.33]
    assert minutes(told(whole, events=(off,))) == []
    for cuts in ((24750,), (24751,), (10, 24749, 24752, 24950)):
        assert told(whole, events=(off,), cuts=cuts) == []
    soon = TakenOff(41.25 * 60 + 0.1, 41 * 60.0)  # 35 s in all are no break, and no sitting
    assert minutes(told(whole, events=(soon,), cuts=(24751,))) == [60.58, 75.58, 90.58]


def minutes(events: list[MoveReminder]) -> list[float]:
    return [round(event.t_s / 60, 2) for event in events]


def test_after_an_hour_then_every_quarter() -> None:
    events = told(track(("sitting", 100)))
    assert minutes(events) == [60, 75, 90]
    assert [event.sitting_s for event in events] == [3600, 4500, 5400]


def test_a_minute_on_the_feet_is_a_break_and_a_few_steps_are_not() -> None:
    assert minutes(told(track(("sitting", 40), ("walking", 1), ("sitting", 61)))) == [101]
    assert minutes(told(track(("sitting", 40), ("walking", 0.5), ("sitting", 21)))) == [60.5]
    assert minutes(told(track(("sitting", 40), ("standing", 0.5), ("walking", 0.5), ("sitting", 21)))) == []


def test_time_that_nobody_knows_does_not_count_as_sitting_and_ends_it_when_long() -> None:
    assert minutes(told(track(("sitting", 40), ("unknown", 5), ("sitting", 21)))) == [65]
    assert minutes(told(track(("sitting", 40), ("gap", 5), ("sitting", 21)))) == [65]
    assert minutes(told(track(("sitting", 40), ("gap", 9), ("unknown", 2), ("sitting", 59)))) == []


def test_a_snooze_and_quiet_hours_leave_it_out() -> None:
    assert minutes(told(track(("sitting", 100)), snoozed_until_s=70 * 60)) == [75, 90]
    quiet = AlertSettings(quiet_hours="08:50-09:05")
    assert minutes(told(track(("sitting", 100)), chosen=quiet, clock=LocalClock(8 * 3600))) == [75, 90]


def test_it_can_be_set_and_switched_off() -> None:
    assert minutes(told(track(("sitting", 100)), chosen=AlertSettings(move_after_min=30, move_every_min=40))) == [30, 70]
    assert told(track(("sitting", 100)), chosen=AlertSettings(move_after_min=0)) == []


WHAT = st.sampled_from(["sitting", "sitting", "sitting", "standing", "walking", "moving", "unknown", "not_worn", "gap"])


def day_with(parts: list[tuple[str, float]]) -> Run:
    quick = AlertSettings(move_after_min=5, move_every_min=1)

    def step(state: ReminderState, part: PostureTrack) -> tuple[ReminderState, tuple[list[MoveReminder]]]:
        after, reminders = reminder.step(quick, LocalClock(None), None, state, part)
        return after, (reminders,)

    return Run(ReminderState(), step, track(("sitting", 0.1), *parts))


class TestReminder(StageChecks):
    runs = st.lists(st.tuples(WHAT, st.sampled_from([0.02, 0.4, 1.0, 7.0])), min_size=1, max_size=12).map(day_with)


@given(st.lists(st.integers(0, 90 * 600), max_size=4))
def test_nobody_is_told_to_get_up_while_driving(cuts: list[int]) -> None:
    """A drive of 40 minutes: the reminders that fall into it are left out, the one after it comes as ever."""
    whole = track(("sitting", 100))
    assert minutes(told(whole)) == [60, 75, 90]
    assert minutes(told(whole, rides=(50, 80), cuts=tuple(cuts))) == [90]
    assert minutes(told(whole, rides=(60.01, 74.0), cuts=tuple(cuts))) == [60, 75, 90]
