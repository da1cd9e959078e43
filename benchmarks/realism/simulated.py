"""The simulator's wearers doing what the people did: random wearers by seed, scenarios as values, cut by their truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.realism.cuts import RATE_HZ, Cut, session
from benchmarks.realism.real import BENDS, ROOM, TRIM, Cuts, forward_bends
from sensorcore.model import SampleBlock
from sensorcore.simulator import Scenario, SensorModel, Simulation
from sensorcore.simulator.body import Site
from sensorcore.simulator.exercises import ExerciseSet
from sensorcore.simulator.phases import Phase, Wearer
from sensorcore.simulator.workday import Habits, random_wearer

WEARERS = 16
BACK: dict[str, Site] = {"upper back (C7)": "upper_back", "lower back (T10)": "lower_back", "pelvis (L4/5)": "sacrum"}
SEAT: dict[str, Site] = {"pelvis": "sacrum", "trunk": "upper_back"}
SETTLES_S = 3.5
"""A phase begins with its change of pose, or with the first steps."""


def somebody(seed: int) -> tuple[Wearer, Habits]:
    return random_wearer(np.random.default_rng(seed))


def run(seed: int, site: Site, phases: tuple[Phase, ...]) -> tuple[Simulation, Cut]:
    """A wearer by seed, with the sensor clipped on straight: what is compared does not depend on how."""
    wearer = replace(somebody(seed)[0], placement=site, mount_deg=(0.0, 0.0, 0.0))
    scenario = Scenario(
        "realism", "what people were recorded doing", phases, wearer, SensorModel(sample_rate_hz=RATE_HZ, rate_error=0.0)
    )
    simulation = Simulation(scenario, seed)
    block = SampleBlock.joined(list(simulation.items()))
    assert block.gyr_radps is not None
    return simulation, session(f"simulated {seed}", block.acc_mps2, block.gyr_radps, RATE_HZ)


def waist() -> Cuts:
    """What HAPT's people did, at the waist. Fidgets are as often as on a random workday."""
    cuts: Cuts = {}
    for seed in range(1, WEARERS + 1):
        rng, fidgets_per_min = np.random.default_rng([seed, 1]), somebody(seed)[1].fidgets_per_min
        phases = (
            Phase("standing", 24.0, state="standing", fidgets_per_min=6.0),
            Phase("walking", 26.0, state="walking", speed_mps=float(rng.uniform(1.0, 1.5))),
            Phase("stands", 6.0, state="standing"),
            Phase("stairs up", 18.0, state="walking", speed_mps=0.5, climb_mps=float(rng.uniform(0.25, 0.35))),
            Phase("stands", 6.0, state="standing"),
            Phase("stairs down", 18.0, state="walking", speed_mps=0.6, climb_mps=-float(rng.uniform(0.28, 0.4))),
            Phase("stands", 8.0, state="standing"),
            Phase("sitting", 24.0, state="sitting", fidgets_per_min=fidgets_per_min),
            Phase("stands", 8.0, state="standing"),
            Phase("sits", 8.0, state="sitting"),
            Phase("stands", 8.0, state="standing"),
            Phase("lying", 30.0, state="supine", fidgets_per_min=1.0),
        )
        simulation, whole = run(seed, "waist", phases)
        for span in simulation.trunk.phases:
            settles_s = 8.0 if span.phase.state == "supine" else SETTLES_S
            if span.phase.name in {"standing", "walking", "stairs up", "stairs down", "sitting", "lying"}:
                start, end = round((span.start_s + settles_s) * RATE_HZ), round(span.end_s * RATE_HZ) - 2 * TRIM
                cuts.setdefault(span.phase.name, []).append(whole.part(start, end))
        before = "standing"
        for move in simulation.trunk.poses:
            name = {("standing", "sitting"): "stand to sit", ("sitting", "standing"): "sit to stand"}.get((before, move.pose))
            before = move.pose
            if name:
                start, end = (round(t_s * RATE_HZ) for t_s in (move.start_s, move.start_s + move.duration_s))
                cuts.setdefault(name, []).append(whole.part(start, end, room=ROOM))
    return cuts


def bends() -> Cuts:
    """Three forward bends on a stool, by place; each wearer does the same three for every place. How deep and how fast is asked
    for, over about the range of the people: that much is not compared."""
    cuts: Cuts = {}
    for seed in range(1, WEARERS + 1):
        rng = np.random.default_rng([seed, 2])
        amplitude, pace_s = float(rng.uniform(0.4, 1.05)), float(rng.uniform(1.1, 1.5))
        exercise = ExerciseSet("forward_bend", BENDS, amplitude=amplitude, out_s=pace_s, hold_s=0.1, back_s=pace_s, rest_s=1.5)
        phases = Phase("sits down", 12.0, state="sitting"), Phase("bends", 30.0, exercise=exercise)
        places = {label: run(seed, site, phases)[1] for label, site in BACK.items()}
        places = {label: whole.part(round(8.0 * RATE_HZ), len(whole.up)) for label, whole in places.items()}
        for start, end in forward_bends(places["upper back (C7)"])[:BENDS]:
            for label, whole in places.items():
                cuts.setdefault(label, []).append(whole.part(start, end, room=ROOM))
    return cuts


def rises() -> Cuts:
    """Five times sit-to-stand without a pause, by place: the rises."""
    cuts: Cuts = {}
    for seed in range(1, WEARERS + 1):
        exercise = ExerciseSet("sit_to_stand", 5, rest_s=0.0, hold_s=0.0)
        phases = Phase("sits down", 10.0, state="sitting"), Phase("rises", 40.0, exercise=exercise)
        for label, site in SEAT.items():
            simulation, whole = run(seed, site, phases)
            for move in simulation.trunk.poses:
                if move.pose == "standing":
                    start, end = (round(t_s * RATE_HZ) for t_s in (move.start_s, move.start_s + move.duration_s))
                    cuts.setdefault(label, []).append(whole.part(start, end))
    return cuts
