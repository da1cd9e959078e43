"""Spectra as SVG: median and 10–90 % over people, and over simulated wearers. Nobody's own signal is shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.realism.cuts import Cut
from benchmarks.realism.figures import density
from sensorcore.model import FloatArray

INK, PAPER = "#20242b", "#ffffff"
COLOURS = {"people": "#b3541e", "simulated": "#1f5fa8"}
STYLE: dict[Any, Any] = {"svg.hashsalt": "spinae", "svg.fonttype": "none", "font.family": ["DejaVu Sans"], "font.size": 9}
SHOWN_HZ = (0.19, 20.0)
FINE_HZ = 4.0
DECADES = 5.0
"""What lies further below the highest point of a panel is cut off."""

Signal = Callable[[Cut], FloatArray]


def acceleration(cut: Cut) -> FloatArray:
    """(n,) how strong it is, whichever way: the same however a sensor is clipped on."""
    return np.asarray(np.linalg.norm(cut.acc_mps2, axis=1))


def angular_rate(cut: Cut) -> FloatArray:
    """(n, 3) °/s; the powers of the axes are summed."""
    return np.rad2deg(cut.gyr_radps)


SIGNALS: dict[str, tuple[Signal, str]] = {
    "acceleration (magnitude)": (acceleration, "(m/s²)²/Hz"),
    "angular rate": (angular_rate, "(°/s)²/Hz"),
}


def thinned(f_hz: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What is shown of frequencies (m,) and spectra (people, m): above FINE_HZ, means over bands that widen with the frequency."""
    edges = [SHOWN_HZ[0]]
    while edges[-1] < SHOWN_HZ[1]:
        edges.append(edges[-1] + f_hz[1] * max(1, round(edges[-1] / FINE_HZ)))
    band = np.digitize(f_hz, edges)
    bands = range(1, len(edges))
    means = [rows[:, band == number].mean(axis=1) for number in bands]
    return np.array([f_hz[band == number].mean() for number in bands]), np.array(means).T


def per_person(cuts: list[Cut], signal: Signal) -> tuple[FloatArray, FloatArray]:
    """Frequencies (m,), and a row for each person: the mean spectrum of their cuts (people, m)."""
    people = sorted({cut.person for cut in cuts})
    f_hz = density(signal(cuts[0]))[0]
    rows = [np.mean([density(signal(cut))[1] for cut in cuts if cut.person == person], axis=0) for person in people]
    return f_hz, np.array(rows)


def panel(axes: Axes, sides: dict[str, list[Cut]], signal: Signal) -> None:
    """Both sides into one panel."""
    top = 0.0
    for side, cuts in sides.items():
        f_hz, rows = thinned(*per_person(cuts, signal))
        low, middle, high = np.percentile(rows, [10, 50, 90], axis=0)
        axes.fill_between(f_hz, low, high, color=COLOURS[side], alpha=0.22, linewidth=0)
        label = f"{side} (median, 10–90 % of {len(rows)})"
        axes.plot(f_hz, middle, color=COLOURS[side], linewidth=1.6, label=label, linestyle="-" if side == "people" else "--")
        top = max(top, float(high.max()))
    axes.set(xscale="log", yscale="log", xlim=SHOWN_HZ, ylim=(top * 10**-DECADES, top * 2))
    axes.set_xticks([0.2, 0.5, 1, 2, 5, 10, 20], ["0.2", "0.5", "1", "2", "5", "10", "20"])
    axes.xaxis.set_minor_locator(mpl.ticker.NullLocator())
    axes.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    axes.yaxis.set_major_locator(mpl.ticker.LogLocator(numticks=4))
    axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.grid(axis="x", color=INK, alpha=0.12, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def draw(path: Path, rows: dict[str, dict[str, list[Cut]]]) -> None:
    """A picture with one row of panels for each activity; `rows`: the cuts by activity, by side."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 0.55 + 2.25 * len(rows)), facecolor=PAPER, layout="constrained")
        grid = np.atleast_2d(figure.subplots(len(rows), len(SIGNALS), sharex=True))
        for line, (activity, sides) in zip(grid, rows.items(), strict=True):
            for axes, (name, (signal, unit)) in zip(line, SIGNALS.items(), strict=True):
                panel(axes, sides, signal)
                axes.set_title(f"{activity}: {name}, {unit}", loc="left", fontsize=9, color=INK)
        for axes in grid[-1]:
            axes.set_xlabel("frequency, Hz")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    path.write_text(small(path.read_text(encoding="utf-8")), encoding="utf-8")


def small(svg: str) -> str:
    """The same picture with tenths of a point, without comments, names of groups that nothing refers to, and indentation."""
    numbers = re.compile(r"\d+\.\d{2,}(?=[^<>]*>)")  # in tags, not in labels
    svg = numbers.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), svg)
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(r"\s*\n\s*", "\n", svg).strip() + "\n"
    return re.sub(r"\n(?=[MLCQz] ?)", " ", svg)  # a path on one line
