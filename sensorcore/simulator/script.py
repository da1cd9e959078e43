"""Script: a scenario's phases as timed moves on a tape. All chance is drawn here.

Human timing: minimum-jerk bends, 2.5–3 s to stand up or sit down with the trunk leaning 40° on the way, fidgets at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.simulator.body import POSES, SIT_DOWN_S, Leg, route
from sensorcore.simulator.phases import Phase
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.sets import perform
from sensorcore.simulator.tape import MOVING, SITTING, STANDING, WALKING, Tape

__all__ = ["MOVING", "SITTING", "SIT_DOWN_S", "STANDING", "WALKING", "PhaseSpan", "Script", "spans"]

SEAT_BUMP_M = 0.008
BEND_ASIDE = 0.05
"""Nobody bows straight ahead: the sideways part of a bend, as a share (standard deviation) of the forward part, 3° of direction."""
WALK_RAMP_S, TURN_S, TURN_DEG = 1.4, 1.8, 90.0
CLIMB_LEAN_DEG, CLIMB_CADENCE = 8.0, 0.85
"""Going up stairs the trunk leans forward, at steps that are somewhat slower; going down it leans back a little."""
TRAFFIC_S, TRAFFIC_MPS, BEND_IN_ROAD_S = (10.0, 40.0), (5.0, 12.0), 7.0
"""A ride speeds up or slows down this often, to one of these speeds."""
HASTE = (0.78, 1.0)
"""A change of pose takes this share of its usual time."""
BREATH_RAMP_S = 4.0
FIDGET_DEG = {False: (2.5, 2.6, 5.0), True: (3.0, 3.5, 12.0)}
"""Of a fidget, forward, aside, turning (standard deviations): sitting; and standing, where people shift their weight and turn."""
SHIFT_M = 0.02
"""How far the hips go aside with it."""


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
    """A scenario on a tape. `phases` are its spans in true time. Raises BadInput when something does not fit into its phase."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator, duration_s: float) -> None:
        self.phases = tuple(spans(scenario, duration_s))
        self.tape = Tape()
        self._rng = rng
        self._wearer = scenario.wearer
        for span in self.phases:
            self._read(span)

    def _read(self, span: PhaseSpan) -> None:
        phase, now, tape = span.phase, span.start_s, self.tape
        ramp = min(0.5, phase.duration_s)
        for signal, value in (("still", phase.still), ("typing", phase.typing), ("talking", phase.talking)):
            tape.to(signal, float(value), now, ramp)
        self._breathe(phase, now)
        target = "standing" if phase.state == "walking" else phase.state or tape.pose
        now = self._go(span, target)
        rest = WALKING if phase.state == "walking" else tape.context
        tape.to("on feet", float(tape.pose == "standing" and not phase.still), now, ramp)
        tape.mark(now, rest)
        left = max(span.end_s - now, 1e-3)
        self._settle(phase, now, min(phase.move_s, left))
        if phase.ride:
            self._ride(phase, now, left)
        if rest == WALKING:
            self._walk(phase, now, left)
        elif phase.bends is not None:
            now = self._bend(span, now + (phase.move_s if phase.flexion_deg is not None else 0.5), rest)
        elif phase.exercise is not None:
            before = now + (phase.move_s if phase.flexion_deg is not None or phase.slump is not None else 0.5)
            perform(tape, phase.exercise, before, span.end_s, self._rng, self._change, phase.name)
            return
        if phase.fidgets_per_min > 0:
            self._fidget(phase, now, span.end_s)

    def _breathe(self, phase: Phase, now: float) -> None:
        ramp = min(BREATH_RAMP_S, phase.duration_s)
        pace = phase.breaths_per_min or self._wearer.breaths_per_min
        self.tape.to("breath rate", (pace - self._wearer.breaths_per_min) / 60.0, now, ramp)
        self.tape.to("breath depth", phase.breath_depth - 1.0, now, ramp)

    def _settle(self, phase: Phase, now: float, duration: float) -> None:
        """Into the phase's posture. A slump belongs to the pose it is in: changing the pose straightens the back."""
        for signal, target in (("posture flexion", phase.flexion_deg), ("posture lateral", phase.lateral_deg)):
            if target is not None:
                self.tape.to(signal, target, now, duration)
        if phase.slump is not None:
            self.tape.to("slump sitting" if self.tape.seated else "slump standing", phase.slump, now, duration)
        if phase.legs is not None:
            crossed = {"left": -1.0, "right": 1.0, "uncrossed": 0.0}[phase.legs]
            self.tape.to("legs lateral", crossed, now, min(duration, 1.2))
            self.tape.to("legs yaw", crossed, now, min(duration, 1.2))
            self.tape.to("legs flexion", abs(crossed), now, min(duration, 1.2))

    def _go(self, span: PhaseSpan, target: str) -> float:
        """Through all poses on the way to the target; returns when it is reached."""
        legs, now = route(self.tape.pose, target), span.start_s
        needs_s = sum(leg.duration_s for leg in legs) + 0.5
        if legs and span.phase.duration_s < needs_s:
            raise BadInput(
                f"the phase {span.phase.name!r} is too short to get from {self.tape.pose} to {target} in",
                where="scenario",
                hint=f"Give it {needs_s:.1f} s or more",
            )
        for leg in legs:
            now = self._change(leg, now)
        return now

    def _change(self, leg: Leg, start_s: float) -> float:
        """One change of pose; returns when it is over."""
        tape, rng = self.tape, self._rng
        duration = leg.duration_s * rng.uniform(*HASTE)
        for signal in ("slump sitting", "slump standing", "legs lateral", "legs yaw", "legs flexion"):
            tape.to(signal, 0.0, start_s, duration)
        tape.change(leg, start_s, duration)
        aside, twist = rng.normal(0.0, (0.2, 0.35)) * leg.lean_deg
        leaning = {"rise flexion": leg.lean_deg, "rise lateral": float(aside), "rise yaw": float(twist)}
        tape.excursion(leaning, start_s, 0.48 * duration, 0.0, 0.52 * duration)
        tape.excursion({"ride of effort": 1.0}, start_s, 0.4 * duration, 0.2 * duration, 0.4 * duration)
        # The trunk leans first; then the hips leave the seat, or come down on it with a bump.
        (forward_from, up_from), (forward, up) = POSES[leg.start].hips, POSES[leg.end].hips
        down = up < up_from
        hips_s, moving_s = (start_s + 0.15 * duration, 0.62 * duration) if down else (start_s + 0.38 * duration, 0.57 * duration)
        tape.by("hips forward", forward - forward_from, hips_s, moving_s)
        tape.by("hips up", up - up_from, hips_s, moving_s)
        if down and leg.end == "sitting":
            tape.excursion({"cushion": -SEAT_BUMP_M}, hips_s + 0.88 * moving_s, 0.12, 0.0, 0.16)
        lies = POSES[leg.end].context == "lying"
        tape.to("lying", float(lies), start_s, duration)
        tape.to("hanging", float(leg.end == "hang"), start_s, duration)
        return start_s + duration

    def _bend(self, span: PhaseSpan, start_s: float, rest: int) -> float:
        bends, now = span.phase.bends, start_s
        assert bends is not None
        for _ in range(bends.count):
            pace, depth = self._rng.uniform(0.92, 1.08), self._rng.uniform(0.93, 1.07)
            down, hold, up = bends.down_s * pace, bends.hold_s * pace, bends.up_s * pace
            if now + down + hold + up > span.end_s:
                raise BadInput(
                    f"the bends of the phase {span.phase.name!r} do not fit into it", where="scenario", hint="Make it longer"
                )
            aside, twist = (self._rng.normal(0.0, BEND_ASIDE, 2) * bends.flexion_deg).tolist()
            angles = {
                "bend flexion": depth * bends.flexion_deg,
                "bend lateral": depth * bends.lateral_deg + aside,
                "bend yaw": depth * bends.turn_deg + twist,
            }
            self.tape.mark(now, MOVING)
            now = self.tape.excursion(angles, now, down, hold, up)
            self.tape.mark(now, rest)
            now += bends.rest_s
        return now

    def _walk(self, phase: Phase, start_s: float, left_s: float) -> None:
        ramp = min(WALK_RAMP_S, left_s / 2)
        sizes = {"walk": 1.0, "speed": phase.speed_mps}
        if phase.climb_mps:
            climbs = phase.climb_mps > 0
            lean = CLIMB_LEAN_DEG if climbs else -CLIMB_LEAN_DEG / 3
            cadence = (CLIMB_CADENCE - 1.0) * self._wearer.steps_per_s / 2.0 if climbs else 0.0
            sizes |= {"climb": phase.climb_mps, "stairs": 1.0, "rise flexion": lean, "stride rate": cadence}
        self.tape.excursion(sizes, start_s, ramp, left_s - 2 * ramp, ramp)
        self._turns(phase.turn_deg, start_s, left_s, TURN_S)

    def _turns(self, turn_deg: float, start_s: float, left_s: float, turn_s: float) -> None:
        turns = math.ceil(abs(turn_deg) / TURN_DEG)
        for number in range(turns):
            at = start_s + left_s * (number + 1) / (turns + 1)
            self.tape.by("heading", turn_deg / turns, at, min(turn_s, left_s / (turns + 1)))

    def _ride(self, phase: Phase, start_s: float, left_s: float) -> None:
        """The road's shaking throughout, and speeding up and slowing down between stops at both ends."""
        ramp = min(2.0, left_s / 2)
        self.tape.excursion({f"ride {phase.ride}": 1.0}, start_s, ramp, left_s - 2 * ramp, ramp)
        self._turns(phase.turn_deg, start_s, left_s, BEND_IN_ROAD_S)
        now, end = start_s + ramp, start_s + left_s
        while True:
            speed, lasts = self._rng.uniform(*TRAFFIC_MPS), self._rng.uniform(*TRAFFIC_S)
            change, brake = self._rng.uniform(8.0, 12.0, 2)
            if now + change + lasts + brake > end:
                return
            now = self.tape.excursion({"ride speed": speed}, now, change, lasts, brake) + self._rng.uniform(1.0, 8.0)

    def _fidget(self, phase: Phase, start_s: float, end_s: float) -> None:
        now, standing = start_s, self.tape.pose == "standing"
        while True:
            now += self._rng.exponential(60.0 / phase.fidgets_per_min)
            out, hold, back = self._rng.uniform(0.5, 1.0), self._rng.uniform(0.3, 3.0), self._rng.uniform(0.5, 1.2)
            size = self._rng.normal(0.0, 1.0, 3) * FIDGET_DEG[standing]
            if now + out + hold + back > end_s:
                return
            names = ("fidget flexion", "fidget lateral", "fidget yaw")
            shift = {"hips left": SHIFT_M * float(np.sign(size[1]))} if standing else {}
            now = self.tape.excursion(dict(zip(names, size.tolist(), strict=True)) | shift, now, out, hold, back)
