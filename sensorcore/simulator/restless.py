"""Involuntary trunk movement: sway, tremor, talking, an unsteady exercise, the shaking of a ride."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensorcore.model import FloatArray
from sensorcore.simulator.body import AXES
from sensorcore.simulator.jet import ONE, ZERO, Jet, Waves

RESTLESS = 1.2
"""Tremor of somebody who was not asked to hold still; typing adds 1."""
SWAY_SHARES = {"flexion": 1.0, "lateral": 0.6, "yaw": 0.8}
TALK_DEG = {"flexion": 0.9, "lateral": 0.8, "yaw": 2.5}
HANG_DEG = {"flexion": 1.5, "lateral": 1.2, "yaw": 3.0}
LAIN = 0.25
"""Lying takes away this share of sway and tremor: as much as it does of people's, against their sitting (docs/simulator.md)."""


class Ride(NamedTuple):
    """Accelerations (RMS, m/s²) that a seat passes on, forward, left and up, and how far they rock the trunk (RMS, degrees)."""

    forward_mps2: float
    left_mps2: float
    up_mps2: float
    rock_deg: float


RIDES = {"car": Ride(0.12, 0.2, 0.3, 0.7), "bus": Ride(0.18, 0.35, 0.45, 1.3), "of effort": Ride(0.55, 0.55, 0.7, 4.5)}
"""The last is no ride: hands, elbows and heels push while the wearer gets up, lies down or turns over."""
ON_FEET = 0.8
"""Standing adds this to the sway of sitting."""
PUSHED_MPS2 = 0.08
"""Acceleration of the hips in sitting at rest (RMS, forward and left each), after people's sitting (docs/simulator.md);
standing adds half of it, lying takes away a quarter, holding still nearly all. From 0.8 Hz up: slower, the hips would have to move
by centimetres."""


class Restless:
    """All waves are drawn once; whether they show depends on the signals."""

    def __init__(self, rng: np.random.Generator, sway_deg: float) -> None:
        band = Waves.band
        self._sway = {axis: band(rng, 0.03, 1.2, share * sway_deg, 1.0) for axis, share in SWAY_SHARES.items()}
        self._tremor = {axis: band(rng, 0.6, 12.0, 0.1, 1.15, count=12) for axis in AXES}
        self._drift = band(rng, 0.02, 0.2, 0.6, 0.5, count=4)
        self._talk = {axis: band(rng, 0.12, 1.2, size, 0.8, count=6) for axis, size in TALK_DEG.items()}
        self._hang = {axis: band(rng, 0.3, 0.5, size, 0.0, count=3) for axis, size in HANG_DEG.items()}
        self._wobble = {axis: band(rng, 0.6, 3.0, 1.0, 0.7, count=6) for axis in AXES}
        self._rock = {axis: band(rng, 0.2, 2.0, 1.0, 0.8, count=6) for axis in AXES}
        self._shake = [band(rng, low, high, 1.0, 1.2, count=8) for low, high in ((0.3, 5.0), (0.3, 3.0), (0.9, 9.0))]
        self._pushed = [band(rng, 0.8, 8.0, 1.0, 1.3, count=10).jolting(PUSHED_MPS2) for _ in range(2)]

    def drift(self, t_s: FloatArray) -> Jet:
        """How far a rhythm runs ahead of its mean (radians)."""
        return self._drift.at(t_s)

    def angles(self, t_s: FloatArray, signal: dict[str, Jet]) -> dict[str, Jet]:
        """Degrees by axis, the same for all segments."""
        still, lying = signal.get("still", ZERO), signal.get("lying", ZERO)
        calm = ONE + lying.scaled(-LAIN)
        sway = (ONE + still.scaled(-0.6)) * calm * (ONE + signal.get("on feet", ZERO).scaled(ON_FEET))
        tremor = (signal.get("typing", ZERO) + (ONE + still.scaled(-1.0)).scaled(RESTLESS)) * calm
        angles = {axis: sway * self._sway[axis].at(t_s) + tremor * self._tremor[axis].at(t_s) for axis in AXES}
        extras = [(signal.get("hanging"), self._hang), (signal.get("wobble"), self._wobble)]
        extras += [
            (None if shown is None else shown.scaled(ride.rock_deg), self._rock)
            for name, ride in RIDES.items()
            for shown in [signal.get(f"ride {name}")]
        ]
        for shown, waves in extras:
            if shown is not None:
                angles = {axis: angles[axis] + shown * waves[axis].at(t_s) for axis in AXES}
        return angles

    def talk(self, t_s: FloatArray, signal: dict[str, Jet]) -> dict[str, Jet]:
        """The gestures of somebody who talks: signals of a group of body.SHARES."""
        talking = signal.get("talking")
        return {} if talking is None else {f"talk {axis}": talking * waves.at(t_s) for axis, waves in self._talk.items()}

    def ride(self, t_s: FloatArray, signal: dict[str, Jet]) -> tuple[Jet, Jet, Jet]:
        """What a vehicle's shaking, and the wearer's own pushing about, add to the velocity: forward, left, up."""
        calm = (ONE + signal.get("lying", ZERO).scaled(-LAIN)) * (ONE + signal.get("still", ZERO).scaled(-0.9))
        size = calm * (ONE + signal.get("on feet", ZERO).scaled(0.5))
        total = [size * waves.at(t_s) for waves in self._pushed] + [ZERO]
        for name, ride in RIDES.items():
            shown = signal.get(f"ride {name}")
            if shown is not None:
                for axis in range(3):
                    total[axis] = total[axis] + shown * self._shake[axis].jolting(ride[axis]).at(t_s)
        return total[0], total[1], total[2]
