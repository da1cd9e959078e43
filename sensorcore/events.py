"""Events of the pipeline: frozen values on the stream's clock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from sensorcore.model import Vector3
from sensorcore.repetition import Repetition

EVENT_SCHEMA = "spinae.event/1"

Direction: TypeAlias = Literal["forward", "backward", "left", "right", "leaning", "rounded"]
"""Which way the wearer left upright; "leaning" while the forward direction is unknown; "rounded": the upper back more than the
lower, which takes two sensors."""

LyingSide: TypeAlias = Literal["supine", "prone", "left", "right"]

Activation: TypeAlias = Literal["posture_check", "pelvic_tilt", "stand_up"]
"""Kinds of micro-breaks (`sensorcore.habit`)."""

ContextName: TypeAlias = Literal["sitting", "standing", "walking", "lying", "moving", "not_worn", "unknown"]


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of an alert: which state and baseline were assumed, how far, for how long, against what. `feedback`:
    the share of nudges that is given, below 1 where it has faded because posture holds."""

    state: str
    direction: Direction
    angle_deg: float
    threshold_deg: float
    dwell_s: float
    baseline: str
    baseline_assumed: bool
    feedback: float = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events: `t_s` is stream time."""

    t_s: float

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary, with the event's name first."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True, slots=True)
class GapFound(Event):
    """Samples are missing before `t_s`; that time is unknown."""

    missing_s: float


@dataclass(frozen=True, slots=True)
class BaselineSet(Event):
    """From now on posture is measured against this upright (`state`: the one it belongs to)."""

    state: str
    assumed: bool
    up: Vector3


@dataclass(frozen=True, slots=True)
class ForwardFound(Event):
    """The wearer's forward direction became known, with the spread of its evidence."""

    forward: Vector3
    quality_deg: float


@dataclass(frozen=True, slots=True)
class ContextChanged(Event):
    """The wearer's context from now on. `side`: on which one they lie, when the forward direction is known; turning over in bed
    is another event with another side."""

    state: ContextName
    confidence: float
    side: LyingSide | None = None


@dataclass(frozen=True, slots=True)
class TakenOff(Event):
    """Nobody wears the sensor, since `since_s`: it takes up to two minutes to be sure, and `[since_s, t_s)` was not worn either."""

    since_s: float


@dataclass(frozen=True, slots=True)
class PutOn(Event):
    """Somebody wears the sensor again, since `since_s`."""

    since_s: float


@dataclass(frozen=True, slots=True)
class SensorSlipped(Event):
    """The sensor sits on the body otherwise than when its upright was set, by `angle_deg`. Since `since_s` (the last moment known
    to have been right) posture is not known, until the wearer zeroes it or it is back."""

    since_s: float
    angle_deg: float


@dataclass(frozen=True, slots=True)
class SlipMended(Event):
    """Posture is judged again: the wearer sat upright and zeroed it, calibrated it, or it is back where it was."""

    because: Literal["zero", "calibration", "back"]


@dataclass(frozen=True, slots=True)
class LowerUpright(Event):
    """As `BaselineSet`, of the lower one of two sensors: where its curvature is measured from."""

    state: str
    assumed: bool
    up: Vector3


@dataclass(frozen=True, slots=True)
class OneSensor(Event):
    """Of two sensors, `missing` contributes nothing to the posture; the other one carries on alone."""

    missing: Literal["upper", "lower"]
    because: Literal["no data", "not worn", "moved", "unsure"]


@dataclass(frozen=True, slots=True)
class TwoSensors(Event):
    """Both sensors contribute again."""


@dataclass(frozen=True, slots=True)
class SlouchStarted(Event):
    """The posture left upright at `since_s` and has stayed away for the detector's dwell."""

    since_s: float
    direction: Direction
    angle_deg: float
    threshold_deg: float


@dataclass(frozen=True, slots=True)
class SlouchEnded(Event):
    """Back to upright, or no longer scored ("upright" | "unscored" | "no data")."""

    since_s: float
    because: Literal["upright", "unscored", "no data"]


@dataclass(frozen=True, slots=True)
class AlertRaised(Event):
    """An alert. `level` starts at 1 and rises while the slouch goes on."""

    kind: Literal["slouch"]
    level: int
    why: Why


@dataclass(frozen=True, slots=True)
class AlertWithheld(Event):
    """An alert that was due and withheld."""

    because: Literal["cool-down", "budget", "snoozed", "quiet hours"]
    why: Why


@dataclass(frozen=True, slots=True)
class Corrected(Event):
    """Good again after an alert."""

    after_s: float


@dataclass(frozen=True, slots=True)
class MoveReminder(Event):
    """The wearer has been sitting for long, without a break, and may like to move. It is not about how they sit."""

    sitting_s: float


@dataclass(frozen=True, slots=True)
class ActivationAsked(Event):
    """A micro-break is proposed. It is no alert: nothing was wrong."""

    activation: Activation


@dataclass(frozen=True, slots=True)
class ActivationWithheld(Event):
    """A micro-break that was due and is skipped."""

    because: Literal["exercise", "riding", "snoozed", "quiet hours", "other hours"]


@dataclass(frozen=True, slots=True)
class ActivationDone(Event):
    """The sensor saw it done, `after_s` seconds after it was asked; `count`: how many pelvic tilts (1 for standing up). What it
    cannot see (a posture check) has no such event."""

    activation: Activation
    after_s: float
    count: int


@dataclass(frozen=True, slots=True)
class BreathMeasured(Event):
    """The mean rate of breathing over `[start_s, t_s)`, while still. `quality` is the share of the breath's oscillation in all that
    moved the trunk as slowly, 0 to 1; only good ones are reported."""

    start_s: float
    rate_per_min: float
    quality: float


@dataclass(frozen=True, slots=True)
class Snoozed(Event):
    """Alerts are silent until `until_s`."""

    until_s: float


@dataclass(frozen=True, slots=True)
class SnoozeEnded(Event):
    """Alerts speak again."""


@dataclass(frozen=True, slots=True)
class StateLearned(Event):
    """The wearer stated what they do: this direction of world-up is now expected in that state."""

    state: ContextName
    up: Vector3


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """A command that could not be obeyed; `because` gives the reason and what to do next."""

    asked: Literal["zero", "state"]
    because: str


@dataclass(frozen=True, slots=True)
class Marked(Event):
    """The wearer's own note."""

    text: str


@dataclass(frozen=True, slots=True)
class PainNoted(Event):
    """How the wearer's back feels: `level` 0 (no pain) to 10 (the worst imaginable), the numeric rating scale; and their words."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class ExerciseOpened(Event):
    """From now on repetitions of this exercise are counted; posture is not judged until it is closed."""

    exercise: str


@dataclass(frozen=True, slots=True)
class RepCounted(Event):
    """A repetition came back most of the way: number `number` of the set under way."""

    number: int
    rep: Repetition


@dataclass(frozen=True, slots=True)
class HoldStarted(Event):
    """The pose that is to be held has been reached."""

    exercise: str


@dataclass(frozen=True, slots=True)
class HoldBroken(Event):
    """The pose was left before it was held long enough to count."""

    exercise: str


@dataclass(frozen=True, slots=True)
class HoldEnded(Event):
    """A hold is over: number `number` of the set under way."""

    number: int
    rep: Repetition


@dataclass(frozen=True, slots=True)
class SetEnded(Event):
    """A set is over and was counted again with all of it in view: `reps` are what counts. `closed`: so was the exercise; otherwise
    a pause or missing data ended the set, and the next may begin."""

    exercise: str
    reps: tuple[Repetition, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class SettingsChanged(Event):
    """The wearer changed these settings (by key); what follows is judged by them."""

    values: dict[str, str | float | int | bool]


@dataclass(frozen=True, slots=True)
class ZoneChanged(Event):
    """The clock on the wall was set to another zone, or to or from summer time: local time minus UTC from now on."""

    utc_offset_s: int


@dataclass(frozen=True, slots=True)
class LinkLost(Event):
    """The radio link to the sensor broke after the sample at `t_s`; the sensor goes on sampling into its memory."""

    because: str


@dataclass(frozen=True, slots=True)
class LinkBack(Event):
    """Connected again after `away_s` seconds; what the sensor still holds of that time follows."""

    away_s: float


LinkEvent: TypeAlias = LinkLost | LinkBack
"""A source's report on its link. It has no stream time: the engine fills in `t_s`."""
