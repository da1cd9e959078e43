"""Wearers and workdays by seed: who they are, how they sit, and an hour or a day of it as a scenario.

A slouch creeps in over a minute or more, stays under the threshold, then sinks through it within seconds; others stop short of it.
On purpose no posture rests within DOUBT_DEG of the default threshold for long, and no slouch lasts about as long as the default
delay of an alert: what is right there, nobody could say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from sensorcore.simulator.body import PLACES, SHARES
from sensorcore.simulator.faults import Fault
from sensorcore.simulator.phases import Bends, Phase, Wearer
from sensorcore.simulator.scenario import Scenario

DOUBT_DEG: Final = 1.5
UNDER_DEG: Final = (5.0, 11.5)
"""Slouches that stop short: with sway and fidgets still well below 15°."""
SINK_S: Final = (5.0, 14.0)
SHORT_SHARE: Final = 0.15
"""This share of slouches is over within 10 s, the others stay for 20 s or more."""
SLUMPS_FROM_DEG: Final = 10.0
"""A place that an ordinary slump turns by less than this shows no slump: there, somebody slouches by leaning."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody sits: how often they slouch, how far beyond upright (mean, at the sensor), how restless they are, what share of
    their time they type, how many minutes they sit before they get up, and what share of their breaks they lie down in."""

    slouches_per_hour: float
    slouch_deg: float
    fidgets_per_min: float
    typing_share: float
    spell_min: float
    lies_down: float


def random_wearer(rng: np.random.Generator) -> tuple[Wearer, Habits]:
    """Somebody, with a sensor clipped on anywhere and any way round."""
    mount = (rng.uniform(-180.0, 180.0), math.degrees(math.asin(rng.uniform(-1.0, 1.0))), rng.uniform(-180.0, 180.0))
    wearer = Wearer(
        placement=list(PLACES)[rng.integers(len(PLACES))],
        height_m=round(float(np.clip(rng.normal(1.71, 0.09), 1.5, 2.0)), 2),
        breaths_per_min=round(rng.uniform(11.0, 19.0), 1),
        breath_deg=round(rng.uniform(0.25, 0.6), 2),
        sway_deg=round(rng.uniform(0.25, 0.45), 2),
        steps_per_s=round(rng.uniform(1.6, 2.05), 2),
        mount_deg=(round(mount[0], 1), round(mount[1], 1), round(mount[2], 1)),
    )
    habits = Habits(
        slouches_per_hour=rng.uniform(6.0, 20.0),
        slouch_deg=rng.uniform(20.0, 27.0),
        fidgets_per_min=rng.uniform(1.0, 5.0),
        typing_share=rng.uniform(0.4, 0.9),
        spell_min=rng.uniform(5.0, 15.0),
        lies_down=rng.uniform(0.0, 0.3),
    )
    return wearer, habits


def random_workday(seed: int, minutes: float = 60.0) -> Scenario:
    """`minutes` of somebody's work at a desk, with its breaks; begins with a calibration. The same seed, the same day."""
    rng = np.random.default_rng(seed)
    wearer, habits = random_wearer(rng)
    day = _Day(rng, wearer, habits)
    phases, left_s = [], minutes * 60.0
    for phase in day.phases():
        if phase.duration_s > left_s - 5.0:
            break
        phases.append(phase)
        left_s -= phase.duration_s
    phases.append(Phase("the end", round(left_s, 1), fidgets_per_min=1.0))
    gaps = tuple(
        Fault("lost", at_s=round(at_s, 1), duration_s=round(rng.uniform(0.3, 12.0), 1), share=1.0)
        for at_s in _apart(rng.uniform(60.0, minutes * 60.0, rng.poisson(minutes / 60.0)))
    )
    return Scenario(f"workday-{seed}", f"{minutes:g} min at a desk, by chance", tuple(phases), wearer, faults=gaps)


def _apart(times_s: np.ndarray) -> list[float]:
    kept: list[float] = []
    for t_s in sorted(times_s.tolist()):
        if not kept or t_s > kept[-1] + 30.0:
            kept.append(t_s)
    return kept


class _Day:
    """Endless sequence of phases."""

    def __init__(self, rng: np.random.Generator, wearer: Wearer, habits: Habits) -> None:
        self._rng = rng
        self._habits = habits
        self._slumps_deg = SHARES["slump sitting"]["flexion"][PLACES[wearer.placement].segment]
        episodes_per_hour = 40.0
        slouch = min(habits.slouches_per_hour / episodes_per_hour, 0.5)
        rest = 1.0 - slouch
        self._episodes = [
            (slouch * 0.8, self._slouch),
            (slouch * 0.2, self._lean_aside),
            (rest * 0.45, self._work),
            (rest * 0.2, self._stop_short),
            (rest * 0.15, self._reach),
            (rest * 0.2, self._cross_legs),
        ]

    def phases(self) -> Iterator[Phase]:
        yield Phase("stand still", 6.0, state="standing", still=True, calibrates="standing")
        bows = Bends(count=3, flexion_deg=45.0, down_s=1.3, hold_s=0.5, up_s=1.3, rest_s=1.2)
        yield Phase("three bows", 14.0, still=True, bends=bows, calibrates="bows")
        yield Phase("sit still", 11.0, state="sitting", still=True, calibrates="sitting")
        shares, episodes = zip(*self._episodes, strict=True)
        while True:
            until_s = 60.0 * self._rng.uniform(0.5, 1.5) * self._habits.spell_min
            yield self._sit("back at the desk", self._between(10.0, 40.0), state="sitting", flexion_deg=self._between(-1.0, 3.0))
            while until_s > 0:
                for phase in episodes[self._rng.choice(len(shares), p=shares)]():
                    until_s -= phase.duration_s
                    yield phase
            yield from self._break()

    def _between(self, low: float, high: float) -> float:
        return round(float(self._rng.uniform(low, high)), 1)

    def _sit(self, name: str, duration_s: float, **more: Any) -> Phase:
        doing = {"typing": True} if self._rng.random() < self._habits.typing_share else {"talking": self._rng.random() < 0.3}
        return Phase(name, duration_s, fidgets_per_min=round(self._habits.fidgets_per_min, 1), **{**doing, **more})

    def _upright(self, name: str = "sits up", duration_s: float | None = None) -> Phase:
        upright = {"flexion_deg": self._between(-1.0, 2.5), "lateral_deg": self._between(-1.5, 1.5), "slump": 0.0}
        duration_s = duration_s or self._between(25.0, 90.0)
        return self._sit(name, duration_s, move_s=self._between(1.2, 3.0), legs="uncrossed", **upright)

    def _depth(self, deg: float) -> dict[str, float]:
        """The posture in which the sensor's place is `deg` from upright: a slump with what leaning it takes, or leaning alone."""
        if abs(self._slumps_deg) < SLUMPS_FROM_DEG:
            return {"flexion_deg": round(deg, 1)}
        slump = round(float(self._rng.uniform(0.4, 0.9)) * min(deg / 18.0, 1.2), 2)
        return {"slump": slump, "flexion_deg": round(math.copysign(deg, self._slumps_deg) - slump * self._slumps_deg, 1)}

    def _work(self) -> Iterator[Phase]:
        yield self._upright("works upright", self._between(40.0, 150.0))

    def _stop_short(self) -> Iterator[Phase]:
        yield self._sit(
            "rounds a little",
            self._between(60.0, 150.0),
            move_s=self._between(20.0, 50.0),
            **self._depth(self._between(*UNDER_DEG)),
        )
        yield self._upright()

    def _slouch(self) -> Iterator[Phase]:
        under, creep_s = self._depth(self._between(*UNDER_DEG)), self._between(20.0, 150.0)
        yield self._sit("a slouch creeps in", creep_s, move_s=creep_s, **under)
        deg = float(np.clip(self._rng.normal(self._habits.slouch_deg, 2.5), 19.0, 33.0))
        short = self._rng.random() < SHORT_SHARE
        sink_s = self._between(2.0, 4.0) if short else self._between(*SINK_S)
        held_s = self._between(2.0, 5.0) if short else self._between(21.0, 110.0)
        yield self._sit("sinks", round(sink_s + held_s, 1), move_s=sink_s, **self._depth(deg))
        yield self._upright()

    def _lean_aside(self) -> Iterator[Phase]:
        side = 1.0 if self._rng.random() < 0.5 else -1.0
        beyond = self._rng.random() < 0.7
        deg = self._between(19.0, 24.0) if beyond else self._between(4.0, 9.0)
        yield self._sit("leans on an elbow", self._between(26.0, 70.0), lateral_deg=side * deg, move_s=self._between(1.5, 4.0))
        yield self._upright()

    def _reach(self) -> Iterator[Phase]:
        reach = Bends(
            flexion_deg=self._between(25.0, 55.0),
            lateral_deg=self._between(-20.0, 20.0),
            turn_deg=self._between(-30.0, 30.0),
            down_s=self._between(0.9, 1.6),
            hold_s=self._between(0.5, 1.5),
            up_s=self._between(1.0, 1.7),
        )
        yield self._sit("reaches for something", self._between(8.0, 20.0), bends=reach, typing=False, talking=False)

    def _cross_legs(self) -> Iterator[Phase]:
        side = "left" if self._rng.random() < 0.5 else "right"
        yield self._sit("crosses the legs", self._between(30.0, 120.0), legs=side, slump=0.0, flexion_deg=self._between(-1.0, 3.0))
        yield self._upright()

    def _break(self) -> Iterator[Phase]:
        standing = partial(Phase, state="standing", flexion_deg=0.0, lateral_deg=0.0, fidgets_per_min=6.0)
        yield standing("stands up", self._between(6.0, 60.0))
        for _ in range(self._rng.integers(1, 4)):
            turn_deg = 90.0 * int(self._rng.integers(-4, 5))
            speed = self._between(0.9, 1.5)
            yield Phase("walks", self._between(12.0, 90.0), state="walking", flexion_deg=3.0, speed_mps=speed, turn_deg=turn_deg)
            down = Bends(flexion_deg=self._between(50.0, 95.0), down_s=1.4, hold_s=self._between(0.4, 1.5), up_s=1.5)
            picks = {"bends": down} if self._rng.random() < 0.4 else {"talking": self._rng.random() < 0.5}
            yield standing("stands about", self._between(8.0, 60.0), **picks)
        if self._rng.random() < self._habits.lies_down:
            for state in ("supine", *self._rng.permutation(["left_side", "right_side"])[: self._rng.integers(0, 2)].tolist()):
                yield Phase("lies down", self._between(30.0, 150.0), state=state, flexion_deg=0.0, fidgets_per_min=1.0)
