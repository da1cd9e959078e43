"""On which side somebody lies: from where world-up points in their body. Supine it comes out of the chest, prone the back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sensorcore.events import ContextChanged, Event, LyingSide
from sensorcore.model import BoolArray, FloatArray
from sensorcore.motion.body import Lean
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.posture.context import CONFIDENCE

HALFWAY_DEG: Final = 45.0
"""Of the four sides each takes a quarter turn."""
HELD_TICKS: Final = 2 * TICK_HZ
"""Turning over takes about two seconds; what is passed on the way is no side to lie on."""


@dataclass(frozen=True, slots=True)
class SideState:
    """`side` reported last (None: not lying, or not known), and for how many ticks it has been another, `other`."""

    side: LyingSide | None = None
    other: LyingSide | None = None
    held: int = 0


def step(state: SideState, lies: BoolArray, lean: Lean) -> tuple[SideState, dict[int, LyingSide]]:
    """Advance by n ticks, `lies` (n,): those in which the wearer lies, `lean` measured with a known forward. Returns the sides that
    are new, by tick: the first when the wearer lies down, later ones when they have turned over."""
    if not lies.any():
        return (state if state == SideState() or not len(lies) else SideState()), {}
    side, other, held = state.side, state.other, state.held
    new_sides: dict[int, LyingSide] = {}
    rows = zip(lies.tolist(), lean.flexion_deg.tolist(), lean.lateral_deg.tolist(), strict=True)
    for i, (lying, ahead, right) in enumerate(rows):
        if not lying:
            side, other, held = None, None, 0
            continue
        now: LyingSide = ("right" if right > 0 else "left") if abs(right) > HALFWAY_DEG else "prone" if ahead > 0 else "supine"
        held = held + 1 if now == other else 1
        other = now
        if side is None or (now != side and held >= HELD_TICKS):
            side = new_sides[i] = now
    return SideState(side, other, held), new_sides


def with_sides(changes: Sequence[ContextChanged], end_s: FloatArray, sides: dict[int, LyingSide]) -> list[Event]:
    """The changes of context with the side of those who lie down, and with those who turn over. `end_s` (n,): when ticks end."""
    at_s = {float(end_s[i]): side for i, side in sides.items()}
    news = [replace(change, side=at_s.pop(change.t_s, None)) if change.state == "lying" else change for change in changes]
    turned = [ContextChanged(t_s, "lying", CONFIDENCE["lying"], side) for t_s, side in at_s.items()]
    return sorted([*news, *turned], key=lambda change: change.t_s)
