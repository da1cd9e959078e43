"""A scripted trunk: from a scenario to angles and pelvis movement as smooth functions of time.

All chance is drawn when the script is compiled; after that the movement at any time is a pure function, so a stream can be made
in pieces of any size. Human timing: minimum-jerk bends, 2.5–3 s to stand up or sit down with the trunk leaning 40° on the way, sway
that falls off with frequency, breathing, fidgets, typing tremor. Sizes of walking, sitting down and quiet sitting lie in the range
of people measured at the waist (HAPT, UCI repository).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.model import FloatArray, Placement
from sensorcore.posture.track import CONTEXTS
from sensorcore.source.simulate.jet import Jet, Move, Moves, Waves, sine
from sensorcore.source.simulate.scenario import Phase, Scenario

STANDING, SITTING, WALKING, MOVING = (CONTEXTS.index(state) for state in ("standing", "sitting", "walking", "moving"))

SIT_DOWN_S, STAND_UP_S, TRANSITION_LEAN_DEG = 2.8, 2.4, 42.0
SEAT_DROP, SEAT_BACK = 0.22, 0.17
"""How far the pelvis goes down and back when sitting, as shares of the body height."""
SEAT_BUMP_M = 0.008
BEND_ASIDE = 0.05
"""Nobody bows straight ahead: the sideways part of a bend, as a share (standard deviation) of the forward part, 3° of direction."""
RESTLESS = 0.7
"""Tremor of somebody who is neither typing nor asked to hold still, against one who types."""
WALK_RAMP_S, TURN_S, TURN_DEG = 1.4, 1.8, 90.0


@dataclass(frozen=True, slots=True)
class Place:
    """What a place on the trunk sees: how far sitting turns it (+ forward), and its lever arm from the hip axis as shares of
    the body height (forward, left, up), and the share of the pelvis's quick turns in walking that the spine passes on."""

    sitting_turn_deg: float
    lever: tuple[float, float, float]
    gait_share: float


PLACES: dict[Placement, Place] = {
    "waist": Place(-18.0, (-0.055, 0.0, 0.03), 1.0),
    "lower_back": Place(-11.0, (-0.06, 0.0, 0.09), 0.8),
    "upper_back": Place(-5.0, (-0.06, 0.0, 0.25), 0.3),
    "chest": Place(-5.0, (0.07, 0.0, 0.22), 0.3),
}
"""Sitting tilts the pelvis back by about 18° (PubMed 22915074); the spine above gives back most of it."""


@dataclass(frozen=True, slots=True)
class Motion:
    """The trunk at n instants. Angles in radians: `flexion` about the wearer's left axis (+ forward) and `lateral` about the
    forward axis (+ right) from the standing upright, `yaw` of the trunk against the heading, `heading` against the world.
    `velocity_mps` are the pelvis's forward, left and up velocities along the heading (each Jet: velocity, acceleration, jerk).
    `state` indexes CONTEXTS; `seated` says whose upright holds."""

    t_s: FloatArray
    flexion: Jet
    lateral: Jet
    yaw: Jet
    heading: Jet
    velocity_mps: tuple[Jet, Jet, Jet]
    state: NDArray[np.int8]
    seated: NDArray[np.bool_]


class _Script:
    """Lists of moves, by signal, while the phases are read."""

    def __init__(self) -> None:
        self.moves: dict[str, list[Move]] = {}
        self.reached: dict[str, float] = {}

    def to(self, signal: str, target: float, start_s: float, duration_s: float) -> None:
        self.by(signal, target - self.reached.get(signal, 0.0), start_s, duration_s)

    def by(self, signal: str, delta: float, start_s: float, duration_s: float) -> None:
        self.moves.setdefault(signal, []).append(Move(start_s, duration_s, delta))
        self.reached[signal] = self.reached.get(signal, 0.0) + delta

    def excursion(self, signals: dict[str, float], start_s: float, out_s: float, hold_s: float, back_s: float) -> None:
        for signal, size in signals.items():
            self.by(signal, size, start_s, out_s)
            self.by(signal, -size, start_s + out_s + hold_s, back_s)

    def __getitem__(self, signal: str) -> Moves:
        return Moves(0.0, self.moves.get(signal, []))


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


class Trunk:
    """A compiled script. `phases` are the spans in true time; `motion(t_s)` is the body at those times."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator, duration_s: float | None = None) -> None:
        self.wearer = scenario.wearer
        self.place = PLACES[self.wearer.placement]
        self.phases = tuple(spans(scenario, scenario.duration_s if duration_s is None else duration_s))
        self._script = _Script()
        self._marks: list[tuple[float, int, bool]] = []
        """(from when, state, seated)"""
        seated = False
        for span in self.phases:
            seated = self._read(span, seated, rng)
        self._mark_start = np.array([mark[0] for mark in self._marks])
        self._mark_state = np.array([mark[1] for mark in self._marks], dtype=np.int8)
        self._mark_seated = np.array([mark[2] for mark in self._marks], dtype=np.bool_)
        self._signals = {name: self._script[name] for name in (*self._script.moves, "still", "typing", "walk")}
        band, sway = Waves.band, self.wearer.sway_deg
        self._sway = {"flexion": band(rng, 0.03, 1.2, sway, 1.0), "lateral": band(rng, 0.03, 1.2, 0.6 * sway, 1.0)}
        self._sway["yaw"] = band(rng, 0.03, 1.2, 0.8 * sway, 1.0)
        self._tremor = {name: band(rng, 1.5, 6.0, 0.04, 0.5, count=6) for name in ("flexion", "lateral", "yaw")}
        self._drift = Waves.band(rng, 0.02, 0.2, 0.6, 0.5, count=4)
        self._phase0 = 2.0 * np.pi * rng.random(2)

    def _read(self, span: PhaseSpan, seated: bool, rng: np.random.Generator) -> bool:
        """Add one phase to the script; returns whether the wearer sits at its end."""
        phase, script, now = span.phase, self._script, span.start_s
        state = phase.state or ("sitting" if seated else "standing")
        ramp = min(0.5, phase.duration_s)
        script.to("still", float(phase.still), now, ramp)
        script.to("typing", float(phase.typing), now, ramp)
        if (state == "sitting") != seated:
            if phase.duration_s < SIT_DOWN_S + 0.5:
                hint = f"Give it {SIT_DOWN_S + 0.5:.1f} s or more"
                raise BadInput(f"the phase {phase.name!r} is too short to sit down or stand up in", where="scenario", hint=hint)
            now = self._transition(now, rng, to_seat=state == "sitting", seated=seated)
            seated = state == "sitting"
        rest = WALKING if state == "walking" else SITTING if seated else STANDING
        self._marks.append((now, rest, seated))
        left = max(span.end_s - now, 1e-3)
        for signal, target in (("flexion", phase.flexion_deg), ("lateral", phase.lateral_deg)):
            if target is not None:
                script.to(signal, target, now, min(phase.move_s, left))
        if rest == WALKING:
            self._walk(phase, now, left)
        elif phase.bends is not None:
            now = self._bend(span, now + (phase.move_s if phase.flexion_deg is not None else 0.5), rest, seated, rng)
        if phase.fidgets_per_min > 0:
            self._fidget(phase, now, span.end_s, rng)
        return seated

    def _transition(self, start_s: float, rng: np.random.Generator, *, to_seat: bool, seated: bool) -> float:
        """Sit down or stand up; returns when it is over. The upright that holds changes half-way."""
        duration = SIT_DOWN_S if to_seat else STAND_UP_S
        sign = 1.0 if to_seat else -1.0
        height = self.wearer.height_m
        self._marks += [(start_s, MOVING, seated), (start_s + duration / 2, MOVING, to_seat)]
        self._script.by("seat turn", sign * self.place.sitting_turn_deg, start_s, duration)
        aside, twist = rng.normal(0.0, (3.0, 5.0)).tolist()
        leaning = {"bend flexion": TRANSITION_LEAN_DEG, "bend lateral": aside, "bend yaw": twist}
        self._script.excursion(leaning, start_s, 0.48 * duration, 0.0, 0.52 * duration)
        # The trunk leans first; then the hips leave the seat, or come down on it with a bump.
        hips_s, moving_s = (start_s + 0.15 * duration, 0.62 * duration) if to_seat else (start_s + 0.38 * duration, 0.57 * duration)
        self._script.by("pelvis back", sign * SEAT_BACK * height, hips_s, moving_s)
        self._script.by("pelvis down", sign * SEAT_DROP * height, hips_s, moving_s)
        if to_seat:
            self._script.excursion({"cushion": SEAT_BUMP_M}, hips_s + 0.88 * moving_s, 0.12, 0.0, 0.16)
        return start_s + duration

    def _bend(self, span: PhaseSpan, start_s: float, rest: int, seated: bool, rng: np.random.Generator) -> float:
        bends, now = span.phase.bends, start_s
        assert bends is not None
        for _ in range(bends.count):
            pace, depth = rng.uniform(0.92, 1.08), rng.uniform(0.93, 1.07)
            down, hold, up = bends.down_s * pace, bends.hold_s * pace, bends.up_s * pace
            if now + down + hold + up > span.end_s:
                break
            aside, twist = rng.normal(0.0, BEND_ASIDE, 2) * bends.flexion_deg
            angles = {
                "bend flexion": depth * bends.flexion_deg,
                "bend lateral": depth * bends.lateral_deg + aside,
                "bend yaw": depth * bends.turn_deg + twist,
            }
            self._script.excursion(angles, now, down, hold, up)
            self._marks += [(now, MOVING, seated), (now + down + hold + up, rest, seated)]
            now += down + hold + up + bends.rest_s
        return now

    def _walk(self, phase: Phase, start_s: float, left_s: float) -> None:
        ramp = min(WALK_RAMP_S, left_s / 2)
        self._script.by("walk", 1.0, start_s, ramp)
        self._script.by("walk", -1.0, start_s + left_s - ramp, ramp)
        self._script.by("speed", phase.speed_mps, start_s, ramp)
        self._script.by("speed", -phase.speed_mps, start_s + left_s - ramp, ramp)
        turns = math.ceil(abs(phase.turn_deg) / TURN_DEG)
        for number in range(turns):
            at = start_s + left_s * (number + 1) / (turns + 1)
            self._script.by("heading", phase.turn_deg / turns, at, min(TURN_S, left_s / (turns + 1)))

    def _fidget(self, phase: Phase, start_s: float, end_s: float, rng: np.random.Generator) -> None:
        now = start_s
        while True:
            now += rng.exponential(60.0 / phase.fidgets_per_min)
            out, hold, back = rng.uniform(0.5, 1.0), rng.uniform(0.3, 3.0), rng.uniform(0.5, 1.2)
            size = rng.normal(0.0, 1.0, 3) * (2.0, 2.2, 4.0)
            if now + out + hold + back > end_s:
                return
            names = ("fidget flexion", "fidget lateral", "fidget yaw")
            self._script.excursion(dict(zip(names, size.tolist(), strict=True)), now, out, hold, back)
            now += out + hold + back

    def motion(self, t_s: FloatArray) -> Motion:
        """The body at true times `t_s` (n,), increasing."""
        zero = np.zeros_like(t_s)
        nothing = Jet(zero, zero, zero)
        one = Jet(np.ones_like(t_s), zero, zero)
        signal = {name: moves.at(t_s) for name, moves in self._signals.items()}

        def get(name: str) -> Jet:
            return signal.get(name, nothing)

        sway = one + get("still").scaled(-0.6)
        walk = get("walk")
        restless = get("typing") + (one + get("still").scaled(-1.0)).scaled(RESTLESS)
        ramp = Jet(2.0 * np.pi * t_s, np.full_like(t_s, 2.0 * np.pi), zero)
        stride = ramp.scaled(self.wearer.steps_per_s / 2.0) + self._drift.at(t_s)
        breath = ramp.scaled(self.wearer.breaths_per_min / 60.0) + self._drift.at(t_s).scaled(0.5)

        def swing(harmonic: int, amplitude: float, phase_rad: float = 0.0) -> Jet:
            shift = Jet(np.full_like(t_s, phase_rad + harmonic * self._phase0[0]), zero, zero)
            return walk * sine(stride.scaled(float(harmonic)) + shift).scaled(amplitude)

        def angle(name: str, extra: Jet) -> Jet:
            degrees = get(name) + get(f"bend {name}") + get(f"fidget {name}") + extra
            degrees = degrees + sway * self._sway[name].at(t_s) + restless * self._tremor[name].at(t_s)
            return degrees.scaled(math.pi / 180.0)

        passed_on = self.place.gait_share
        breathing = sine(breath + Jet(np.full_like(t_s, self._phase0[1]), zero, zero)).scaled(self.wearer.breath_deg)
        nod = swing(2, 1.0 + 0.6 * passed_on, 0.4) + (swing(4, 0.7, 1.3) + swing(6, 0.35, 2.1)).scaled(passed_on)
        flexion = angle("flexion", get("seat turn") + breathing + nod)
        lateral = angle("lateral", swing(1, 2.2) + (swing(3, 0.7, 0.8) + swing(5, 0.3, 2.6)).scaled(passed_on))
        yaw = angle("yaw", swing(1, 3.5, 1.1) + swing(3, 0.6, 0.2))
        # The walking pelvis rises about 2 cm twice a stride and sways once; the harmonics are the sharper heel strikes.
        up = swing(2, 0.019) + swing(4, 0.0028, 0.9) + swing(6, 0.0011, 1.7)
        left = swing(1, 0.018, 0.5) + swing(3, 0.0040, 1.2) + swing(5, 0.0010, 0.4)
        along = swing(2, 0.011, 2.0) + swing(4, 0.0018, 0.3)
        back, down, speed = get("pelvis back"), get("pelvis down") + get("cushion"), get("speed")
        velocity = (
            Jet(speed.x + along.v - back.v, speed.v + along.a - back.a, zero),
            Jet(left.v, left.a, zero),
            Jet(up.v - down.v, up.a - down.a, zero),
        )
        mark = np.maximum(np.searchsorted(self._mark_start, t_s, side="right") - 1, 0)
        heading = get("heading").scaled(math.pi / 180.0)
        return Motion(t_s, flexion, lateral, yaw, heading, velocity, self._mark_state[mark], self._mark_seated[mark])
