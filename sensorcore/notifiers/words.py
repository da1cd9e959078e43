"""Messages of notifiable events: a title and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from sensorcore.events import ActivationAsked, AlertRaised, Corrected, Event, MoveReminder, SensorSlipped, TakenOff
from sensorcore.habit.activation import WORDS

_WAY = {"forward": "forward", "backward": "back", "left": "left", "right": "right", "leaning": "over"}


@dataclass(frozen=True, slots=True)
class Message:
    """`event` names its kind for programs; `urgent` may make a sound."""

    event: str
    title: str
    text: str
    urgent: bool = False


def message_of(event: Event) -> Message | None:
    """None for events that notify nobody."""
    kind, found = type(event).__name__, None
    match event:
        case AlertRaised(why=why):
            text = f"Leaned {_WAY[why.direction]} {why.angle_deg:.0f}° for {why.dwell_s:.0f} s (limit {why.threshold_deg:.0f}°)."
            found = Message(kind, "Time to sit up", text, urgent=True)
        case Corrected(after_s=after_s):
            found = Message(kind, "Good again", f"{after_s:.0f} s after the alert.")
        case MoveReminder(sitting_s=sitting_s):
            found = Message(kind, "Time to move", f"You have been sitting for {sitting_s / 60:.0f} min.", urgent=True)
        case ActivationAsked(activation=activation):
            found = Message(kind, "Something small", WORDS[activation])
        case SensorSlipped(angle_deg=angle_deg):
            found = Message(kind, "The sensor moved", f"By {angle_deg:.0f}°. Sit upright and zero it.")
        case TakenOff():
            found = Message(kind, "Sensor off", "Nothing is judged until it is worn again.")
        case _:
            pass
    return found
