"""Simulated wearers who exercise, through the product: what was done, and what was counted as it happened and at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sensorcore.commands import Command
from sensorcore.events import Event, HoldEnded, RepCounted, SetEnded
from sensorcore.pipeline.single import Pipeline
from sensorcore.ports import StreamItem
from sensorcore.repetition import Repetition
from sensorcore.settings import Settings
from sensorcore.simulator import random_mount
from sensorcore.simulator.body import Site
from sensorcore.simulator.calibration import calibrated
from sensorcore.simulator.exercises import DRILLS, ExerciseSet
from sensorcore.simulator.exercises import TrueRepetition as Done
from sensorcore.simulator.phases import Bends, BodyState, Phase, Wearer
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.simulation import Simulation

RATE_HZ = 52.0
SET_UP = (
    Phase("stand still", 6.0, "standing", still=True, calibrates="standing"),
    Phase("bow", 14.0, still=True, calibrates="bows", bends=Bends(3, 45.0, down_s=1.3, up_s=1.3)),
    Phase("sit still", 11.0, "sitting", still=True, calibrates="sitting"),
)
TILT_DEG = {"waist": 13.0, "lower_back": 5.85}
"""What a pelvic tilt of amplitude 1 turns the place by (simulate/exercises.py, body.py)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One opening of an exercise: the full repetitions really done, those emitted live, those that count at the end."""

    exercise: str
    true: list[Done]
    emitted: list[RepCounted | HoldEnded]
    counted: list[Repetition]

    @property
    def late_s(self) -> list[float]:
        """Latency of each live event after the true end of its repetition; negative is before."""
        late = []
        for event in self.emitted:
            shared_s = {done.end_s: min(done.end_s, event.rep.end_s) - max(done.start_s, event.rep.start_s) for done in self.true}
            end_s = max(shared_s, key=lambda end_s: shared_s[end_s], default=0.0)
            if shared_s.get(end_s, 0.0) > 0:
                late.append(event.t_s - end_s)
        return late


def through(simulation: Simulation, spans: Sequence[tuple[float, float, str]]) -> tuple[list[Outcome], list[Event]]:
    """The wearer through the pipeline with the exercise of each span (start, end, name) open."""
    info = replace(simulation.info, calibration=calibrated(simulation))
    pipeline = Pipeline(info, Settings())
    state = pipeline.initial()
    events: list[Event] = []
    edges = [(t_s, name) for start_s, end_s, name in spans for t_s, name in ((start_s, name), (end_s, ""))]
    said: list[tuple[float, Command]] = [(t_s, Command(t_s, "exercise", name)) for t_s, name in edges]
    for block in simulation.items():
        items: list[StreamItem] = []
        begin = 0
        while said and len(block) and said[0][0] <= block.t_s[-1]:
            t_s, command = said.pop(0)
            at = int(np.searchsorted(block.t_s, t_s))
            items += [block[begin:at], command]
            begin = at
        for item in (*items, block[begin:]):
            state, output = pipeline.step(state, item)
            events += output.events
    events += pipeline.finish(state)[1].events
    done = simulation.trunk.repetitions()
    outcomes = []
    for start_s, end_s, name in spans:
        true = [each for each in done if start_s <= each.start_s < end_s and each.counts == "full"]
        inside = [event for event in events if start_s <= event.t_s <= end_s + 0.2]
        emitted = [event for event in inside if isinstance(event, RepCounted | HoldEnded)]
        reps = [rep for event in inside if isinstance(event, SetEnded) for rep in event.reps]
        outcomes.append(Outcome(name, true, emitted, reps))
    return outcomes, events


def pelvic_tilts(seed: int) -> tuple[Simulation, tuple[float, float, str]]:
    """5 to 15 pelvic tilts of 5 to 20° and 2 to 6 s, in one of the four poses, with pauses in which the wearer fidgets, a posture
    that drifts, and a sensor with its errors; and from when to when the exercise is open."""
    rng = np.random.default_rng(seed)
    range_deg, lasts_s = rng.uniform(5.0, 19.5), rng.uniform(2.0, 6.0)
    place: Site = "lower_back" if range_deg < 8.5 and rng.random() < 0.5 else "waist"
    hold = rng.uniform(0.0, 0.3)
    out_s = (1.0 - hold) * lasts_s * rng.uniform(0.4, 0.6)
    back_s = (1.0 - hold) * lasts_s - out_s
    left = int(rng.integers(5, 16))
    pose: BodyState = ("supine", "standing", "sitting", "all_fours")[int(rng.integers(4))]
    phases = [*SET_UP, Phase("into the pose", 14.0, pose)]
    upright = pose in ("standing", "sitting")
    while left:
        count = min(left, int(rng.integers(2, 7)))
        left -= count
        drill = ExerciseSet(
            "pelvic_tilt",
            count,
            amplitude=range_deg / TILT_DEG[place],
            out_s=out_s,
            hold_s=hold * lasts_s,
            back_s=back_s,
            rest_s=float(rng.uniform(0.3, 2.0)),
            fatigue=float(rng.uniform(0.0, 0.25)),
            wobble_deg=float(rng.uniform(0.0, 0.4)),
        )
        drift = float(rng.normal(0.0, 2.0)) if upright else None
        seconds = count * (1.4 * lasts_s + drill.tempo().rest_s) + 3.0
        phases.append(Phase("set", seconds, exercise=drill, flexion_deg=drift, move_s=2.0))
        if left:
            phases.append(Phase("pause", float(rng.uniform(4.0, 12.0)), fidgets_per_min=10.0))
    wearer = Wearer(place, height_m=float(rng.uniform(1.55, 1.9)), sway_deg=float(rng.uniform(0.2, 0.6)))
    simulation = _simulated("pelvic tilts", phases, wearer, seed, rng)
    begins_s = sum(phase.duration_s for phase in phases[: len(SET_UP) + 1])
    return simulation, (begins_s, simulation.duration_s, "pelvic_tilt")


def every_exercise(place: Site, seed: int) -> tuple[Simulation, list[tuple[float, float, str]]]:
    """A set of every exercise in each of its poses, of random size and pace."""
    rng = np.random.default_rng(seed)
    phases, spans = [*SET_UP], list[tuple[float, float, str]]()
    for name, drill in DRILLS.items():
        for pose in drill.poses:
            phases.append(Phase(f"to {pose}", 16.0, pose))  # type: ignore[arg-type]
            size, pace = float(rng.uniform(0.8, 1.2)), float(rng.uniform(0.8, 1.3))
            tempo = drill.tempo
            holds = tempo.hold_s >= 10.0
            count = 2 if holds else int(rng.integers(4, 9))
            hold_s = float(rng.uniform(0.6, 1.2)) * tempo.hold_s
            done = ExerciseSet(name, count, amplitude=size, out_s=pace * tempo.out_s, back_s=pace * tempo.back_s, hold_s=hold_s)
            seconds = count * (1.5 * (done.tempo().out_s + done.tempo().back_s) + hold_s + tempo.rest_s + 3.0) + 6.0
            start_s = math.fsum(phase.duration_s for phase in phases)
            phases.append(Phase(f"{name}, {pose}", seconds, exercise=done))
            spans.append((start_s, start_s + seconds, name))
    wearer = Wearer(place, height_m=float(rng.uniform(1.55, 1.9)), sway_deg=float(rng.uniform(0.2, 0.5)))
    return _simulated("every exercise", phases, wearer, seed, rng), spans


def doing(name: str, minutes: float, seed: int, place: Site = "lower_back") -> Simulation:
    """Nobody exercises: "fidgeting", "quiet", "desk" (typing) or "walking"."""
    rng = np.random.default_rng(seed)
    what = {
        "fidgeting": Phase(name, 60.0 * minutes, "sitting", fidgets_per_min=6.0),
        "quiet": Phase(name, 60.0 * minutes, "sitting"),
        "desk": Phase(name, 60.0 * minutes, "sitting", typing=True, talking=True, fidgets_per_min=1.0),
        "walking": Phase(name, 60.0 * minutes, "walking", turn_deg=360.0),
    }[name]
    return _simulated(name, [*SET_UP, what], Wearer(place), seed, rng)


def _simulated(name: str, phases: Sequence[Phase], wearer: Wearer, seed: int, rng: np.random.Generator) -> Simulation:
    scenario = Scenario(name, name, tuple(phases), wearer)
    return Simulation(scenario, seed, sample_rate_hz=RATE_HZ, mount=random_mount(rng))
