"""The wearer's commands: what each changes in the state of the posture stages."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from sensorcore.commands import AddMark, Calibrate, Command, NotePain, SetState, Zero
from sensorcore.events import (
    BaselineSet,
    Event,
    Marked,
    PainNoted,
    Refused,
    StateLearned,
)
from sensorcore.model import Calibration
from sensorcore.motion.vectors import unit
from sensorcore.posture import context, policy, reference, slip, zero
from sensorcore.posture.scored import SITTING, STANDING
from sensorcore.posture.scoring import JudgeState, announced
from sensorcore.settings import Settings


def command(settings: Settings, state: JudgeState, said: Command) -> tuple[JudgeState, list[Event]]:
    """Obey the wearer; takes effect from the next tick."""
    match said.action:
        case AddMark() | NotePain() as note:
            return state, [note_event(note, state.now_s)]
        case SetState(name):
            return _corrected(state, name)
        case Zero():
            return _zeroed(state)
        case Calibrate(calibration):
            return _calibrated(state, calibration)
        case action:
            quieter, spoken = policy.command(settings.alerts, state.policy, action, state.now_s)
            return replace(state, policy=quieter), spoken


def _corrected(state: JudgeState, name: Literal["sitting", "standing"]) -> tuple[JudgeState, list[Event]]:
    """The state after the wearer has stated what they do. If the context was another, how the sensor hangs is remembered."""
    if state.wear.not_worn:
        return state, [Refused(state.now_s, "state", "nobody seems to wear the sensor: put it on, and move a little")]
    wrong = state.context.belief.state != name and state.recent_up and state.context.code in (SITTING, STANDING)
    state = replace(state, context=context.stated(state.context, name))
    known = state.reference.calibration
    if not wrong or known is None:
        return state, []
    after = reference.learned(known, name, unit(np.mean(state.recent_up, axis=0)))
    state = replace(state, reference=replace(state.reference, calibration=after))
    return state, [StateLearned(state.now_s, name, after.usual[name])]


def _zeroed(state: JudgeState) -> tuple[JudgeState, list[Event]]:
    """The wearer is upright as they sit or stand now."""
    if not state.recent_up:
        why = "where up is has not been sure for a moment: keep still for a few seconds and try again"
        return state, [Refused(state.now_s, "zero", why)]
    upright = unit(np.mean(state.recent_up, axis=0))
    before, believed = state.reference.calibration, state.context.belief
    known, names = zero.zeroed(before, believed.state, upright, state.slip)
    mended, events = slip.mended(state.slip, state.now_s, "zero")
    doing = state.context if names[-1] == believed.state else context.stated(state.context, names[-1])
    news = [*events, *(BaselineSet(state.now_s, name, known.is_assumed(name), known.upright[name]) for name in names)]
    return replace(state, context=doing, slip=mended, reference=replace(state.reference, calibration=known)), news


def _calibrated(state: JudgeState, given: Calibration) -> tuple[JudgeState, list[Event]]:
    """A calibration made while the sensor is worn. A guided one ends in the upright that was shown last."""
    doing = context.stated(state.context, list(given.upright)[-1])
    mended, events = slip.mended(state.slip, state.now_s, "calibration")
    news = [*events, *announced(state.reference.calibration, given, state.now_s)]
    found = replace(state.reference, calibration=given)
    return replace(state, reference=found, context=doing, slip=mended, announced=True), news


def note_event(note: AddMark | NotePain, t_s: float) -> Event:
    """The event of a mark or a pain note."""
    return Marked(t_s, note.text) if isinstance(note, AddMark) else PainNoted(t_s, note.level, note.text)
