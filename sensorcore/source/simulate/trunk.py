"""A scripted trunk: angles and pelvis movement as smooth functions of time.

Over the script's moves lie sway that falls off with frequency, breathing, tremor and gait. All chance is drawn before; the movement
at any time is then a pure function, so a stream can be made in pieces of any size. Sizes of walking, sitting down and quiet
sitting lie in the range of people measured at the waist (HAPT, UCI repository).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import FloatArray
from sensorcore.source.simulate.body import PLACES
from sensorcore.source.simulate.jet import Jet, Moves, Waves, sine
from sensorcore.source.simulate.scenario import Scenario
from sensorcore.source.simulate.script import Script

RESTLESS = 0.7
"""Tremor of somebody who was not asked to hold still; typing adds 1."""


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


class Trunk:
    """A body that follows a script. `phases` are the spans in true time; `motion(t_s)` is the body at those times."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator, duration_s: float) -> None:
        self.wearer = scenario.wearer
        self.place = PLACES[self.wearer.placement]
        script = Script(scenario, rng, duration_s)
        self.phases = script.phases
        self._signals = {name: Moves(0.0, moves) for name, moves in script.moves.items()}
        self._mark_start = np.array([mark[0] for mark in script.marks])
        self._mark_state = np.array([mark[1] for mark in script.marks], dtype=np.int8)
        self._mark_seated = np.array([mark[2] for mark in script.marks], dtype=np.bool_)
        band, sway = Waves.band, self.wearer.sway_deg
        self._sway = {"flexion": band(rng, 0.03, 1.2, sway, 1.0), "lateral": band(rng, 0.03, 1.2, 0.6 * sway, 1.0)}
        self._sway["yaw"] = band(rng, 0.03, 1.2, 0.8 * sway, 1.0)
        self._tremor = {name: band(rng, 1.5, 6.0, 0.04, 0.5, count=6) for name in ("flexion", "lateral", "yaw")}
        self._drift = Waves.band(rng, 0.02, 0.2, 0.6, 0.5, count=4)
        self._phase0 = 2.0 * np.pi * rng.random(2)

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
            if not walk.x.any():
                return nothing
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
