"""Figures of many cuts as a Markdown table: median and 10–90 %, people beside the simulator."""

from __future__ import annotations

import numpy as np

from benchmarks.realism.cuts import Cut
from benchmarks.realism.figures import Measure
from sensorcore.model import FloatArray


def table(real: dict[str, list[Cut]], simulated: dict[str, list[Cut]], measure: Measure) -> str:
    """A row for each figure, two columns for each activity of `real`: people, simulated. Bold where the simulator's median lies
    outside people's 10–90 %."""
    head, columns = ["median (10–90 %)"], []
    for name, cuts in real.items():
        head += [f"{name}: {counted(cuts)}", f"simulated, {len(simulated[name])} ×"]
        columns.append(([measure(cut) for cut in cuts], [measure(cut) for cut in simulated[name]]))
    rows = [head, ["---"] * len(head)]
    for figure in columns[0][0][0]:
        row = [figure]
        for theirs, ours in columns:
            people, made = (np.array([figures[figure] for figures in side]) for side in (theirs, ours))
            row += [spread(people), f"**{spread(made)}**" if outside(people, made) else spread(made)]
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def counted(cuts: list[Cut]) -> str:
    people = len({cut.person for cut in cuts})
    return f"{people} {'person' if people == 1 else 'people'}, {len(cuts)} ×"


def spread(values: FloatArray) -> str:
    """Median (10th–90th percentile)."""
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{number(middle)} ({number(low)}–{number(high)})"


def outside(people: FloatArray, made: FloatArray) -> bool:
    low, high = np.percentile(people, [10, 90])
    return not low <= np.median(made) <= high


def number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
