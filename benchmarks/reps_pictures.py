"""Pictures of sets that were counted wrongly: `python -m benchmarks.reps_pictures OUT --trunkyxl FOLDER`, or `--tilts SEED`.

People's pictures are for a folder of your own: their data may not be passed on. Simulated ones may.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.exercising import pelvic_tilts, through
from sensorcore.exercise import trace
from sensorcore.exercise.repetition import Repetition
from sensorcore.model import SampleBlock, StreamInfo, join
from sensorcore.motion import ticks, tilt
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.settings import Settings
from sensorcore.source.simulate.calibration import measured
from sensorcore.validate.trunkyxl import counted, sources

COUNTED, DONE = "tab:blue", "tab:green"
AXES: Final = ((trace.FLEXION, "flexion"), (trace.LATERAL, "aside"), (trace.TURN, "turn"))


def rows_of(info: StreamInfo, block: SampleBlock, frame: trace.Frame | None) -> np.ndarray:
    """What the counting sees, (n, COLUMNS)."""
    _, pose = tilt.step(tilt.TiltParams.of(info.device, Settings().motion), tilt.TiltState(), block)
    complete = ticks.step(ticks.initial(), block, pose)[1]
    return np.asarray(trace.step(trace.TraceState(frame), complete)[1])


def draw(path: Path, title: str, rows: np.ndarray, reps: Sequence[Repetition], done: Sequence[tuple[float, float]] = ()) -> None:
    """The angles, above them what was counted, below them what was done (start and end, s) if that is known."""
    figure, axes = plt.subplots(figsize=(11, 4))
    for column, name in AXES:
        axes.plot(rows[:, trace.INDEX] / TICK_HZ, rows[:, column] - rows[0, column], label=name)
    for rep in reps:
        axes.axvspan(rep.start_s, rep.end_s, 0.93, 1.0, alpha=0.4, color=COUNTED, lw=0)
    for start_s, end_s in done:
        axes.axvspan(start_s, end_s, 0.0, 0.07, alpha=0.4, color=DONE, lw=0)
    axes.set(xlabel="s", ylabel="degrees", title=title)
    axes.legend()
    figure.savefig(path, dpi=80, bbox_inches="tight", metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def people(data: Path, out: Path) -> None:
    """Every missed set of TrunkyXL."""
    for missed in (each for each in counted(data, print) if each.error):
        source = next(source for source, place in sources(data / f"{missed.recording}.npz") if place == missed.place)
        rows = rows_of(source.info, source.block, trace.frame_of(source.info, None, (0.0, 0.0, -1.0), True))
        title = f"{missed.place}, {missed.exercise}: {len(missed.reps)} of {missed.expected}"
        draw(out / f"{missed.recording}-{missed.place}-{missed.exercise}.png", title, rows, missed.reps)


def simulated(seed: int, out: Path) -> None:
    """One simulated set of pelvic tilts."""
    simulation, span = pelvic_tilts(seed)
    (outcome,), _ = through(simulation, [span])
    calibration = measured(simulation)
    frame = trace.frame_of(simulation.info, calibration.upright["standing"], calibration.forward, False)
    rows = rows_of(simulation.info, join(list(simulation.items())), frame)
    inside = rows[rows[:, trace.INDEX] >= span[0] * TICK_HZ]
    title = f"simulated pelvic tilts: {len(outcome.counted)} counted (above), {len(outcome.true)} done (below)"
    draw(out / f"tilts-{seed}.svg", title, inside, outcome.counted, [(each.start_s, each.end_s) for each in outcome.true])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    parser.add_argument("--trunkyxl", type=Path, help="the folder of TrunkyXL: every missed set")
    parser.add_argument("--tilts", type=int, help="the seed of a simulated set of pelvic tilts")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.trunkyxl:
        people(args.trunkyxl, args.out)
    if args.tilts is not None:
        simulated(args.tilts, args.out)


if __name__ == "__main__":
    main()
