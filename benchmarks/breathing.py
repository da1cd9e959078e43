"""`python -m benchmarks.breathing [--data FOLDER --picture FILE.svg]`: breathing on simulated wearers, against their truth; and the
picture of the errors on people (RR-HR in FOLDER).

A wearer with the sensor on the upper back sits for five minutes, breathing at 11 to 19 a minute; the whole line runs, from samples
on. A window is 30 s, every 4.8 s, while sitting; its true rate is the breaths' phase gained in it. Paced: the wearer breathes six a
minute from a moment that is known, or goes on at their own pace, and the score of the pattern "even" is taken every second."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import FloatArray, SampleBlock
from sensorcore.motion import breathing, ticks, tilt
from sensorcore.motion.breathing import GOOD, HOP_BINS, WINDOW_S
from sensorcore.posture import judge, scoring
from sensorcore.posture.policy import LocalClock
from sensorcore.routine import breath_following
from sensorcore.routine.breath_patterns import patterns
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.phases import Phase, Wearer
from sensorcore.simulator.scenario import Scenario
from sensorcore.track.posture_track import CONTEXTS
from sensorcore.validation import rrhr_breathing

SWINGS_DEG = (0.1, 0.2, 0.5)
NONE_DEG = 0.0
"""No breath to be seen: every reported rate is wrong."""
SEEDS = range(8)
SETTLE_S, SIT_S = 20.0, 300.0
DOING: dict[str, dict[str, Any]] = {
    "asked to sit still": {"still": True},
    "sitting": {},
    "typing": {"typing": True, "fidgets_per_min": 1.0},
}
RATE_HZ = 52.0
SITTING = CONTEXTS.index("sitting")


def simulation(seed: int, swing_deg: float, sitting: Phase) -> Simulation:
    """A wearer of that seed who stands, sits down, and goes on as `sitting` says."""
    rng = np.random.default_rng(seed)
    wearer = Wearer("upper_back", breaths_per_min=float(rng.uniform(11, 19)), breath_deg=swing_deg)
    phases = (
        Phase("stand", SETTLE_S / 2, state="standing", still=True, calibrates="standing"),
        Phase("sit down", SETTLE_S / 2, state="sitting"),
        sitting,
    )
    return Simulation(Scenario("breathing", "somebody who sits and breathes", phases, wearer), seed, sample_rate_hz=RATE_HZ)


def line(made: Simulation) -> Iterator[tuple[ticks.Ticks, NDArray[np.int8]]]:
    """The ticks, as the whole line makes them, and what context says of each."""
    tilting, ticking, judging = tilt.TiltState(), ticks.initial(), scoring.initial(made.info)
    params, settings, clock = tilt.TiltParams.of(made.info.device, Settings().motion), Settings(), LocalClock(None)
    for block in made.items():
        assert isinstance(block, SampleBlock)
        tilting, pose = tilt.step(params, tilting, block)
        ticking, complete = ticks.step(ticking, block, pose)
        judging, track, *_ = judge.step(settings, clock, judging, complete)
        yield complete, track.context


def at_rest(seed: int, swing_deg: float, doing: dict[str, Any]) -> tuple[int, FloatArray]:
    """How many windows there are, and the errors of those with good quality."""
    made = simulation(seed, swing_deg, Phase("sit", SIT_S, state="sitting", **doing))
    begins_s = np.array([begin for begin, _ in made.trunk.breaths()])
    state, errors = breathing.initial(), []
    for complete, context in line(made):
        state, found = breathing.estimate(state, complete, context == SITTING)
        for end_s, rate, quality in zip(found.end_s, found.breaths.rate_per_min, found.breaths.quality, strict=True):
            if quality >= GOOD and end_s - WINDOW_S >= SETTLE_S:
                turns = np.diff(np.interp([end_s - WINDOW_S, end_s], begins_s, np.arange(len(begins_s))))[0]
                errors.append(abs(rate - 60 * turns / WINDOW_S))
    hop_s = HOP_BINS * breathing.BIN_S
    windows = int((SETTLE_S + SIT_S) // hop_s) - int(np.ceil((SETTLE_S + WINDOW_S) / hop_s)) + 1
    return windows, np.array(errors)


def scores(seed: int, swing_deg: float, follows: bool) -> list[breath_following.Following]:
    """How well somebody seems to follow six a minute who does, or who breathes at their own pace."""
    paced = Phase("breathe", 120.0, state="sitting", still=True, breaths_per_min=6.0 if follows else None)
    made = simulation(seed, swing_deg, paced)
    begins_s = [begin for begin, _ in made.trunk.breaths() if begin >= SETTLE_S + 8.0]
    made_ticks = [complete for complete, _ in line(made)]
    index, up = np.concatenate([each.index for each in made_ticks]), np.concatenate([each.up for each in made_ticks])
    index, up = index[index >= begins_s[0] * ticks.TICK_HZ], up[index >= begins_s[0] * ticks.TICK_HZ]
    pattern = patterns()["even"]
    n = round(breath_following.window_s(pattern) * ticks.TICK_HZ)
    windows = [slice(end - n, end) for end in range(n, len(index) + 1, ticks.TICK_HZ)]
    return [breath_following.follow(pattern, index[each] / ticks.TICK_HZ - begins_s[0], up[each]) for each in windows]


def simulated() -> None:
    """Print both tables."""
    print(f"| simulated, upper back, {len(SEEDS)} wearers | swing, ±° | coverage | median error, /min | within 2 /min |")
    print("|---|---|---|---|---|")
    for name, doing in DOING.items():
        for swing_deg in (NONE_DEG, *SWINGS_DEG):
            results = [at_rest(seed, swing_deg, doing) for seed in SEEDS]
            errors = np.concatenate([found for _, found in results])
            covered = len(errors) / sum(count for count, _ in results)
            cells = f"{np.median(errors):.2f} | {np.mean(errors <= 2):.1%}" if len(errors) else "– | –"
            print(f"| {name} | {swing_deg:g} | {covered:.0%} | {cells} |")
    print("\n| paced, six a minute | swing, ±° | score: median, 10–90 % | lag: median, 10–90 % |\n|---|---|---|---|")
    for follows in (True, False):
        for swing_deg in SWINGS_DEG:
            found = [each for seed in SEEDS for each in scores(seed, swing_deg, follows)]
            score, lag = np.array([each.score for each in found]), np.array([each.lag_s for each in found])
            low, middle, high = np.quantile(score, (0.1, 0.5, 0.9))
            late = "{1:.1f} s, {0:.1f}–{2:.1f}".format(*np.quantile(lag, (0.1, 0.5, 0.9))) if follows else "–"
            print(f"| {'follows' if follows else 'own pace'} | {swing_deg:g} | {middle:.2f}, {low:.2f}–{high:.2f} | {late} |")


def draw(folder: Path, picture: Path) -> None:
    """Error against quality of every window on people, and the share within 2 /min of each (unnamed) person."""
    import matplotlib as mpl  # noqa: PLC0415 - only for the picture
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context({"svg.hashsalt": "spinae", "svg.fonttype": "none", "font.family": ["DejaVu Sans"], "font.size": 9}):
        figure = Figure(figsize=(9, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        for sensor, colour in ((1, "#b3541e"), (2, "#1f5fa8")):
            found = rrhr_breathing.collected(folder, sensor, lambda _: None)
            known = found.quality > 0
            dots: dict[str, Any] = {"ms": 3, "alpha": 0.5, "color": colour, "rasterized": True}
            left.plot(found.quality[known], found.error_per_min[known], ".", label=f"imu{sensor}", **dots)
            people = np.unique(found.person)
            good = found.quality >= GOOD
            close = [np.mean(found.error_per_min[good & (found.person == person)] <= 2) for person in people]
            cover = [np.mean(good[found.person == person]) for person in people]
            right.plot(cover, close, "o", color=colour, label=f"imu{sensor}, a person each")
        left.axvline(GOOD, color="#20242b", lw=0.8)
        left.axhline(2, color="#20242b", lw=0.8, ls=":")
        left.set(yscale="symlog", ylim=(0, 35), xlabel=f"quality (told from {GOOD:g})", ylabel="error, /min")
        right.axhline(0.9, color="#20242b", lw=0.8, ls=":")
        right.axvline(0.6, color="#20242b", lw=0.8, ls=":")
        right.set(xlim=(0, 1.02), ylim=(0, 1.03), xlabel="share of windows told", ylabel="of these within 2 /min")
        left.legend(frameon=False)
        right.legend(frameon=False, loc="lower right")
        figure.savefig(picture, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder of RR-HR")
    parser.add_argument("--picture", type=Path, help="with --data: where to draw")
    chosen = parser.parse_args()
    if chosen.data and chosen.picture:
        draw(chosen.data, chosen.picture)
    else:
        simulated()


if __name__ == "__main__":
    main()
