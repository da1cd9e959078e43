"""Micro-activations in the pipeline: what is asked when, whatever the day is like and however it is cut."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import ActivationAsked, ActivationDone, ActivationWithheld, AlertRaised, ContextChanged, Event, Why
from sensorcore.exercise.trace import Frame
from sensorcore.habit import stage
from sensorcore.habit.activation import AFTER_ALERT_S, HOUR_S
from sensorcore.habit.restart import restart_state
from sensorcore.habit.stage import Around, HabitState
from sensorcore.model import RestartState
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.posture.policy import LocalClock
from sensorcore.settings import AlertSettings, HabitSettings, Settings
from sensorcore.storage.plain import from_plain
from sensorcore.track.posture_track import CONTEXTS, PostureTrack
from tests import saved_state
from tests.examples import examples
from tests.sensorcore.exercise.sets import FRAME, Moved, excursion, rest
from tests.stage_checks import Parallel, Run, StageChecks

MIDNIGHT = LocalClock(21.0 * 3600)
"""The stream begins at nine in the evening."""
WHY = Why("sitting", "forward", 20.0, 15.0, 15.0, "sitting", False)
SETTINGS = Settings(habit=HabitSettings(every_min=5.0), alerts=AlertSettings(quiet_hours="22:00-22:30"))
PIECE = st.tuples(
    st.sampled_from(["sitting", "sitting", "sitting", "standing", "walking", "moving", "lying", "not_worn", "unknown"]),
    st.integers(5, 1200),
)


def track_of(pieces: list[tuple[str, int]]) -> PostureTrack:
    """Contexts and how many seconds each lasts."""
    codes = np.concatenate([np.full(seconds * TICK_HZ, CONTEXTS.index(name), np.int8) for name, seconds in pieces])
    none = np.zeros(len(codes))
    return PostureTrack(np.arange(len(codes)), none, none, none, codes, np.zeros(len(codes), np.int8))


def part(track: PostureTrack, begin: int, end: int) -> PostureTrack:
    return PostureTrack(*(getattr(track, name)[begin:end] for name in PostureTrack.__slots__))


def run(
    track: PostureTrack,
    *,
    chosen: Settings = SETTINGS,
    cuts: list[int] | None = None,
    events: list[Event] | None = None,
    state: HabitState | None = None,
    moved: Moved | None = None,
    snoozed_until_s: float | None = None,
    exercising: bool = False,
    riding: bool = False,
    save: bool = False,
) -> tuple[HabitState, list[Event]]:
    state, told = state or HabitState(), list[Event]()
    all_ticks = (moved or rest(len(track) / TICK_HZ)).ticks(int(track.index[0]) if len(track) else 0)
    around = Around(chosen, MIDNIGHT, snoozed_until_s, exercising, np.full(len(track), riding))

    def frame(_: int) -> Frame | None:
        return FRAME

    edges = sorted({0, len(track), *(cut % (len(track) + 1) for cut in cuts or [])})
    for begin, end in itertools.pairwise(edges):
        here = [e for e in events or [] if begin < round(e.t_s * TICK_HZ) <= end]
        state, news = stage.step(around, state, part(track, begin, end), all_ticks[begin:end], frame, here)
        told += news
        if save:
            state = saved_state.restored(state)
    return state, told


@examples(10)
@given(
    st.lists(PIECE, min_size=1, max_size=8),
    st.lists(st.integers(1, 7000), max_size=4),
    st.lists(st.integers(0, 10**6), max_size=9),
)
def test_it_keeps_quiet_hours_budget_and_pace_however_the_day_is_cut(
    pieces: list[tuple[str, int]], alerts_s: list[int], cuts: list[int]
) -> None:
    track = track_of(pieces)
    alerts: list[Event] = [AlertRaised(float(t_s), "slouch", 1, WHY) for t_s in sorted(set(alerts_s))]
    _, told = run(track, events=alerts)
    assert run(track, events=alerts, cuts=cuts, save=True)[1] == told
    asked_s = [event.t_s for event in told if isinstance(event, ActivationAsked)]
    for t_s in asked_s:
        clock_s = MIDNIGHT.midnight_s + t_s  # type: ignore[operator]
        assert not 22 * 3600 <= clock_s % 86400 < 22.5 * 3600
        assert CONTEXTS[track.context[round(t_s * TICK_HZ) - 1]] in ("sitting", "standing")
        assert not any(0 <= t_s - alert.t_s < AFTER_ALERT_S for alert in alerts)
    assert all(b - a >= 300.0 - 1e-6 for a, b in itertools.pairwise(asked_s))
    assert all(sum(a <= b < a + HOUR_S for b in asked_s) <= SETTINGS.habit.per_hour for a in asked_s)


@pytest.mark.parametrize("why", ["off", "no budget", "snoozed", "exercising", "riding", "outside hours", "quiet hours"])
def test_who_wants_none_gets_none(why: str) -> None:
    track, habit = track_of([("sitting", 400)]), SETTINGS.habit
    assert run(track)[1]
    habits = {
        "off": replace(habit, activations="off"),
        "no budget": replace(habit, per_hour=0),
        "outside hours": replace(habit, hours="09:00-18:00"),
    }
    chosen = replace(SETTINGS, habit=habits.get(why, habit))
    chosen = replace(chosen, alerts=AlertSettings(quiet_hours="20:00-07:00")) if why == "quiet hours" else chosen
    until_s = 1e9 if why == "snoozed" else None
    told = run(track, chosen=chosen, snoozed_until_s=until_s, exercising=why == "exercising", riding=why == "riding")[1]
    because = {"exercising": "exercise", "outside hours": "other hours"}.get(why, why)
    silent = why in ("off", "no budget")
    assert told == ([] if silent else [ActivationWithheld(300.1, because)])  # type: ignore[arg-type]


def test_who_stands_up_or_tilts_the_pelvis_is_seen_to_have_done_it() -> None:
    told = run(track_of([("sitting", 1900), ("moving", 2), ("standing", 60)]), chosen=hourly(31.0))[1]
    assert told == [ActivationAsked(1860.1, "stand_up"), ActivationDone(1904.1, "stand_up", 44.0, 1)]
    slower = run(track_of([("sitting", 2200)]), chosen=hourly(31.0))[1]
    assert [type(event) for event in slower] == [ActivationAsked]
    carried_on = stage.initial(RestartState(count=1))
    standing = track_of([("standing", 400)])
    tilts = rest(305.0)
    for _ in range(4):
        tilts = tilts + excursion(-12.0)
    tilts = tilts + rest(400.0 - len(tilts.flexion_deg) / TICK_HZ)
    done = run(standing, state=carried_on, moved=tilts)[1]
    assert done[0] == ActivationAsked(300.1, "pelvic_tilt")
    assert isinstance(done[1], ActivationDone)
    assert (done[1].activation, done[1].count) == ("pelvic_tilt", 4)
    assert len(run(standing, state=carried_on)[1]) == 1  # asked, and nobody moved


@examples(10)
@given(st.lists(PIECE, min_size=2, max_size=7), st.integers(0, 10**6))
def test_a_restart_neither_repeats_nor_forgets(pieces: list[tuple[str, int]], at: int) -> None:
    """What the recording has of the first half is enough to go on as if nothing had happened, to a second or two of pace."""
    track = track_of(pieces)
    half = TICK_HZ * (1 + at % (len(track) // TICK_HZ - 1))
    state, before = run(part(track, 0, half))
    codes = track.context[:half]
    changes = [i for i in range(half) if i == 0 or codes[i] != codes[i - 1]]
    news = [ContextChanged((i + 1) / TICK_HZ, CONTEXTS[codes[i]], 0.9) for i in changes]
    recorded = [event.to_json() for event in sorted([*news, *before], key=lambda event: event.t_s)]
    found = restart_state(RestartState(), recorded, half / TICK_HZ, 0.0)
    assert asdict(found) == asdict(from_plain(RestartState, asdict(found)))
    assert found.count == state.asking.count
    assert found.posed_s == pytest.approx(state.asking.posed_s, abs=2.0 + 2 * len(pieces))
    assert [t_s + half / TICK_HZ for t_s in found.told_s] == pytest.approx(
        [t_s for t_s in state.asking.asked_s if half / TICK_HZ - t_s < HOUR_S]
    )
    went_on = stage.initial(found)
    rest_of_it = PostureTrack(np.arange(len(track) - half), *(getattr(track, n)[half:] for n in PostureTrack.__slots__[1:]))
    _, after = run(rest_of_it, state=went_on, chosen=replace(SETTINGS, alerts=AlertSettings()))
    asked = [event.t_s for event in before if isinstance(event, ActivationAsked)]
    asked += [event.t_s + half / TICK_HZ for event in after if isinstance(event, ActivationAsked)]
    assert all(b - a >= 300.0 - 4.0 for a, b in itertools.pairwise(asked))
    assert all(sum(a <= b < a + HOUR_S - 1 for b in asked) <= SETTINGS.habit.per_hour for a in asked)


def hourly(minutes: float) -> Settings:
    return replace(SETTINGS, habit=replace(SETTINGS.habit, every_min=minutes))


def asked_through(pieces: list[tuple[str, int]]) -> Run:
    track = track_of(pieces)

    def step(state: HabitState, part: tuple[PostureTrack, Ticks]) -> tuple[HabitState, tuple[list[Event]]]:
        around = Around(SETTINGS, MIDNIGHT, None, False, np.zeros(len(part[0]), dtype=np.bool_))
        after, news = stage.step(around, state, *part, lambda _: FRAME, ())
        return after, (news,)

    return Run(HabitState(), step, Parallel(track, rest(len(track) / TICK_HZ).ticks()))


class TestHabit(StageChecks):
    runs = st.lists(PIECE, min_size=1, max_size=8).map(asked_through)
