"""`python -m benchmarks.leave_one_out DATA`: were thresholds fitted to the people they were chosen on? Prints one table.

For each threshold a few values are tried, the one in use among them. "As it is" is the mean score of the people with the value in
use. "Chosen on the others": for each person the value that is best on all the other people (in doubt the one in use) scores that
person; the mean. If a threshold were fitted to people, that would be lower. "Worst value" is the mean score with the worst of the
values tried: far lower, and the threshold would stand on a cliff. Scores by person:

- context (hapt): balanced share of {sitting or standing, walking, lying} detected, and of sitting against standing;
- repetitions (trunkyxl): share of a person's sets, at all three sensors, counted within one at the end of the set, and exactly;
- breathing (rrhr_breathing, imu1): share of windows reported within 2 /min, less four times the share reported that are not."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np

from sensorcore.exercise import offline_counter, stage
from sensorcore.model import FloatArray
from sensorcore.motion import breath_spectrum, breathing
from sensorcore.pipeline.analysis import run
from sensorcore.posture import moving, sitstand
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS
from sensorcore.validation import hapt, rrhr_breathing, trunkyxl

Scores = dict[str, float]
"""By person; more is better."""


@dataclass(frozen=True, slots=True)
class Knob:
    """A threshold (`attribute` of `module`), the `values` to try, and what to set instead for one of them, if that is not it."""

    module: ModuleType
    attribute: str
    values: tuple[float, ...]
    made: Callable[[float], Any] | None = None

    @property
    def now(self) -> float:
        return float(getattr(self.module, self.attribute))

    def at(self, value: float) -> AbstractContextManager[Any]:
        """With another value."""
        if self.made is not None:
            return mock.patch.object(self.module, f"_{self.attribute}S", self.made(value))
        return mock.patch.object(self.module, self.attribute, value)


CONTEXT = (
    Knob(moving, "WALK_MPS2", (0.4, 0.5, 0.6)),
    Knob(moving, "BURST_MPS2", (1.1, 1.3, 1.5)),
    Knob(moving, "SWING_DEG", (12.0, 15.0, 18.0)),
    Knob(moving, "LYING_DEG", (55.0, 60.0, 65.0)),
    Knob(moving, "MOVING_DPS", (12.0, 15.0, 18.0)),
    Knob(sitstand, "CHAIR_M", (0.27, 0.33, 0.39)),
    Knob(sitstand, "CHANGES", (0.2, 0.3, 0.4)),
    Knob(sitstand, "HANGS_DEG", (8.0, 10.0, 12.0)),
)
REPETITIONS = (
    Knob(offline_counter, "HALF", (0.4, 0.5, 0.6)),
    Knob(offline_counter, "BETWEEN_SHARE", (0.5, 0.6, 0.7)),
    Knob(offline_counter, "ONE_SIDED", (0.12, 1 / 6, 0.22)),
    Knob(offline_counter, "FURTHER", (0.03, 0.05, 0.08)),
)
LEAST_SHARES = (0.8, 1.0, 1.25)


def _weights(power: float) -> FloatArray:
    return np.asarray(np.minimum(breath_spectrum._BAND_HZ, breath_spectrum.USUAL_HZ) ** power)


BREATHING = (
    Knob(
        breath_spectrum,
        "WEIGHT",
        (2.0, 2.5, 3.0),
        lambda power: np.minimum(breath_spectrum._BAND_HZ, breath_spectrum.USUAL_HZ) ** power,
    ),
    Knob(breath_spectrum, "STEADY_PER_MIN", (1.5, 2.0, 3.0)),
    Knob(breath_spectrum, "AGREE_PER_MIN", (0.7, 1.0, 1.4)),
    Knob(breathing, "CONFIRMED_BY", (1, 2, 3)),
)
QUALITIES = (0.5, 0.6, 0.7)
WRONG_COSTS = 4.0


def row(figure: str, name: str, now: float, by_value: dict[float, Scores]) -> str:
    """One line of the table."""
    people = list(by_value[now])
    held_out = []
    for person in people:
        others = {value: np.mean([score for who, score in scores.items() if who != person]) for value, scores in by_value.items()}
        best = max(by_value, key=lambda value: (round(float(others[value]), 9), value == now))
        held_out.append(by_value[best][person])
    means = {value: float(np.mean(list(scores.values()))) for value, scores in by_value.items()}
    tried = ", ".join(f"**{value:.3g}**" if value == now else f"{value:.3g}" for value in by_value)
    return f"| {figure} | {name} | {tried} | {means[now]:.3f} | {np.mean(held_out):.3f} | {min(means.values()):.3f} |"


def tried(knobs: tuple[Knob, ...], score: Callable[[], dict[str, Scores]]) -> Iterator[tuple[Knob, dict[str, dict[float, Scores]]]]:
    """For each knob, the scores of each figure by value."""
    usual = score()
    for knob in knobs:
        found: dict[str, dict[float, Scores]] = defaultdict(dict)
        now = knob.now
        for value in knob.values:
            with knob.at(value):
                scores = usual if value == now else score()
            for figure, by_person in scores.items():
                found[figure][value] = by_person
        yield knob, found


def contexts(folder: Path) -> dict[str, Scores]:
    """Of each person of HAPT, by figure."""
    pairs: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
    for recording in hapt.sessions(folder):
        label, scored, rate_hz, worn = hapt.session(recording)
        said = worn.contexts_at(np.arange(len(label)) / rate_hz)
        for value, truth in hapt.LABELS.items():
            codes, counts = np.unique(said[scored & (label == value)], return_counts=True)
            for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
                pairs[recording.name.split("_")[1]][truth, CONTEXTS[code]] += count
    both = {who: hapt.balanced(of) for who, of in pairs.items()}
    return {
        "hapt: upright still, walking, lying": {who: three for who, (three, _) in both.items()},
        "hapt: sitting against standing": {who: two for who, (_, two) in both.items()},
    }


def sets_of(folder: Path) -> list[tuple[str, int, list[tuple[Any, ...]]]]:
    """Every set of TrunkyXL: the person, the true count, and what was counted again at its end."""
    found = []
    real = offline_counter.recount
    for recording in trunkyxl.recordings(folder):
        for source, _ in trunkyxl.sources(recording):
            asked: list[tuple[Any, ...]] = []

            def keep(*given: Any, asked: list[tuple[Any, ...]] = asked) -> Any:
                asked.append(given)
                return real(*given)

            with mock.patch.object(stage, "recount", keep):
                for _ in run(source, Settings(), exercises=tuple(trunkyxl.EXPECTED)):
                    pass
            for exercise, expected in trunkyxl.EXPECTED.items():
                found.append((recording.name.split("_QSM")[0], expected, [given for given in asked if given[0].name == exercise]))
    return found


def repetitions(sets: list[tuple[str, int, list[tuple[Any, ...]]]], least_share: float = 1.0) -> dict[str, Scores]:
    """Of each person, counted with the least size that counts times `least_share`."""
    errors: dict[str, list[int]] = defaultdict(list)
    for person, expected, asked in sets:
        count = sum(
            len(offline_counter.recount(replace(given[0], least=given[0].least * least_share), *given[1:])) for given in asked
        )
        errors[person].append(abs(count - expected))
    return {
        f"trunkyxl: sets {name}": {person: float(np.mean(np.asarray(each) <= most)) for person, each in errors.items()}
        for name, most in (("within one", 1), ("exact", 0))
    }


def breaths(folder: Path, quality: float = breathing.GOOD) -> dict[str, Scores]:
    """Scores by person of the windows from that quality on."""
    found = rrhr_breathing.collected(folder, 1, lambda _: None)
    sure, near = found.quality >= quality, found.error_per_min <= rrhr_breathing.CLOSE_PER_MIN
    value = np.where(sure, np.where(near, 1.0, -WRONG_COSTS), 0.0)
    scores = {str(person): float(np.mean(value[found.person == person])) for person in np.unique(found.person)}
    return {"rrhr_breathing: right less wrong": scores}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of public data sets")
    data = parser.parse_args().data
    print("| score | threshold | values tried | as it is | chosen on the others | worst value |\n|---|---|---|---|---|---|")
    for knob, found in tried(CONTEXT, lambda: contexts(data / "hapt")):
        for figure, by_value in found.items():
            print(row(figure, knob.attribute, knob.now, by_value), flush=True)
    sets = sets_of(data / "trunkyxl")
    for knob, found in tried(REPETITIONS, lambda: repetitions(sets)):
        for figure, by_value in found.items():
            print(row(figure, knob.attribute, knob.now, by_value), flush=True)
    for figure in repetitions(sets):
        print(
            row(figure, "least size, times", 1.0, {share: repetitions(sets, share)[figure] for share in LEAST_SHARES}), flush=True
        )
    folder = data / "rrhr_breathing"
    for knob, found in tried(BREATHING, lambda: breaths(folder)):
        for figure, by_value in found.items():
            print(row(figure, knob.attribute, knob.now, by_value), flush=True)
    by_quality = {quality: breaths(folder, quality) for quality in QUALITIES}
    for figure in by_quality[breathing.GOOD]:
        print(row(figure, "GOOD", breathing.GOOD, {quality: scores[figure] for quality, scores in by_quality.items()}))


if __name__ == "__main__":
    main()
