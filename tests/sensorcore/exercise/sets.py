"""Ticks of somebody who exercises, made from angles: no sensor, no simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensorcore.events import Event, RepCounted, SetEnded
from sensorcore.exercise import stage, trace
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.repetition import Repetition

FRAME = trace.Frame((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), trace.MEASURED_WITHIN_DEG)


@dataclass(frozen=True, slots=True)
class Moved:
    """Degrees (n,) from upright, tick by tick; the sensor's axes are the wearer's."""

    flexion_deg: FloatArray
    lateral_deg: FloatArray
    turn_deg: FloatArray

    def __add__(self, other: Moved) -> Moved:
        """One after the other; the second begins where the first has turned to."""
        turn = np.concatenate([self.turn_deg, other.turn_deg + self.turn_deg[-1]])
        flexion = np.concatenate([self.flexion_deg, other.flexion_deg])
        return Moved(flexion, np.concatenate([self.lateral_deg, other.lateral_deg]), turn)

    def ticks(self, start: int = 0) -> Ticks:
        f, la = np.radians(self.flexion_deg), np.radians(self.lateral_deg)
        up = np.stack([-np.sin(f) * np.cos(la), np.sin(la), np.cos(f) * np.cos(la)], axis=1)
        n = len(f)
        rate = np.radians(np.diff(self.turn_deg, prepend=self.turn_deg[0])) * TICK_HZ
        none = np.zeros(n)
        index = start + np.arange(n)
        return Ticks(
            index=index,
            up=up,
            acc_mps2=up * STANDARD_GRAVITY_MPS2,
            sway_mps2=none,
            uncertainty_deg=none,
            samples=none + 10,
            vertical_sum=none,
            vertical_square_sum=none,
            turn_radps=rate,
            after_gap=none.astype(np.bool_),
        )


def rest(seconds: float, at_deg: float = 0.0) -> Moved:
    none = np.zeros(round(seconds * TICK_HZ))
    return Moved(none + at_deg, none, none)


def excursion(
    flexion_deg: float = 0.0,
    *,
    lateral_deg: float = 0.0,
    turn_deg: float = 0.0,
    out_s: float = 1.5,
    hold_s: float = 0.5,
    back_s: float = 1.5,
    at_deg: float = 0.0,
) -> Moved:
    """There and back, by minimum jerk; `at_deg` is the flexion of the start pose."""
    shape = np.concatenate([_rise(out_s), np.ones(round(hold_s * TICK_HZ)), _rise(back_s)[::-1]])
    return Moved(at_deg + flexion_deg * shape, lateral_deg * shape, turn_deg * shape)


def _rise(seconds: float) -> FloatArray:
    s = np.linspace(0.0, 1.0, round(seconds * TICK_HZ) + 1)[1:]
    return np.asarray(10 * s**3 - 15 * s**4 + 6 * s**5)


def together(parts: Sequence[Moved]) -> Moved:
    whole = parts[0]
    for part in parts[1:]:
        whole += part
    return whole


def counted(
    exercise: str, moved: Moved | Ticks, frame: trace.Frame | None = FRAME
) -> tuple[list[RepCounted], tuple[Repetition, ...], list[Event]]:
    """What was told as it happened, what at the end, and all events."""
    ticks = moved.ticks() if isinstance(moved, Moved) else moved
    state, opened = stage.opened(stage.ExerciseState(), exercise, frame, 0.0)
    state, told = stage.step(state, ticks)
    _, ended = stage.closed(state, len(ticks) / TICK_HZ)
    events = [*opened, *told, *ended]
    sets = [event for event in events if isinstance(event, SetEnded)]
    reps = tuple(rep for event in sets for rep in event.reps)
    return [event for event in events if isinstance(event, RepCounted)], reps, events


def with_gap(ticks: Ticks, at: int, missing: int) -> Ticks:
    """The same with `missing` ticks cut out at position `at`."""
    kept = np.r_[0:at, at + missing : len(ticks)]
    after_gap = ticks.after_gap.copy()
    after_gap[at + missing] = True
    ticks = replace(ticks, after_gap=after_gap)
    return Ticks(*(getattr(ticks, name)[kept] for name in Ticks.__slots__))
