"""Explains why there was an alert at a moment, or none. Detector and policy run over the logged ticks again, from their state
then, and their answer becomes a sentence. No rule stands here a second time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sensorcore.events import AlertRaised, Direction
from sensorcore.posture import policy, slouch
from sensorcore.posture.context import UNSURE_DEG
from sensorcore.posture.judge import DecisionInputs, decide
from sensorcore.posture.scored import ScoredTicks
from sensorcore.posture.scoring import JudgeState
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS, SLOUCHED, TICK_HZ

Verdict = Literal[
    "no data", "no upright", "unsure", "not judged", "exercising", "riding", "perhaps not worn", "upright", "short", "coming back",
    "delay", "moved", "told", "highest level", "snoozed", "quiet hours", "cool-down", "budget", "alerted",
]  # fmt: skip
"""The deciding rule: with the first eight posture is not judged; "short": beyond the limit, but not yet a slouch; "told": this
slouch had its alert; the others as in `sensorcore.posture.policy`."""

NO_DATA_AFTER_S: Final = 1.0
_DOING: Final = {"walking": "You walk", "lying": "You lie", "moving": "You move", "not_worn": "Nobody wears the sensor"}
_LEANING: Final[dict[Direction, str]] = {
    "forward": "lean forward",
    "backward": "lean back",
    "left": "lean to the left",
    "right": "lean to the right",
    "leaning": "lean over",
    "rounded": "round your back by",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of the tick that ended at `t_s`."""

    t_s: float
    verdict: Verdict
    sentence: str


@dataclass(frozen=True, slots=True)
class _Moment:
    """One tick, what the wearer did in it, and the policy as it was asked. `since_s`: of the posture; `feedback`: the share of
    nudges that is given."""

    t_s: float
    settings: Settings
    policy: policy.PolicyState
    detector: slouch.SlouchState
    since_s: float
    angle_deg: float
    limit_deg: float
    direction: Direction
    upright: str
    feedback: float

    @property
    def faded(self) -> str:
        """Why alerts are later and fewer than the settings say."""
        if self.feedback >= 1.0 or self.settings.habit.fading == "off":
            return ""
        return f" Your posture has held: nudges have faded to {self.feedback:.0%}."

    @property
    def leaning(self) -> str:
        return f"You {_LEANING[self.direction]} {self.angle_deg:.0f}°"

    @property
    def slouching(self) -> str:
        how = "rounded by " if self.direction == "rounded" else ""
        limit = f"limit {self.limit_deg:.3g}°"
        return f"You have been slouched for {span(self.t_s - self.since_s)} ({how}{self.angle_deg:.0f}°, {limit})"


def no_data(t_s: float) -> Explanation:
    """For a moment of which nothing is known."""
    return Explanation(t_s, "no data", "There is no data of this moment. It counts as unknown: neither good nor bad.")


def explain(inputs: DecisionInputs, t_s: float) -> Explanation:
    """The last tick of `inputs` that ended by `t_s`."""
    state, chosen = inputs.before, None
    for part in inputs.scored_ticks:
        n = int((part.end_s <= t_s + 1e-6).sum())
        if chosen is not None and n:
            state = decide(inputs.settings, inputs.clock, state, chosen)[0]
        if n:
            chosen = part[:n]
        if n < len(part.index):
            break
    if chosen is None or t_s - chosen.end_s[-1] >= NO_DATA_AFTER_S:
        return no_data(t_s)
    if len(chosen.index) > 1:
        state = decide(inputs.settings, inputs.clock, state, chosen[:-1])[0]
    return _explained(inputs, state, chosen[-1:])


def _explained(inputs: DecisionInputs, before: JudgeState, seen: ScoredTicks) -> Explanation:
    settings, t_s = inputs.settings, float(seen.end_s[0])
    after, decided = decide(settings, inputs.clock, before, seen)
    track, events = decided.track, decided.events
    if not seen.scored[0]:
        return _unscored(settings, seen, t_s, float(seen.lean.inclination_deg[0]))
    asked, _ = policy.wake(before.policy, t_s)
    has_forward = seen.calibration is not None and seen.calibration.forward is not None
    direction, angle_deg, limit_deg = slouch.named(settings.posture, seen.lean, seen.curvature_deg, 0, has_forward)
    detector = after.slouch
    leaning = (angle_deg, limit_deg, direction, seen.uprights[0])
    now = _Moment(t_s, settings, asked, detector, detector.since_s, *leaning, before.feedback)
    alert = next((event for event in events if isinstance(event, AlertRaised)), None)
    if alert is not None:
        level = f"level {alert.level} of {settings.alerts.max_level}"
        spoke = f"{now.leaning}, beyond the limit of {limit_deg:.3g}°, for {span(alert.why.dwell_s)}, and nothing keeps it silent: "
        return Explanation(t_s, "alerted", f"{spoke}alert, {level}.{now.faded}")
    verdict: Verdict = "upright"
    if track.posture[0] == SLOUCHED:
        verdict = _silent(inputs, now)
    elif angle_deg > limit_deg:
        verdict = "short"
    return Explanation(t_s, verdict, _SENTENCES[verdict](now))


def _unscored(settings: Settings, seen: ScoredTicks, t_s: float, angle_deg: float) -> Explanation:
    doing = CONTEXTS[seen.codes[0]]
    if doing in ("sitting", "standing"):
        return Explanation(t_s, *_at_rest(seen, doing))
    if doing != "unknown":
        after = f" Alerts stay silent for {span(settings.alerts.mute_after_s)} after it." if seen.moved[0] else ""
        what = _DOING.get(doing, f"You are {doing}")
        return Explanation(t_s, "not judged", f"{what}: posture is judged only while you sit or stand.{after}")
    if math.isnan(angle_deg):
        ask = "Keep still for 3 s, as upright as you want to sit, or calibrate."
        return Explanation(t_s, "no upright", f"There is no upright to measure from yet. {ask}")
    doubt = f"After a gap or a knock the tilt is known within {seen.uncertainty_deg[0]:.0f}° only"
    return Explanation(t_s, "unsure", f"{doubt}; with more than {UNSURE_DEG:g}° of doubt nothing is judged.")


def _at_rest(seen: ScoredTicks, doing: str) -> tuple[Verdict, str]:
    """Why somebody who sits or stands is not judged."""
    if seen.exercising:
        return "exercising", "An exercise is open: posture is not judged until it is closed."
    if seen.riding[0] and not seen.judges_rides:
        road = "You seem to ride: something shakes you all the time"
        return "riding", f"{road}. Posture is not judged then, unless alerts.while_riding is on."
    if seen.doubted[0]:
        doubt = "The sensor may not be worn, or has slipped since the upright was shown"
        return "perhaps not worn", f"{doubt}: nothing is judged. Zero it once you wear it well."
    if seen.uprights[0] == doing:
        ask = "Be in it for 3 s, say which it is, or show the other."
        return "no upright", f"Only the upright of {doing} is known, and whether you sit or stand is not. {ask}"
    ask = "Keep still for 3 s, as upright as you want to be, or zero it."
    return "no upright", f"There is no upright of {doing} to measure from yet. {ask}"


def _silent(inputs: DecisionInputs, now: _Moment) -> Verdict:
    """Which of the policy's answers kept it silent about a slouch."""
    if not now.angle_deg > now.limit_deg:
        return "coming back"
    alerts = now.settings.alerts
    if not policy.is_due(alerts, now.policy, now.since_s, now.t_s):
        return policy.due(alerts, now.policy, now.since_s)[1]
    asked = now.policy if now.policy.slouch_s == now.since_s else policy.about(now.policy, now.since_s)
    because = policy.silence(alerts, inputs.clock, asked, now.t_s)
    assert because is not None  # else the policy had spoken
    return because


def _upright(now: _Moment) -> str:
    limit_deg = now.limit_deg
    if now.angle_deg > limit_deg * now.settings.posture.release_ratio:
        return f"{now.leaning}, still within the limit of {limit_deg:.3g}°."
    return f"You are upright: {now.angle_deg:.0f}° from your {now.upright} upright; the limit is {limit_deg:.3g}°."


def _short(now: _Moment) -> str:
    posture, detector = now.settings.posture, now.detector
    beyond = f"{now.leaning}, beyond the limit of {now.limit_deg:.3g}°,"
    dwell = max(1, round(posture.dwell_s * TICK_HZ))
    needed_s, over_s = math.ceil(slouch.ENOUGH * dwell) / TICK_HZ, detector.beyond.bit_count() / TICK_HZ
    if detector.scored < dwell:
        return (
            f"{beyond} but posture has been judged for {detector.scored / TICK_HZ:g} s only; a slouch takes {posture.dwell_s:g} s."
        )
    return f"{beyond} for {over_s:g} of the last {posture.dwell_s:g} s; it is a slouch from {needed_s:g} s on."


def _coming_back(now: _Moment) -> str:
    posture = now.settings.posture
    ends = f"the slouch ends below {now.limit_deg * posture.release_ratio:.1f}° for {posture.release_dwell_s:g} s"
    return f"You are coming back: {now.angle_deg:.0f}° is within the limit of {now.limit_deg:.3g}°, and {ends}. Nothing to say."


def _delay(now: _Moment) -> str:
    left_s = now.since_s + now.settings.alerts.delay_s - now.t_s
    return f"{now.slouching}. An alert comes after {span(now.settings.alerts.delay_s)}: in {span(left_s, up=True)}.{now.faded}"


def _moved(now: _Moment) -> str:
    mute_s = now.settings.alerts.mute_after_s
    since_s = now.t_s - now.policy.moved_s
    moved = f"but {span(since_s)} ago you walked, bent or lay"
    return f"{now.slouching}, {moved}: alerts stay silent for {span(mute_s)} after that, {span(mute_s - since_s, up=True)} more."


def _told(now: _Moment) -> str:
    ago_s, again_s = now.t_s - now.policy.alerts_s[-1], now.settings.alerts.escalate_after_s
    repeat = f"a slouch that goes on is repeated after {span(again_s)}, in {span(again_s - ago_s, up=True)}"
    return f"{now.slouching}. You were told {span(ago_s)} ago; {repeat}."


def _highest(now: _Moment) -> str:
    most = now.settings.alerts.max_level
    return (
        f"{now.slouching}. You were told {'once' if most == 1 else f'{most} times'}, which is the most; it waits until you sit up."
    )


def _snoozed(now: _Moment) -> str:
    until_s = now.policy.snoozed_until_s
    left = "" if until_s is None else f" for another {span(until_s - now.t_s, up=True)}"
    return f"{now.slouching} and an alert is due, but alerts are snoozed{left}."


def _quiet(now: _Moment) -> str:
    return f"{now.slouching} and an alert is due, but these are your quiet hours ({now.settings.alerts.quiet_hours})."


def _cooling(now: _Moment) -> str:
    pause_s, ago_s = now.settings.alerts.cooldown_s, now.t_s - now.policy.alerts_s[-1]
    pause = f"between alerts there are {span(pause_s)}, {span(pause_s - ago_s, up=True)} more"
    return f"{now.slouching} and an alert is due, but the last one was {span(ago_s)} ago: {pause}."


def _budget(now: _Moment) -> str:
    count, most = len(policy.last_hour(now.policy, now.t_s)), now.settings.alerts.per_hour
    return f"{now.slouching} and an alert is due, but the last hour had {count} of at most {most}.{now.faded}"


_SENTENCES: Final[dict[Verdict, Callable[[_Moment], str]]] = {
    "upright": _upright,
    "short": _short,
    "coming back": _coming_back,
    "delay": _delay,
    "moved": _moved,
    "told": _told,
    "highest level": _highest,
    "snoozed": _snoozed,
    "quiet hours": _quiet,
    "cool-down": _cooling,
    "budget": _budget,
}


def span(duration_s: float, *, up: bool = False) -> str:
    """`8 s`, `2 min`, `2 min 05 s`, `1 h 05 min`; `up` rounds up, for what is still to come."""
    seconds = max(0, math.ceil(duration_s - 1e-6) if up else int(duration_s + 1e-6))
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes} min {seconds:02} s" if seconds else f"{minutes} min"
