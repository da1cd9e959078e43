"""`python -m benchmarks.exposure`: exposure of simulated workdays as spinae reports it, against the same definitions applied to the
true angles (from the uprights that the wearer showed while calibrating, with no error of tilt)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from sensorcore.model import SampleBlock
from sensorcore.motion import ticks, tilt
from sensorcore.motion.tilt import TiltParams, TiltState
from sensorcore.pipeline.single import Pipeline
from sensorcore.posture import judge, scoring
from sensorcore.posture.policy import LocalClock
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.sensor import PERFECT
from sensorcore.simulator.workday import random_workday
from sensorcore.track import exposure

SEEDS = (1, 2, 3, 4, 5, 6)
MINUTES = 60


def both(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is reported of the day, and what would be of the true angles."""
    simulation, settings = Simulation(random_workday(seed, minutes=MINUTES), seed), Settings()
    parts = list(simulation.pieces())
    block, true_up = SampleBlock.joined([part.block for part in parts]), np.concatenate([part.truth.up for part in parts])
    pipeline = Pipeline(replace(simulation.info, calibration=measured(simulation)), settings)
    _, output = pipeline.step(pipeline.initial(), block)
    seen = exposure.step(exposure.ExposureState(), output.track)

    doubt = tilt.step(TiltParams.of(simulation.info.device, settings.motion), TiltState(), block)[1]
    _, complete = ticks.step(ticks.initial(), block, replace(doubt, up=true_up))
    perfect = replace(PERFECT, sample_rate_hz=simulation.model.sample_rate_hz)
    shown = measured(Simulation(simulation.scenario, simulation.seed, sensor=perfect, mount=simulation.mount))
    _, track, *_ = judge.step(settings, LocalClock(None), scoring.initial(replace(simulation.info, calibration=shown)), complete)
    return exposure.summary(seen), exposure.summary(exposure.step(exposure.ExposureState(), track))


def main() -> None:
    days = [both(seed) for seed in SEEDS]
    print(f"| {len(SEEDS)} random workdays of {MINUTES} min | largest true value | largest error |\n|---|---|---|")
    rows: dict[str, Any] = {}
    for p in exposure.PERCENTILES:
        rows[f"inclination, {p}th percentile, degrees"] = lambda day, p=str(p): day["inclination_percentiles_deg"][p]
    for limit in exposure.LIMITS_DEG:
        rows[f"time above {limit}°, s"] = lambda day, limit=str(limit): day["above_s"][limit]
    rows["time in static poses, s"] = lambda day: day["static_s"]
    rows["longest static pose, s"] = lambda day: (
        day["longest_static"]["end_s"] - day["longest_static"]["start_s"] if day["longest_static"] else 0
    )
    rows["posture changes an hour"] = lambda day: day["posture_changes_per_hour"]
    for name, value in rows.items():
        pairs = np.array([(value(said), value(true)) for said, true in days])
        print(f"| {name} | {pairs[:, 1].max():g} | {np.abs(pairs[:, 0] - pairs[:, 1]).max():.3g} |")


if __name__ == "__main__":
    main()
