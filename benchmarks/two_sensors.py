"""Slouching seen by two sensors (upper and lower back) and by each alone, on simulated wearers: `python -m benchmarks.two_sensors`.

Each wearer calibrates, then sits and, in an order of chance with straight sitting between: slumps, leaning with it or not; rounds a
little; leans forward with a straight back (hinges at the hips); leans back straight; reaches; crosses the legs. Everybody slumps in
their own way: how far it turns pelvis, lumbar spine and thorax is drawn for each (Nairn, Chisholm and Drake, Man Ther 18:498, 2013,
found 10° at the pelvis, most of the flexion in the thorax, and large differences between people). True is what the script says: a
slump of more than 0.65 of the wearer's own ordinary one is a slouch, one of less than 0.35 is none; between, nobody could say, and
it is left out. Leaning forward by more than 20° (deep hinges) counts as a lean, by design, and is left out of precision and recall.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from sensorcore.events import SlouchStarted
from sensorcore.model import BoolArray, FloatArray, SampleBlock, Second, StreamInfo
from sensorcore.motion.body import inclination_deg
from sensorcore.pipeline.dual import stages
from sensorcore.ports import StreamItem
from sensorcore.settings import Settings
from sensorcore.simulator.body import Site
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.phases import Bends, Phase, Wearer
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.sensor import random_mount
from sensorcore.simulator.simulation import Simulation, beside
from sensorcore.simulator.workday import random_wearer
from sensorcore.track.posture_track import SLOUCHED, TICK_HZ, UNKNOWN, PostureTrack
from sensorcore.track.posture_track import joined as joined_tracks

SLUMP_DEG: Final = ((-12.0, 4.0), (-3.0, 4.0), (17.0, 5.0))
"""Of pelvis, lumbar spine and thorax: mean and standard deviation over wearers."""
SLOUCHED_FROM, UPRIGHT_TO = 0.65, 0.35
KINDS: Final = ("slump", "rounds a little", "hinge", "deep hinge", "leans back", "reach", "legs")
SHOWN: Final = {
    "hinge": "hinges, 8–19°",
    "deep hinge": "21–28°",
    "leans back": "leaning back",
    "rounds a little": "rounding a little",
}
WATCHED: Final = ("two", "upper", "lower")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one set of sensors made of a wearer: ticks, and when slouches began."""

    track: PostureTrack
    started_s: FloatArray


def wearer(seed: int) -> Wearer:
    """Somebody, who slumps in their own way."""
    rng = np.random.default_rng(seed)
    slump = [float(np.clip(rng.normal(mean, sd), mean - 2 * sd, mean + 2 * sd)) for mean, sd in SLUMP_DEG]
    return replace(random_wearer(rng)[0], placement="upper_back", slump_deg=(slump[0], slump[1], slump[2]))


def script(seed: int, minutes: float) -> Scenario:
    """Their time on a chair."""
    rng = np.random.default_rng([seed, 1])

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def phases() -> Iterator[Phase]:
        yield Phase("stand still", 6.0, state="standing", still=True, calibrates="standing")
        bows = Bends(count=3, flexion_deg=45.0, down_s=1.3, hold_s=0.5, up_s=1.3, rest_s=1.2)
        yield Phase("three bows", 14.0, still=True, bends=bows, calibrates="bows")
        yield Phase("sit still", 11.0, state="sitting", still=True, calibrates="sitting")
        left_s = minutes * 60.0
        while left_s > 0:
            for kind in rng.permutation(KINDS):
                lasts_s, move_s = between(25.0, 70.0), between(2.0, 12.0)
                doing: dict[str, Any] = {"typing": True} if rng.random() < 0.6 else {"talking": bool(rng.random() < 0.4)}
                posture = _posture(str(kind), between)
                yield Phase(str(kind), lasts_s + move_s, move_s=move_s, fidgets_per_min=2.0, **{**doing, **posture})
                upright: dict[str, Any] = {"slump": 0.0, "flexion_deg": between(-1.0, 2.5), "legs": "uncrossed"}
                yield Phase("upright", between(20.0, 45.0), move_s=2.0, fidgets_per_min=2.0, **upright)
                left_s -= lasts_s + 30.0

    return Scenario(f"two-{seed}", "", tuple(phases()), wearer(seed))


def _posture(kind: str, between: Callable[[float, float], float]) -> dict[str, Any]:
    """What a phase of that kind is like."""
    postures: dict[str, dict[str, Any]] = {
        "slump": {"slump": between(0.75, 1.3), "flexion_deg": between(-10.0, 10.0)},
        "rounds a little": {"slump": between(0.05, 0.3), "flexion_deg": between(-4.0, 4.0)},
        "hinge": {"slump": between(0.0, 0.1), "flexion_deg": between(8.0, 19.0)},
        "deep hinge": {"slump": between(0.0, 0.1), "flexion_deg": between(21.0, 28.0)},
        "leans back": {"slump": between(0.0, 0.1), "flexion_deg": between(-18.0, -8.0)},
        "legs": {"legs": "left", "slump": 0.0, "flexion_deg": between(-2.0, 3.0)},
        "reach": {"bends": Bends(flexion_deg=between(25.0, 55.0), turn_deg=between(-30.0, 30.0)), "typing": False},
    }
    return postures[kind]


def watch(info: StreamInfo, items: list[StreamItem], settings: Settings) -> Seen:
    """The product on a stream."""
    pipeline = stages(info, settings)
    state, outputs = pipeline.initial(), []
    for item in items:
        state, output = pipeline.step(state, item)  # type: ignore[arg-type]
        outputs.append(output)
    outputs.append(pipeline.finish(state)[1])  # type: ignore[arg-type]
    events = [event for output in outputs for event in output.events]
    started = [event.since_s for event in events if isinstance(event, SlouchStarted)]
    return Seen(joined_tracks([output.track for output in outputs]), np.asarray(started))


def auc(scores: FloatArray, true: BoolArray) -> float:
    """The chance that a slouched moment scores higher than one that is not."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    n = int(true.sum())
    return float((ranks[true].sum() - n * (n + 1) / 2) / (n * (len(true) - n)))


@dataclass(slots=True)
class Sum:
    """Over wearers: scores and truth of judged moments, moments and slouches by what became of them."""

    scores: list[FloatArray]
    true: list[BoolArray]
    hits: int = 0
    false: int = 0
    missed: int = 0
    delays_s: list[float] | None = None
    slumps: int = 0
    unseen: int = 0
    mistaken: dict[str, list[bool]] | None = None


def measure(total: Sum, seen: Seen, scores: FloatArray, upper: Simulation) -> None:
    """Add one wearer."""
    track = seen.track
    slump = upper.trunk.slump((track.index + 0.5) / TICK_HZ)
    judged = (track.posture != UNKNOWN) & ~np.isnan(scores)
    sure = judged & ((slump > SLOUCHED_FROM) | (slump < UPRIGHT_TO))
    true = slump > SLOUCHED_FROM
    total.scores.append(scores[sure])
    total.true.append(true[sure])
    said = track.posture == SLOUCHED
    for span in upper.trunk.phases:
        if span.phase.name == "deep hinge":
            sure[slice(*np.searchsorted(track.index, [span.start_s * TICK_HZ, span.end_s * TICK_HZ]))] = False
    total.hits += int((said & true & sure).sum())
    total.false += int((said & ~true & sure).sum())
    total.missed += int((~said & true & sure).sum())
    assert total.delays_s is not None
    assert total.mistaken is not None
    for span in upper.trunk.phases:
        part = slice(*np.searchsorted(track.index, [span.start_s * TICK_HZ, span.end_s * TICK_HZ]).tolist())
        if span.phase.name == "slump":
            crossed = np.flatnonzero(slump[part] > SLOUCHED_FROM)
            seen_at = np.flatnonzero(said[part])
            total.slumps += 1
            if len(seen_at) and len(crossed):
                total.delays_s.append((seen_at[0] - crossed[0]) / TICK_HZ)
            else:
                total.unseen += 1
        elif span.phase.name in KINDS:
            settled = slice(part.start + round(span.phase.move_s * TICK_HZ), part.stop)
            total.mistaken.setdefault(span.phase.name, []).append(bool(said[settled].mean() > 0.5))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wearers", type=int, default=24)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--lower", choices=("lower_back", "sacrum", "waist"), default="lower_back")
    args = parser.parse_args()
    totals = {name: Sum([], [], delays_s=[], mistaken={}) for name in WATCHED}
    errors: list[float] = []
    for seed in range(args.first, args.first + args.wearers):
        measure_one(seed, args.minutes, args.lower, totals, errors)
    hours = args.wearers * args.minutes / 60
    limit_deg, off = Settings().posture.threshold_deg, np.abs(errors)
    print(f"{args.wearers} wearers, {hours:.1f} h, upper back and {args.lower.replace('_', ' ')}, limit {limit_deg:g}°")
    print(f"curvature against the truth: median error {np.median(off):.2f}°, 95 % within {np.percentile(off, 95):.2f}°")
    print("called slouched:")
    print(f"| | AUC | precision | recall | slumps | after, median (90 %) | {' | '.join(SHOWN.values())} |")
    print(f"|---|{'---|' * (5 + len(SHOWN))}")
    for name, total in totals.items():
        print(_row(name, total))


def measure_one(seed: int, minutes: float, site: Site, totals: dict[str, Sum], errors: list[float]) -> None:
    """One wearer through two sensors, and through each."""
    settings = Settings()
    upper = Simulation(script(seed, minutes), seed, sample_rate_hz=52.0)
    lower = beside(upper, site, mount=random_mount(np.random.default_rng([seed, 2])))
    above, below = _calibrated(upper), _calibrated(lower)
    both = replace(above[0], second=below[0])
    seen = {
        "two": watch(both, [above[1], Second(below[1])], settings),
        "upper": watch(above[0], [above[1]], settings),
        "lower": watch(below[0], [below[1]], settings),
    }
    for name, each in seen.items():
        track = each.track
        leaning = inclination_deg(track.flexion_deg, track.lateral_deg)
        measure(totals[name], each, track.curvature_deg if name == "two" else leaning, upper)
    track = seen["two"].track
    still = (track.posture != UNKNOWN) & ~np.isnan(track.curvature_deg)
    slump = upper.trunk.slump((track.index + 0.5) / TICK_HZ)
    deg = upper.scenario.wearer.slump_deg
    true_deg = slump * (deg[2] - deg[1 if site == "lower_back" else 0])
    errors += (track.curvature_deg - true_deg)[still].tolist()


def _calibrated(simulation: Simulation) -> tuple[StreamInfo, SampleBlock]:
    return replace(simulation.info, calibration=measured(simulation)), SampleBlock.joined(list(simulation.items()))


def _row(name: str, total: Sum) -> str:
    assert total.delays_s is not None
    assert total.mistaken is not None
    precision, recall = total.hits / max(1, total.hits + total.false), total.hits / max(1, total.hits + total.missed)
    delay = f"{np.median(total.delays_s):.1f} ({np.percentile(total.delays_s, 90):.1f}) s" if total.delays_s else "–"
    shares = " | ".join(f"{sum(total.mistaken[kind])} of {len(total.mistaken[kind])}" for kind in SHOWN)
    score = auc(np.concatenate(total.scores), np.concatenate(total.true))
    seen = total.slumps - total.unseen
    return f"| {name} | {score:.3f} | {precision:.0%} | {recall:.0%} | {seen} of {total.slumps} | {delay} | {shares} |"


if __name__ == "__main__":
    main()
