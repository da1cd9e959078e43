"""`python -m benchmarks.contexts [--days 8]`: the simulated wearer's context against the detected one, and its latency.

Random workdays of 60 min (every place of the sensor, by seed), calibrated as a wearer would; the truth is the simulator's. A moment
counts by the context said at that time. Late: from the start of a stretch of the truth that lasts 5 s or more, until its context is
first said."""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.days import live
from sensorcore.errors import CalibrationRefused
from sensorcore.events import ContextChanged
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.workday import random_workday
from sensorcore.track.posture_track import CONTEXTS

TRUTHS = ("sitting", "standing", "walking", "lying", "moving")
SAID = (*TRUTHS, "not_worn", "unknown")
LASTING_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=8)
    seconds = np.zeros((len(CONTEXTS), len(CONTEXTS)))
    late_s: dict[str, list[float]] = {name: [] for name in TRUTHS}
    days = 0
    for seed in range(parser.parse_args().days):
        simulation = Simulation(random_workday(seed, minutes=60), seed)
        try:
            day = live(simulation, measured(simulation), Settings())
        except CalibrationRefused:
            continue
        days += 1
        changes = [event for event in day.said if isinstance(event, ContextChanged)]
        codes = np.asarray([CONTEXTS.index("unknown"), *(CONTEXTS.index(change.state) for change in changes)])
        said = codes[np.searchsorted([change.t_s - 1 / TICK_HZ for change in changes], day.t_s + 1e-6, side="right")]
        np.add.at(seconds, (day.true_state, said), 1 / simulation.model.sample_rate_hz)
        first = np.flatnonzero(np.diff(day.true_state, prepend=-1))
        for a, b in zip(first, np.append(first[1:], len(day.t_s)), strict=True):
            name = CONTEXTS[day.true_state[a]]
            hits = np.flatnonzero(said[a:b] == day.true_state[a])
            if name in late_s and day.t_s[b - 1] - day.t_s[a] >= LASTING_S:
                late_s[name].append(float(day.t_s[a + hits[0]] - day.t_s[a]) if len(hits) else np.inf)
    print(
        f"| {days} random workdays, share of the truth | "
        + " | ".join(f"said {name}" for name in SAID)
        + " | told after: median, 95 % |"
    )
    print("|---" * (len(SAID) + 2) + "|")
    for name in TRUTHS:
        row = seconds[CONTEXTS.index(name)]
        shares = (f"{row[CONTEXTS.index(other)] / max(row.sum(), 1e-9):.1%}" for other in SAID)
        late = ", ".join(f"{np.quantile(late_s[name], q, method='higher'):.1f} s" for q in (0.5, 0.95)) if late_s[name] else "–"
        print(f"| {name} | " + " | ".join(shares) + f" | {late} |")


if __name__ == "__main__":
    main()
