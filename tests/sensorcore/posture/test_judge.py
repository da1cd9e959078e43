"""Posture, context and alerts over whole days of ticks: what must hold whatever the wearer does."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, AlertWithheld, BaselineSet, Corrected, Event, Marked, Refused, SlouchEnded, SlouchStarted
from sensorcore.model import Calibration
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.posture import judge, scoring, wearer_commands
from sensorcore.posture.policy import LocalClock
from sensorcore.settings import AlertSettings, PostureSettings, Settings, WearSettings
from sensorcore.track.posture_track import CONTEXTS, POSTURES, SLOUCHED, UNKNOWN
from sensorcore.track.totals import TickTotals
from tests.examples import examples
from tests.sensorcore.posture.ticks import CALIBRATION, FORWARD, NO_CLOCK, UP, days, info, joined, judged, judging, ticks
from tests.stage_checks import StageChecks

DEFAULTS = Settings()
SCORED = {"sitting", "standing"}
TALKATIVE = AlertSettings(delay_s=4.0, cooldown_s=10.0, mute_after_s=2.0, per_hour=3, escalate_after_s=10.0, good_again_s=1.0)
alert_settings = st.builds(
    AlertSettings,
    delay_s=st.sampled_from([1.0, 4.0, 15.0, 15.04]),
    cooldown_s=st.sampled_from([0.0, 10.0, 60.0]),
    mute_after_s=st.sampled_from([0.0, 30.0]),
    per_hour=st.sampled_from([0, 1, 3, 12]),
    escalate_after_s=st.sampled_from([10.0, 120.0]),
    max_level=st.integers(1, 3),
    good_again_s=st.sampled_from([0.5, 3.0]),
)


def alerts_of(events: list[Event]) -> list[AlertRaised]:
    return [event for event in events if isinstance(event, AlertRaised)]


@examples(60)
@given(days(), alert_settings)
def test_no_alert_breaks_a_rule(day: Ticks, rules: AlertSettings) -> None:
    _, track, events = judged(replace(DEFAULTS, alerts=rules), [day])
    raised = alerts_of(events)
    times = [alert.t_s for alert in raised]
    for place, alert in [(i, e) for i, e in enumerate(events) if isinstance(e, AlertRaised)]:
        at = int(np.searchsorted(track.end_s, alert.t_s - 1e-6))
        assert track.posture[at] == SLOUCHED
        assert CONTEXTS[track.context[at]] in SCORED
        began = [e for e in events[:place] if isinstance(e, (SlouchStarted, SlouchEnded))][-1]
        assert isinstance(began, SlouchStarted)
        assert alert.t_s - began.since_s >= rules.delay_s - 1e-6
        assert alert.why.dwell_s == pytest.approx(alert.t_s - began.since_s, abs=0.051)
        assert alert.why.angle_deg >= alert.why.threshold_deg == 15.0
        assert (alert.why.baseline, alert.why.baseline_assumed) in {("sitting", False), ("standing", True)}
        assert 1 <= alert.level <= rules.max_level
        away = np.isin(track.context, [CONTEXTS.index("walking"), CONTEXTS.index("lying")]) & (track.end_s <= alert.t_s)
        assert not away.any() or alert.t_s - track.end_s[away][-1] >= rules.mute_after_s - 1e-6
    assert all(b - a >= rules.cooldown_s - 1e-6 for a, b in itertools.pairwise(times))
    assert all(sum(t <= u < t + 3600 - 1e-6 for u in times) <= rules.per_hour for t in times)


@examples(60)
@given(days())
def test_every_second_is_counted_once_and_events_are_in_order(day: Ticks) -> None:
    # time after a slip is not judged either; these wearers jump from one lean to another, which looks like one
    tolerant = Settings(alerts=TALKATIVE, wear=WearSettings(slip_deg=45.0))
    _, track, events = judged(tolerant, [day], calibration=Calibration({"sitting": UP, "standing": UP}, FORWARD))
    totals = TickTotals()
    totals.add(track)
    assert totals.counts.total == int(track.index[-1]) + 1
    assert totals.counts.worn / TICK_HZ == track.end_s[-1]
    times = [event.t_s for event in events]
    assert times == sorted(times)
    unscored = ~np.isin(track.context, [CONTEXTS.index(name) for name in SCORED])
    assert (track.posture[unscored] == UNKNOWN).all()
    assert (track.posture[~unscored] != UNKNOWN).all()
    # slouches begin and end in turn, and cover exactly the ticks called slouched
    turns = [event for event in events if isinstance(event, (SlouchStarted, SlouchEnded))]
    assert [type(turn) for turn in turns] == [SlouchStarted, SlouchEnded] * (len(turns) // 2) + [SlouchStarted] * (len(turns) % 2)
    changes = np.flatnonzero(np.diff((track.posture == SLOUCHED).astype(np.int8), prepend=0) == 1)
    started = [turn.t_s for turn in turns if isinstance(turn, SlouchStarted)]
    assert set(track.end_s[changes].tolist()) <= set(started)
    # who is praised was alerted before, and is upright
    for said in (event for event in events if isinstance(event, Corrected)):
        at = int(np.searchsorted(track.end_s, said.t_s - 1e-6))
        assert POSTURES[track.posture[at]] == "upright"
        assert np.hypot(track.flexion_deg[at], track.lateral_deg[at]) <= 15.0
        assert any(isinstance(e, AlertRaised) and e.t_s == pytest.approx(said.t_s - said.after_s) for e in events)


class TestJudge(StageChecks):
    runs = st.builds(judging, days(), st.sampled_from([CALIBRATION, None, Calibration({"sitting": UP})]))


def test_good_again_is_not_said_to_who_still_slouches() -> None:
    """A short burst of movement makes the posture unscored; slouching on, for less than the detector's dwell, is not good."""
    patient = replace(DEFAULTS, posture=PostureSettings(dwell_s=20.0))
    quick = np.linspace(30, 60, 10).tolist() + np.linspace(60, 30, 10).tolist()
    day = joined(ticks(0.0, n=50), ticks(np.linspace(0, 30, 60)), ticks(30.0, n=400), ticks(quick), ticks(30.0, n=150))
    _, track, events = judged(patient, [day])
    assert len(alerts_of(events)) == 1
    assert (track.posture[-200:] == UNKNOWN).any()
    assert not [event for event in events if isinstance(event, Corrected)]


def test_good_again_is_said_once() -> None:
    day = joined(ticks(np.linspace(0, 25, 100)), ticks(25.0, n=300), ticks(np.linspace(25, 0, 100)), ticks(0.0, n=200))
    _, _, events = judged(DEFAULTS, [day])
    praised = [event for event in events if isinstance(event, Corrected)]
    assert len(alerts_of(events)) == len(praised) == 1
    assert praised[0].after_s == pytest.approx(praised[0].t_s - alerts_of(events)[0].t_s)


def test_no_alert_while_the_angle_is_back_under_the_threshold() -> None:
    """Between threshold and release the posture still counts as slouched, but an alert of '12°, limit 15°' explains nothing."""
    day = joined(ticks(np.linspace(0, 20, 60)), ticks(20.0, n=60), ticks(np.linspace(20, 12, 10)), ticks(12.0, n=600))
    _, track, events = judged(DEFAULTS, [day])
    assert track.posture[-1] == SLOUCHED
    assert not alerts_of(events)
    _, _, events = judged(DEFAULTS, [joined(day, ticks(16.0, n=10))])
    assert [alert.why.angle_deg for alert in alerts_of(events)] == [16.0]


@pytest.mark.parametrize("bounce", [0.0, 1.2])
def test_lying_and_walking_are_never_alerted_about(bounce: float) -> None:
    angle = 85.0 if not bounce else 30.0
    day = joined(ticks(np.linspace(0, angle, 100)), ticks(angle, n=3000, bounce_mps2=bounce))
    _, track, events = judged(DEFAULTS, [day])
    assert not alerts_of(events)
    assert set(track.posture[200:].tolist()) == {UNKNOWN}


def test_a_withheld_alert_is_raised_when_the_cool_down_ends() -> None:
    slouch, back = [ticks(np.linspace(0, 25, 60)), ticks(25.0, n=170)], [ticks(np.linspace(25, 0, 40)), ticks(0.0, n=60)]
    _, _, events = judged(DEFAULTS, [joined(*slouch, *back, *slouch, ticks(25.0, n=600))])
    first, *rest = [e for e in events if isinstance(e, (AlertRaised, AlertWithheld))]
    assert isinstance(first, AlertRaised)
    assert [type(e) for e in rest] == [AlertWithheld, AlertRaised]
    assert rest[0].because == "cool-down"  # type: ignore[union-attr]
    assert rest[1].t_s == pytest.approx(first.t_s + 60.0)
    assert rest[1].level == 1  # type: ignore[union-attr]


def test_an_unheeded_alert_is_repeated_up_to_the_highest_level() -> None:
    _, _, events = judged(DEFAULTS, [joined(ticks(np.linspace(0, 25, 60)), ticks(25.0, n=6000))])
    raised = alerts_of(events)
    assert [alert.level for alert in raised] == [1, 2, 3]
    assert np.diff([alert.t_s for alert in raised]) == pytest.approx([120.0, 120.0])
    assert [alert.why.dwell_s for alert in raised] == pytest.approx([15.0, 135.0, 255.0])


def test_quiet_hours_over_midnight_hold_on_the_wearers_clock() -> None:
    rules = replace(DEFAULTS, alerts=AlertSettings(quiet_hours="23:50-00:20", max_level=5))
    start_unix_ns = 1_767_653_100 * 10**9  # 2026-01-05 22:45:00 UTC, 23:45 for a wearer an hour east of it
    clock = LocalClock.of(start_unix_ns, 3600)
    day = joined(ticks(np.linspace(0, 25, 60)), ticks(25.0, n=2700 * TICK_HZ))
    _, _, events = judged(rules, [day], clock=clock)
    quiet = [e for e in events if isinstance(e, AlertWithheld)]
    assert [e.because for e in quiet] == ["quiet hours"]
    times = [alert.t_s for alert in alerts_of(events)]
    assert [t < 300 for t in times] == [True] * 3 + [False] * 2
    assert times[3] == pytest.approx(300 + 30 * 60, abs=0.11)
    _, _, events = judged(rules, [day], clock=NO_CLOCK)
    assert len(alerts_of(events)) == 5


class TestCommands:
    """What the wearer says at awkward times."""

    @staticmethod
    def say(state: scoring.JudgeState, kind: str, value: str = "") -> tuple[scoring.JudgeState, list[Event]]:
        return wearer_commands.command(DEFAULTS, state, Command(0.0, kind, value))  # type: ignore[arg-type]

    @pytest.mark.parametrize("calibration", [None, CALIBRATION])
    def test_before_the_first_tick(self, calibration: Calibration | None) -> None:
        state = scoring.initial(info(calibration))
        assert self.say(state, "mark", "hello")[1] == [Marked(0.0, "hello")]
        assert [type(event) for event in self.say(state, "zero")[1]] == [Refused]
        for kind, value in (("state", "standing"), ("state", "sitting"), ("snooze", ""), ("resume", "")):
            after, _ = self.say(state, kind, value)
            judge.step(DEFAULTS, NO_CLOCK, after, ticks(0.0, n=100))

    def test_zero_makes_the_present_posture_the_upright(self) -> None:
        state, _, _ = judged(DEFAULTS, [joined(ticks(np.linspace(0, 20, 60)), ticks(20.0, n=100))])
        state, events = self.say(state, "zero")
        assert isinstance(events[0], BaselineSet)
        assert not events[0].assumed
        _, track, news, _ = judge.step(DEFAULTS, NO_CLOCK, state, ticks(20.0, n=50, start=160))
        assert abs(track.flexion_deg).max() < 1e-6
        assert [type(event) for event in news] == [SlouchEnded]

    def test_zero_before_anything_is_known_is_a_calibration(self) -> None:
        fidgeting = ticks(10.0, n=20, sway_mps2=1.0)
        state, track, _ = judged(DEFAULTS, [fidgeting], calibration=None)
        assert np.isnan(track.flexion_deg).all()
        state, events = self.say(state, "zero")
        assert [type(event) for event in events] == [BaselineSet]
        _, track, news, _ = judge.step(DEFAULTS, NO_CLOCK, state, ticks(10.0, n=20, start=20))
        assert abs(track.flexion_deg).max() < 1e-6
        assert not [event for event in news if isinstance(event, BaselineSet)]

    def test_zero_while_lying_forgets_a_forward_that_now_points_up(self) -> None:
        """Nobody's upright, but the wearer may have clipped the sensor on anew; the run must go on."""
        state, _, _ = judged(DEFAULTS, [joined(ticks(np.linspace(0, -88, 60)), ticks(-88.0, n=60))])
        state, _ = self.say(state, "zero")
        _, track, _, _ = judge.step(DEFAULTS, NO_CLOCK, state, ticks(-88.0, n=50, start=120))
        assert abs(track.flexion_deg).max() < 1e-6
        assert state.reference.calibration is not None
        assert state.reference.calibration.forward is None

    def test_zero_is_refused_while_the_tilt_is_in_doubt(self) -> None:
        """Right after a gap "up" may be 30° off: nobody's upright."""
        unsure = ticks(20.0, n=60, uncertainty_deg=20.0)
        state, _, _ = judged(DEFAULTS, [joined(ticks(0.0, n=100), unsure)])
        after, (refused,) = self.say(state, "zero")
        assert after == state
        assert isinstance(refused, Refused)
        assert (refused.asked, "keep still" in refused.because) == ("zero", True)

    def test_a_state_holds_until_the_wearer_moves(self) -> None:
        both = Calibration({"sitting": UP, "standing": (-0.3, 0.0, 0.954)}, FORWARD)
        state, _, _ = judged(DEFAULTS, [ticks(0.0, n=100)], calibration=both)
        state, _ = self.say(state, "state", "standing")
        state, track, _, _ = judge.step(DEFAULTS, NO_CLOCK, state, ticks(0.0, n=100, start=100))
        assert {CONTEXTS[code] for code in track.context} == {"standing"}
        assert state.context.belief.confidence > 0.99

    def test_a_snooze_during_a_slouch_ends_by_itself(self) -> None:
        state, _, _ = judged(DEFAULTS, [joined(ticks(np.linspace(0, 25, 60)), ticks(25.0, n=60))])
        state, events = self.say(state, "snooze", "30")
        assert [type(event).__name__ for event in events] == ["Snoozed"]
        _, _, news, _ = judge.step(DEFAULTS, NO_CLOCK, state, ticks(25.0, n=600, start=120))
        assert [type(event).__name__ for event in news] == ["AlertWithheld", "SnoozeEnded", "AlertRaised"]
        assert news[1].t_s == pytest.approx(12.0 + 30.0)
        assert news[2].t_s == pytest.approx(12.0 + 30.0)


@pytest.mark.parametrize("hole", [5, 200])
def test_an_alert_on_the_last_tick_before_a_hole_comes_before_the_end_of_its_slouch(hole: int) -> None:
    """Both are dated alike; cut into pieces, the alert is said first. A hole, or a movement that is not judged."""
    slouch = joined(ticks(0.0, n=60), ticks(20.0, n=300))
    last = round(alerts_of(judged(DEFAULTS, [slouch])[2])[0].t_s * TICK_HZ)
    after = ticks(0.0, n=60, start=last + hole) if hole > 5 else ticks(20.0, n=60, uncertainty_deg=20.0)
    day = joined(slouch[:last], after)
    _, _, whole = judged(DEFAULTS, [day])
    _, _, cut = judged(DEFAULTS, [day[:last], day[last:]])
    assert whole == cut
    names = [type(event).__name__ for event in whole]
    raised, ended = names.index("AlertRaised"), names.index("SlouchEnded")
    assert whole[raised].t_s == whole[ended].t_s
    assert raised < ended


def test_a_calibration_given_while_worn_holds_from_the_next_tick() -> None:
    leaning = ticks(20.0, n=100)
    state, _, events, _ = judge.step(DEFAULTS, NO_CLOCK, scoring.initial(info(None)), leaning)
    assert [event.assumed for event in events if isinstance(event, BaselineSet)] == [True]
    text = json.dumps(asdict(CALIBRATION))
    state, news = wearer_commands.command(DEFAULTS, state, Command(0.0, "calibrate", text))
    assert [(event.state, event.assumed) for event in news if isinstance(event, BaselineSet)] == [("sitting", False)]
    _, track, _, _ = judge.step(DEFAULTS, NO_CLOCK, state, ticks(20.0, n=20, start=100))
    assert track.flexion_deg == pytest.approx(20.0)
    for wrong in ("", "{}", "[]", text.replace("1.0", "NaN"), json.dumps(asdict(replace(CALIBRATION, upright={})))):
        with pytest.raises(BadInput, match="not a calibration"):
            Command(0.0, "calibrate", wrong)
