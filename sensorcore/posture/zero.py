"""The zero command: the present posture becomes upright."""

from __future__ import annotations

from dataclasses import replace

from sensorcore.model import Calibration, Vector3
from sensorcore.motion.vectors import angle_deg, turned
from sensorcore.posture.reference import agree, shown
from sensorcore.posture.slip import SlipState


def zeroed(before: Calibration | None, name: str, up: Vector3, slip: SlipState) -> tuple[Calibration, list[str]]:
    """The calibration in which `up` is upright, and the states whose upright that changed, the wearer's own last.

    Commonly that is the upright of the state `name`. After a slip all of them, and forward, turned with the sensor; and whether the
    wearer sits or stands, judged from the wrong angle before, follows from the turn that walking showed.
    """
    if slip.slipped is None or before is None or name not in before.upright:
        return shown(before, name, up), [name]
    uprights = before.upright
    if slip.turn is not None:
        was, now = slip.turn
        name = min(uprights, key=lambda each: angle_deg(turned(uprights[each], was, now), up))
    own = uprights[name]
    moved = {each: up if each == name else turned(upright, own, up) for each, upright in uprights.items()}
    forward = None if before.forward is None else turned(before.forward, own, up)
    forward = forward if all(agree(upright, forward) for upright in moved.values()) else None
    found = tuple(each for each in before.found if each != name)
    return replace(before, upright=moved, forward=forward, assumed=False, found=found), [
        *(each for each in moved if each != name),
        name,
    ]
