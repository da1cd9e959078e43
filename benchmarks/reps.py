"""Repetitions counted on simulated wearers: `python -m benchmarks.reps`, prints Markdown tables. People's are printed by
`spinae validate trunkyxl FOLDER` and `spinae validate eurobench_sts FOLDER`.

`python -m benchmarks.reps_pictures` draws the sets that were counted wrongly.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import Final

import numpy as np

from benchmarks.exercising import Outcome, doing, every_exercise, pelvic_tilts, through
from sensorcore.events import SetEnded
from sensorcore.simulator.body import Site

PLACES: Final[tuple[Site, ...]] = ("waist", "lower_back", "upper_back")


def shares(errors: list[int]) -> str:
    size = np.abs(errors)
    return f"{100 * np.mean(size == 0):.1f} % | {100 * np.mean(size <= 1):.1f} %"


def tilts(seeds: int, first: int) -> None:
    """Pelvic tilts: as it happens, and at the end of the set."""
    outcomes: list[Outcome] = []
    for seed in range(first, first + seeds):
        simulation, span = pelvic_tilts(seed)
        outcomes += through(simulation, [span])[0]
    late_s = np.concatenate([outcome.late_s for outcome in outcomes])
    print(f"| pelvic tilts, {seeds} sets, {sum(len(o.true) for o in outcomes)} repetitions | exact | within 1 |\n|---|---|---|")
    print(f"| as it happens | {shares([len(o.emitted) - len(o.true) for o in outcomes])} |")
    print(f"| at the end of the set | {shares([len(o.counted) - len(o.true) for o in outcomes])} |\n")
    print(f"Told after the end of the repetition (negative: before): median {np.median(late_s):.1f} s, ", end="")
    print(f"95 % by {np.percentile(late_s, 95):.1f} s; {np.sum(late_s > 0.5)} more than 0.5 s after it: they waited for a second\n")


def others(seeds: int) -> None:
    """Every exercise in each of its poses, by where the sensor sits."""
    found: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for place in PLACES:
        for seed in range(seeds):
            simulation, spans = every_exercise(place, 1000 + seed)
            for outcome in through(simulation, spans)[0]:
                found[outcome.exercise][place].append(outcome)
    print(
        f"| exact / within 1 / sides right, at the end of the set, {seeds} wearers | " + " | ".join(PLACES).replace("_", " ") + " |"
    )
    print("|---" * (1 + len(PLACES)) + "|")
    for exercise, by_place in found.items():
        cells = []
        for place in PLACES:
            outcomes = by_place[place]
            size = np.abs([len(o.counted) - len(o.true) for o in outcomes])
            sided = [o for o in outcomes if len(o.counted) == len(o.true) and o.true and o.true[0].side]
            pairs = [(a.side, b.side) for o in sided for a, b in zip(o.true, o.counted, strict=True)]
            sides = f" / {100 * np.mean([a == b for a, b in pairs]):.0f} %" if pairs else ""
            cells.append(f"{100 * np.mean(size == 0):.0f} / {100 * np.mean(size <= 1):.0f} %{sides}")
        print(f"| {exercise.replace('_', ' ')} | {' | '.join(cells)} |")
    print()


def false(seeds: int) -> None:
    """What is counted while nobody exercises."""
    print("| nobody exercises | hours | counted as it happened | counted at the end |\n|---|---|---|---|")
    for name, is_open, minutes in (
        ("fidgeting", True, 20.0),
        ("quiet", False, 20.0),
        ("desk", False, 20.0),
        ("walking", False, 20.0),
    ):
        emitted = counted = 0
        for seed in range(seeds):
            simulation = doing(name, minutes, seed)
            begins_s = simulation.duration_s - 60.0 * minutes + 20.0
            spans = [(begins_s, simulation.duration_s, "pelvic_tilt")] if is_open else []
            outcomes, events = through(simulation, spans)
            emitted += sum(len(outcome.emitted) for outcome in outcomes)
            counted += sum(len(event.reps) for event in events if isinstance(event, SetEnded))
        words = f"{name}, pelvic tilt {'open' if is_open else 'closed'}"
        print(f"| {words} | {seeds * minutes / 60:.1f} | {emitted} | {counted} |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200, help="sets of pelvic tilts")
    parser.add_argument("--first", type=int, default=1000, help="the first seed")
    parser.add_argument("--wearers", type=int, default=8, help="wearers who do every exercise, at each place")
    args = parser.parse_args()
    tilts(args.sets, args.first)
    others(args.wearers)
    false(6)


if __name__ == "__main__":
    main()
