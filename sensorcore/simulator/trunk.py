"""A scripted trunk: the orientation of its segments and the movement of the hips as smooth functions of time.

Over the script's moves lie sway that falls off with frequency, breathing, tremor, gait and the shaking of a ride. All chance is
drawn before; the movement at any time is then a pure function, so a stream can be made in pieces of any size. Sizes of walking,
sitting down and quiet sitting lie in the range of people measured at the waist (HAPT, UCI repository).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import FloatArray
from sensorcore.simulator.body import GAIT_SHARES, JOINTS, PLACES, SEGMENTS, SHARES, Three
from sensorcore.simulator.exercises import TrueRepetition
from sensorcore.simulator.jet import ONE, ZERO, Jet, Moves, constant, sine
from sensorcore.simulator.posepath import PosePath
from sensorcore.simulator.restless import Restless
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.script import Script
from sensorcore.simulator.turn import Turn, about

_AXIS = {"flexion": np.array([0.0, 1.0, 0.0]), "lateral": np.array([1.0, 0.0, 0.0]), "yaw": np.array([0.0, 0.0, 1.0])}
_RAD = math.pi / 180.0


@dataclass(frozen=True, slots=True)
class Motion:
    """The trunk at n instants. `segments`: each one's orientation in the world, `segment` the one that the sensor is on, `joints_m`
    from each one's lower joint to the next. `velocity_mps`: the hips' velocities (forward, left, up) along the `heading` (radians;
    each Jet: velocity, acceleration, jerk). `state` indexes CONTEXTS and `pose` POSE_NAMES; `seated` says whose upright holds."""

    t_s: FloatArray
    segments: tuple[Turn, ...]
    segment: int
    joints_m: tuple[Three, ...]
    heading: Jet
    velocity_mps: tuple[Jet, Jet, Jet]
    state: NDArray[np.int8]
    seated: NDArray[np.bool_]
    pose: NDArray[np.int8]


class Trunk:
    """A body that follows a script: `phases` are its spans and `poses` its changes of pose (true seconds)."""

    def __init__(self, scenario: Scenario, rng: np.random.Generator, duration_s: float) -> None:
        self.wearer = scenario.wearer
        self.place = PLACES[self.wearer.placement]
        self.duration_s = duration_s
        script = Script(scenario, rng, duration_s)
        self.phases = script.phases
        tape = script.tape
        rates = {"breath rate": self.wearer.breaths_per_min / 60.0, "stride rate": self.wearer.steps_per_s / 2.0}
        self._rates = {name: Moves(base, tape.moves.pop(name, [])) for name, base in rates.items()}
        self._signals = {name: Moves(0.0, moves) for name, moves in tape.moves.items()}
        self.poses = tuple(tape.poses)
        self._path = PosePath(self.poses)
        self._mark_start = np.array([mark.t_s for mark in tape.marks])
        self._mark_state = np.array([mark.state for mark in tape.marks], dtype=np.int8)
        self._mark_seated = np.array([mark.seated for mark in tape.marks], dtype=np.bool_)
        self._mark_pose = np.array([mark.pose for mark in tape.marks], dtype=np.int8)
        self._restless = Restless(rng, self.wearer.sway_deg)
        self._phase0 = (2.0 * np.pi * rng.random(2)).tolist()
        self._shares = SHARES | {"slump sitting": {"flexion": self.wearer.slump_deg}}
        self._repetitions = [rep for rep in tape.repetitions if rep.end_s <= duration_s]

    def motion(self, t_s: FloatArray) -> Motion:
        """The body at true times `t_s` (n,), increasing."""
        signal = {name: jet for name, moves in self._signals.items() if not (jet := moves.at(t_s)).is_zero}
        heading = signal.get("heading", ZERO).scaled(_RAD)
        gait = _Gait(self._stride(t_s), self._phase0[0], signal)
        common = self._restless.angles(t_s, signal)
        signal |= self._restless.talk(t_s, signal)
        world = about(_AXIS["yaw"], heading)
        breath = self._breath(t_s) * (ONE + signal.get("breath depth", ZERO))
        segments = []
        for segment in range(len(SEGMENTS)):
            angle = dict(common)
            for axis, extra in gait.angles(GAIT_SHARES[segment]).items():
                angle[axis] = angle[axis] + extra
            for group, axes in self._shares.items():
                for axis, shares in axes.items():
                    for name in (f"{group} {axis}", group):
                        if name in signal:
                            angle[axis] = angle[axis] + signal[name].scaled(shares[segment])
            share = self.place.breath if segment == self.place.segment else (0.2, 0.5, 1.0)[segment]
            angle["flexion"] = angle["flexion"] + breath.scaled(share * self.wearer.breath_deg)
            turn = world.then(self._path.at(t_s, segment))
            for axis in ("yaw", "lateral", "flexion"):
                turn = turn.then(about(_AXIS[axis], angle[axis].scaled(_RAD)))
            segments.append(turn)
        mark = np.maximum(np.searchsorted(self._mark_start, t_s, side="right") - 1, 0)
        height = self.wearer.height_m
        joints = tuple((x * height, y * height, z * height) for x, y, z in JOINTS)
        return Motion(
            t_s,
            tuple(segments),
            self.place.segment,
            joints,
            heading,
            self._velocity(t_s, signal, gait),
            self._mark_state[mark],
            self._mark_seated[mark],
            self._mark_pose[mark],
        )

    def slump(self, t_s: FloatArray) -> FloatArray:
        """How much they slump on the chair at true times `t_s` (n,): 1 is their ordinary slump."""
        signal = self._signals.get("slump sitting")
        return np.zeros(len(t_s)) if signal is None else np.broadcast_to(signal.at(t_s).x, (len(t_s),))

    def breaths(self) -> list[tuple[float, float]]:
        """Each whole breath, from where one begins to flow in to where the next does (true seconds)."""
        t_s = np.arange(0.0, self.duration_s, 0.05)
        turns = (self._breath_phase(t_s).x + math.pi / 2) / (2 * math.pi)
        numbers = np.arange(math.ceil(turns[0]), math.floor(turns[-1]) + 1)
        begins = np.interp(numbers, np.maximum.accumulate(turns), t_s).tolist()
        return list(itertools.pairwise(begins))

    def repetitions(self) -> list[TrueRepetition]:
        """Each repetition of the script's sets, with the range that the sensor's place went through."""
        done = []
        for rep in self._repetitions:
            turn = self.motion(np.linspace(rep.start_s, rep.end_s, 41)).segments[self.place.segment].matrix
            cosine = (np.einsum("ijn,ij->n", turn, turn[:, :, 0]) - 1.0) / 2.0
            range_deg = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0))).max()
            done.append(replace(rep, range_deg=round(float(range_deg), 2)))
        return done

    def _stride(self, t_s: FloatArray) -> Jet:
        return self._rates["stride rate"].integral(t_s).scaled(2.0 * math.pi) + self._restless.drift(t_s)

    def _breath_phase(self, t_s: FloatArray) -> Jet:
        phase = self._rates["breath rate"].integral(t_s).scaled(2.0 * math.pi)
        return phase + self._restless.drift(t_s).scaled(0.5) + constant(self._phase0[1])

    def _breath(self, t_s: FloatArray) -> Jet:
        return sine(self._breath_phase(t_s))

    def _velocity(self, t_s: FloatArray, signal: dict[str, Jet], gait: _Gait) -> tuple[Jet, Jet, Jet]:
        """Of the hips along the heading. Walking, and the hips' way in a change of pose, go where the wearer faces."""
        height = self.wearer.height_m

        def rate(name: str, scale: float) -> Jet:
            jet = signal.get(name, ZERO)
            return Jet(scale * jet.v, scale * jet.a, np.zeros(1))

        along, aside, up = gait.velocity()
        forward = along + signal.get("speed", ZERO) + rate("hips forward", height) + rate("hips back", -height)
        left = aside + rate("hips left", height)
        up = up + rate("hips up", height) + rate("cushion", 1.0) + signal.get("climb", ZERO)
        if self._path.facing_rad.any():
            faced = self._path.facing_rad[self._path.which(t_s)]
            c, s = np.cos(faced), np.sin(faced)
            forward, left = (
                Jet(c * forward.x - s * left.x, c * forward.v - s * left.v, np.zeros(1)),
                Jet(s * forward.x + c * left.x, s * forward.v + c * left.v, np.zeros(1)),
            )
        shaken = self._restless.ride(t_s, signal)
        return forward + signal.get("ride speed", ZERO) + shaken[0], left + shaken[1], up + shaken[2]


class _Gait:
    """Walking: what the stride (a phase, radians) does to the trunk while the signal `walk` is on."""

    def __init__(self, stride: Jet, phase0_rad: float, signal: dict[str, Jet]) -> None:
        self._stride = stride
        self._phase0 = phase0_rad
        self._walk = signal.get("walk", ZERO)
        self._stairs = ONE + signal.get("stairs", ZERO).scaled(0.45)

    def _swing(self, harmonic: int, amplitude: float, phase_rad: float = 0.0) -> Jet:
        shift = constant(phase_rad + harmonic * self._phase0)
        return self._walk * sine(self._stride.scaled(float(harmonic)) + shift).scaled(amplitude)

    def angles(self, passed_on: float) -> dict[str, Jet]:
        """Degrees by axis, of a segment that keeps this share of the quick turns."""
        if self._walk.is_zero:
            return {}
        swing, size = self._swing, self._stairs.scaled(0.9 + 0.4 * passed_on)
        nod = swing(2, 1.0 + 0.6 * passed_on, 0.4) + (swing(4, 0.7, 1.3) + swing(6, 0.35, 2.1)).scaled(passed_on)
        lateral = swing(1, 2.2) + (swing(3, 0.7, 0.8) + swing(5, 0.3, 2.6)).scaled(passed_on)
        yaw = swing(1, 3.5, 1.1) + swing(3, 0.6, 0.2) + swing(5, 0.4, 1.9).scaled(passed_on)
        return {"flexion": size * nod, "lateral": size * lateral, "yaw": size * yaw}

    def velocity(self) -> tuple[Jet, Jet, Jet]:
        """Forward, left, up. The walking pelvis rises about 2 cm twice a stride and sways once; the harmonics are the sharper heel
        strikes. Stairs make the rise larger, not the strikes (docs/simulator.md)."""
        if self._walk.is_zero:
            return ZERO, ZERO, ZERO
        swing = self._swing
        up = self._stairs * swing(2, 0.0165) + swing(4, 0.0021, 0.9) + swing(6, 0.0008, 1.7)
        left = swing(1, 0.018, 0.5) + swing(3, 0.0040, 1.2) + swing(5, 0.0010, 0.4)
        along = swing(2, 0.011, 2.0) + swing(4, 0.0018, 0.3)
        return tuple(Jet(jet.v, jet.a, np.zeros(1)) for jet in (along, left, up))  # type: ignore[return-value]
