"""Saving a pipeline's state and carrying on later, to the bit: JSON with the types named, so that nothing but our own states can
come back out of a file."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.events import BreathMeasured, GapFound, SensorSlipped
from sensorcore.exercise.excursion import Excursion
from sensorcore.exercise.online_counter import CountState, ZigzagState
from sensorcore.exercise.stage import ExerciseState, OpenSet
from sensorcore.exercise.trace import Frame, TraceState
from sensorcore.habit.activation import ActivationState
from sensorcore.habit.stage import HabitState
from sensorcore.model import Calibration, DeviceReport, Pairing
from sensorcore.motion.activity import ActivityState
from sensorcore.motion.breathing import BreathState
from sensorcore.motion.gait import GaitState
from sensorcore.motion.gaps import Edge, Grid
from sensorcore.motion.height_change import Movement, RiseState
from sensorcore.motion.ticks import Ticks, TickState
from sensorcore.motion.tilt import OpenHole, TiltState
from sensorcore.motion.vectors import Mean
from sensorcore.motion.vehicle import RideState
from sensorcore.motion.wear import WearState
from sensorcore.pipeline.dual import PairState
from sensorcore.pipeline.join import JoinState
from sensorcore.pipeline.single import PipelineState
from sensorcore.posture.context import ContextState, Pause
from sensorcore.posture.lyingside import SideState
from sensorcore.posture.moving import MovingState
from sensorcore.posture.policy import PolicyState
from sensorcore.posture.reference import BendDirections, ReferenceState
from sensorcore.posture.reminder import ReminderState
from sensorcore.posture.scoring import JudgeState
from sensorcore.posture.sitstand import Belief
from sensorcore.posture.slip import SlipState
from sensorcore.posture.slouch import SlouchState
from sensorcore.track.exposure import ExposureState, HeldPose

_TYPES = {
    each.__name__: each
    for each in (
        PipelineState, TiltState, GaitState, Edge, TickState, JudgeState, ReferenceState, Calibration, ActivityState, ContextState,
        SlouchState, PolicyState, BendDirections, GapFound, BreathState, BreathMeasured, ReminderState, WearState, DeviceReport,
        RiseState, Belief, Pause, Movement, RideState, MovingState, SideState, SlipState, Mean, SensorSlipped,
        ExerciseState, OpenSet, CountState, ZigzagState, Excursion, TraceState, Frame, OpenHole, Grid,
        HabitState, ActivationState,
        PairState, JoinState, Pairing, Ticks, ExposureState, HeldPose,
    )
}  # fmt: skip

_HINT = "Start without it: the calibration is kept elsewhere."


def dumps(state: PipelineState | PairState) -> str:
    """The state as text."""
    return json.dumps(plain(state))


def loads(text: str) -> PipelineState | PairState:
    """The state back from text. Raises BadInput when it is not one."""
    try:
        state = built(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"this is not a saved state ({error})", hint=_HINT) from None
    if not isinstance(state, PipelineState | PairState):
        raise BadInput("this is not a saved state", hint=_HINT)
    return state


def restored(value: Any) -> Any:
    """The state of any stage, saved and loaded."""
    return built(json.loads(json.dumps(plain(value))))


def plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"type": type(value).__name__, "fields": fields}
    if isinstance(value, np.ndarray):
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"type": "array", "dtype": value.dtype.str, "shape": value.shape, "data": data}
    if isinstance(value, tuple):
        return {"type": "tuple", "items": [plain(item) for item in value]}
    if isinstance(value, dict):
        return {"type": "dict", "items": {key: plain(item) for key, item in value.items()}}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def built(value: Any) -> Any:
    if isinstance(value, list):
        return [built(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value["type"]
    if kind == "array":
        return np.frombuffer(base64.b64decode(value["data"]), dtype=value["dtype"]).reshape(value["shape"]).copy()
    if kind == "tuple":
        return tuple(built(item) for item in value["items"])
    if kind == "dict":
        return {key: built(item) for key, item in value["items"].items()}
    return _TYPES[kind](**{name: built(item) for name, item in value["fields"].items()})
