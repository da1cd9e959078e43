"""Pictures of sets that were counted wrongly: `python -m benchmarks.reps_pictures OUT --trunkyxl FOLDER`, or `--tilts SEED`.

People's angles are for a folder of your own: their data may not be passed on. Simulated ones may, and `misses.svg`, which holds
nothing but how far each movement went.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from unittest import mock

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from benchmarks.exercising import pelvic_tilts, through
from sensorcore.exercise import offline_counter, trace
from sensorcore.exercise.catalogue import Exercise, catalogue
from sensorcore.exercise.excursion import ANGLES, COLUMN, Excursion, dominates
from sensorcore.model import SampleBlock, StreamInfo
from sensorcore.motion import ticks, tilt
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.repetition import Repetition
from sensorcore.settings import Settings
from sensorcore.simulator.calibration import measured
from sensorcore.validation.trunkyxl import counted, recordings, sources

mpl.rcParams.update({"svg.hashsalt": "spinae", "svg.fonttype": "none"})

COUNTED, DONE = "tab:blue", "tab:green"
SMALL: Final = 0.3
SAME_TICKS: Final = 5
FLANKS: Final = 0.75
"""Between its flanks an excursion goes three quarters of its size."""
SENSORS: Final = {"upper_back": "C7", "lower_back": "T10", "pelvis": "L4/5"}
WORDS: Final = {"forward_bend": "bends", "side_bend": "side bends", "trunk_rotation": "turns"}
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


@dataclass(frozen=True, slots=True)
class Missed:
    """A set that was counted wrongly, and each way somebody moved in it (m,): degrees on the exercise's own axis, most degrees on
    another, whether it was counted. `least` counts."""

    title: str
    least_deg: float
    own_deg: np.ndarray
    other_deg: np.ndarray
    counted: np.ndarray


def missed_set(title: str, exercise: Exercise, frame: trace.Frame | None, rows: np.ndarray) -> Missed:
    """Counted again, and again with a much smaller movement allowed."""
    table = [tuple(row) for row in rows.tolist()]
    real = [each.peak for each in offline_counter.recount(exercise, frame, table)]
    candidates: dict[int, tuple[float, float]] = {}

    def look(asked: Exercise, seen: Sequence[trace.Row], each: Excursion, *rest: float) -> bool:
        ranges = {axis: np.ptp([row[axis] for row in seen[each.first : each.last + 1]]) for axis in ANGLES}
        own = float(ranges.pop(COLUMN[asked.signal]))
        candidates[each.peak] = own, float(max(ranges.values()))
        return dominates(asked, seen, each, *rest)

    with mock.patch.object(offline_counter, "dominates", look):
        offline_counter.recount(replace(exercise, least=SMALL * exercise.least), frame, table)
        offline_counter.recount(exercise, frame, table)
    peaks = np.asarray(list(candidates))
    sizes = np.asarray(list(candidates.values())).reshape(-1, 2)
    is_counted = np.asarray([any(abs(peak - other) <= SAME_TICKS for other in real) for peak in peaks], dtype=np.bool_)
    return Missed(title, FLANKS * exercise.least, sizes[:, 0], sizes[:, 1], is_counted)


def draw_misses(path: Path, misses: Sequence[Missed]) -> None:
    """A panel each: what counts lies right of the line, and below the diagonal."""
    columns = 5
    figure, panels = plt.subplots(-(-len(misses) // columns), columns, figsize=(13, 8), layout="constrained", squeeze=False)
    for axes in panels.flat[len(misses) :]:
        axes.axis("off")
    for axes, each in zip(panels.flat, misses, strict=False):
        axes.plot([0.3, 150], [0.3, 150], color="0.6", lw=0.8)
        axes.axvline(each.least_deg, color="0.6", lw=0.8, ls=":")
        for is_counted, marker in ((False, {"mfc": "none", "label": "not counted"}), (True, {"mfc": COUNTED, "label": "counted"})):
            part = each.counted == is_counted
            axes.plot(each.own_deg[part], each.other_deg[part], "o", ms=4, mec=COUNTED, **marker)
        axes.set_title(each.title, fontsize=8)
        axes.set(xscale="log", yscale="log", xlim=(0.3, 150), ylim=(0.3, 150))
        axes.minorticks_off()
        axes.tick_params(labelsize=7)
    panels[0, 0].legend(fontsize=7, frameon=False)
    figure.supxlabel("degrees on the exercise's own axis")
    figure.supylabel("most degrees on another")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def people(data: Path, out: Path) -> None:
    """Every missed set of TrunkyXL."""
    misses: list[Missed] = []
    by_name = {recording.name: recording for recording in recordings(data)}
    persons: list[str] = []
    for missed in (each for each in counted(data, print) if each.error):
        person = missed.recording.split("_QSM")[0]
        persons += [] if person in persons else [person]
        source = next(source for source, place in sources(by_name[missed.recording]) if place == missed.place)
        rows = rows_of(source.info, source.block, trace.frame_of(source.info, None, (0.0, 0.0, -1.0), True))
        title = f"{missed.place}, {missed.exercise}: {len(missed.reps)} of {missed.expected}"
        who = f"person {chr(ord('A') + persons.index(person))}, {SENSORS[missed.place]}, {WORDS[missed.exercise]}"
        frame = trace.frame_of(source.info, None, (0.0, 0.0, -1.0), True)
        title = f"{who}: {len(missed.reps)} of {missed.expected}"
        misses.append(missed_set(title, catalogue()[missed.exercise], frame, rows))
        draw(out / f"{missed.recording}-{missed.place}-{missed.exercise}.png", title, rows, missed.reps)

    draw_misses(out / "misses.svg", misses)


def simulated(seed: int, out: Path) -> None:
    """One simulated set of pelvic tilts."""
    simulation, span = pelvic_tilts(seed)
    (outcome,), _ = through(simulation, [span])
    calibration = measured(simulation)
    frame = trace.frame_of(simulation.info, calibration.upright["standing"], calibration.forward, False)
    rows = rows_of(simulation.info, SampleBlock.joined(list(simulation.items())), frame)
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
