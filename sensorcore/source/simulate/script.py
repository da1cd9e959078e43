"""Reads a scenario's phases into moves: what starts when, how far and how long. All chance is drawn here.

Human timing: minimum-jerk bends, 2.5–3 s to stand up or sit down with the trunk leaning 40° on the way, fidgets at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.posture.track import CONTEXTS
from sensorcore.source.simulate.body import PLACES
from sensorcore.source.simulate.jet import Move
from sensorcore.source.simulate.scenario import Phase, Scenario

STANDING, SITTING, WALKING, MOVING = (CONTEXTS.index(state) for state in ("standing", "sitting", "walking", "moving"))

SIT_DOWN_S, STAND_UP_S, TRANSITION_LEAN_DEG = 2.8, 2.4, 42.0
SEAT_DROP, SEAT_BACK = 0.22, 0.17
"""How far the pelvis goes down and back when sitting, as shares of the body height."""
SEAT_BUMP_M = 0.008
BEND_ASIDE = 0.05
"""Nobody bows straight ahead: the sideways part of a bend, as a share (standard deviation) of the forward part, 3° of direction."""
WALK_RAMP_S, TURN_S, TURN_DEG = 1.4, 1.8, 90.0


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase with its place in time (true seconds)."""

    start_s: float
    end_s: float
    phase: Phase


def spans(scenario: Scenario, duration_s: float) -> Iterator[PhaseSpan]:
    """The phases one after another, repeating from `loop_from` (or the first) until `duration_s` is full."""
    names = [phase.name for phase in scenario.phases]
    first = names.index(scenario.loop_from) if scenario.loop_from is not None else 0
    todo, start = list(scenario.phases), 0.0
    while start < duration_s:
        for phase in todo:
            yield PhaseSpan(start, start + phase.duration_s, phase)
            start += phase.duration_s
            if start >= duration_s:
                return
        todo = list(scenario.phases[first:])


class Script:
    """A scenario as moves: `moves` by signal, and `marks` (from when, state as an index of CONTEXTS, whether the sitting upright
    holds). `phases` are its spans in true time. Raises BadInput when something does not fit into its phase."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator, duration_s: float) -> None:
        self.phases = tuple(spans(scenario, duration_s))
        self.moves: dict[str, list[Move]] = {}
        self.marks: list[tuple[float, int, bool]] = []
        self._reached: dict[str, float] = {}
        self._rng = rng
        self._height_m = scenario.wearer.height_m
        self._sitting_turn_deg = PLACES[scenario.wearer.placement].sitting_turn_deg
        seated = False
        for span in self.phases:
            seated = self._read(span, seated)

    def _read(self, span: PhaseSpan, seated: bool) -> bool:
        """Add one phase to the script; returns whether the wearer sits at its end."""
        phase, now = span.phase, span.start_s
        state = phase.state or ("sitting" if seated else "standing")
        ramp = min(0.5, phase.duration_s)
        self._to("still", float(phase.still), now, ramp)
        self._to("typing", float(phase.typing), now, ramp)
        if (state == "sitting") != seated:
            if phase.duration_s < SIT_DOWN_S + 0.5:
                hint = f"Give it {SIT_DOWN_S + 0.5:.1f} s or more"
                raise BadInput(f"the phase {phase.name!r} is too short to sit down or stand up in", where="scenario", hint=hint)
            now = self._transition(now, to_seat=state == "sitting", seated=seated)
            seated = state == "sitting"
        rest = WALKING if state == "walking" else SITTING if seated else STANDING
        self.marks.append((now, rest, seated))
        left = max(span.end_s - now, 1e-3)
        for signal, target in (("flexion", phase.flexion_deg), ("lateral", phase.lateral_deg)):
            if target is not None:
                self._to(signal, target, now, min(phase.move_s, left))
        if rest == WALKING:
            self._walk(phase, now, left)
        elif phase.bends is not None:
            now = self._bend(span, now + (phase.move_s if phase.flexion_deg is not None else 0.5), rest, seated)
        if phase.fidgets_per_min > 0:
            self._fidget(phase, now, span.end_s)
        return seated

    def _transition(self, start_s: float, *, to_seat: bool, seated: bool) -> float:
        """Sit down or stand up; returns when it is over. The upright that holds changes half-way."""
        duration = SIT_DOWN_S if to_seat else STAND_UP_S
        sign = 1.0 if to_seat else -1.0
        height = self._height_m
        self.marks += [(start_s, MOVING, seated), (start_s + duration / 2, MOVING, to_seat)]
        self._by("seat turn", sign * self._sitting_turn_deg, start_s, duration)
        aside, twist = self._rng.normal(0.0, (3.0, 5.0)).tolist()
        leaning = {"bend flexion": TRANSITION_LEAN_DEG, "bend lateral": aside, "bend yaw": twist}
        self._excursion(leaning, start_s, 0.48 * duration, 0.0, 0.52 * duration)
        # The trunk leans first; then the hips leave the seat, or come down on it with a bump.
        hips_s, moving_s = (start_s + 0.15 * duration, 0.62 * duration) if to_seat else (start_s + 0.38 * duration, 0.57 * duration)
        self._by("pelvis back", sign * SEAT_BACK * height, hips_s, moving_s)
        self._by("pelvis down", sign * SEAT_DROP * height, hips_s, moving_s)
        if to_seat:
            self._excursion({"cushion": SEAT_BUMP_M}, hips_s + 0.88 * moving_s, 0.12, 0.0, 0.16)
        return start_s + duration

    def _bend(self, span: PhaseSpan, start_s: float, rest: int, seated: bool) -> float:
        bends, now = span.phase.bends, start_s
        assert bends is not None
        for _ in range(bends.count):
            pace, depth = self._rng.uniform(0.92, 1.08), self._rng.uniform(0.93, 1.07)
            down, hold, up = bends.down_s * pace, bends.hold_s * pace, bends.up_s * pace
            if now + down + hold + up > span.end_s:
                raise BadInput(
                    f"the bends of the phase {span.phase.name!r} do not fit into it", where="scenario", hint="Make it longer"
                )
            aside, twist = self._rng.normal(0.0, BEND_ASIDE, 2) * bends.flexion_deg
            angles = {
                "bend flexion": depth * bends.flexion_deg,
                "bend lateral": depth * bends.lateral_deg + aside,
                "bend yaw": depth * bends.turn_deg + twist,
            }
            self._excursion(angles, now, down, hold, up)
            self.marks += [(now, MOVING, seated), (now + down + hold + up, rest, seated)]
            now += down + hold + up + bends.rest_s
        return now

    def _walk(self, phase: Phase, start_s: float, left_s: float) -> None:
        ramp = min(WALK_RAMP_S, left_s / 2)
        self._by("walk", 1.0, start_s, ramp)
        self._by("walk", -1.0, start_s + left_s - ramp, ramp)
        self._by("speed", phase.speed_mps, start_s, ramp)
        self._by("speed", -phase.speed_mps, start_s + left_s - ramp, ramp)
        turns = math.ceil(abs(phase.turn_deg) / TURN_DEG)
        for number in range(turns):
            at = start_s + left_s * (number + 1) / (turns + 1)
            self._by("heading", phase.turn_deg / turns, at, min(TURN_S, left_s / (turns + 1)))

    def _fidget(self, phase: Phase, start_s: float, end_s: float) -> None:
        now = start_s
        while True:
            now += self._rng.exponential(60.0 / phase.fidgets_per_min)
            out, hold, back = self._rng.uniform(0.5, 1.0), self._rng.uniform(0.3, 3.0), self._rng.uniform(0.5, 1.2)
            size = self._rng.normal(0.0, 1.0, 3) * (2.0, 2.2, 4.0)
            if now + out + hold + back > end_s:
                return
            names = ("fidget flexion", "fidget lateral", "fidget yaw")
            self._excursion(dict(zip(names, size.tolist(), strict=True)), now, out, hold, back)
            now += out + hold + back

    def _to(self, signal: str, target: float, start_s: float, duration_s: float) -> None:
        self._by(signal, target - self._reached.get(signal, 0.0), start_s, duration_s)

    def _by(self, signal: str, delta: float, start_s: float, duration_s: float) -> None:
        self.moves.setdefault(signal, []).append(Move(start_s, duration_s, delta))
        self._reached[signal] = self._reached.get(signal, 0.0) + delta

    def _excursion(self, signals: dict[str, float], start_s: float, out_s: float, hold_s: float, back_s: float) -> None:
        for signal, size in signals.items():
            self._by(signal, size, start_s, out_s)
            self._by(signal, -size, start_s + out_s + hold_s, back_s)
