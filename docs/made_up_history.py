"""A history for pictures: half a year of somebody who gets a little better at sitting, practises, and misses days. Made up from a
seed: nobody's days."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.exercise.quality import CALM
from sensorcore.history.store import History
from sensorcore.history.values import Baseline, MicroBreak, Note, RepSet, RoutineDone, Session
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.track.minutes import Minute

WEEKS: Final = 27
SEED: Final = 7
_HINTS: Final = ("hasty: take 1 s or more each way", "uneven: take as long back as out", CALM, CALM, CALM)
_SETS: Final = (("pelvic_tilt", 6, 9.0), ("side_bend", 6, 17.0), ("bridge", 5, 31.0), ("trunk_rotation", 6, 24.0))
_WORDS: Final = ("stiff after the train", "after a long meeting", "better after the routine", "")


def fill(path: Path, today: int) -> None:
    """Write it up to `today` (days since 1970), a Thursday afternoon say."""
    rng = np.random.default_rng(SEED)
    with History(path) as history:
        for day in range(today - 7 * WEEKS, today + 1):
            weekday, gone = (day + 3) % 7, 1 - (today - day) / (7 * WEEKS)
            holiday = 60 < today - day < 75
            if holiday or rng.random() < (0.04 if weekday < 5 else 0.7):
                continue
            _day(history, rng, day, gone, whole=day < today)
        for back in (168, 133, 96, 61, 33, 12, 1):
            gone = 1 - back / (7 * WEEKS)
            _test(history, rng, today - back, gone)


def _day(history: History, rng: np.random.Generator, day: int, gone: float, *, whole: bool) -> None:
    start_s = day * 86400 + 8 * 3600 + int(rng.integers(0, 2400))
    hours = rng.uniform(5.0, 9.0) if whole else 5.6
    share = float(np.clip(rng.normal(0.62 + 0.13 * gone, 0.06), 0.2, 0.95))
    minutes = []
    for i in range(round(hours * 60)):
        unknown, away = rng.beta(0.4, 2.2), rng.random() < 0.03
        judged = 0 if away else round(60 * TICK_HZ * (1 - unknown))
        upright = int(rng.binomial(judged, np.clip(rng.normal(share, 0.25), 0, 1)))
        off = 60 * TICK_HZ if away else 0
        minutes.append(
            Minute(
                start_s // 60 + i,
                upright_ticks=upright,
                slouched_ticks=judged - upright,
                unknown_ticks=60 * TICK_HZ - judged - off,
                not_worn_ticks=off,
                sitting_ticks=judged,
                alerts=int(rng.random() < 0.05 * (1.3 - gone)),
            )
        )
    sets, notes, micro_breaks = list[RepSet](), list[Note](), list[MicroBreak]()
    at_s = start_s + 4 * 3600.0
    if rng.random() < 0.75 or not whole:
        done = float(rng.choice([1.0, 1.0, 0.6]))
        history.routine(RoutineDone(at_s, 0, "desk_break", float(rng.normal(170, 15)), done))
        for name, n, range_deg in _SETS[: int(rng.integers(2, 5))]:
            size = range_deg * (1 + 0.25 * gone) * float(rng.normal(1, 0.07))
            count = n + int(rng.integers(-1, 2))
            hint = str(rng.choice(_HINTS))
            score = 0.75 if hint != CALM else 1.0
            sets.append(RepSet(at_s, at_s + 40, name, "", count, 0.0, size, score, float(rng.normal(4.2, 0.4)), hint))
            at_s += 50.0
    for _ in range(int(rng.integers(0, 4))):
        micro_breaks.append(MicroBreak(at_s, "stand_up", 0))
        if rng.random() < 0.6:
            micro_breaks.append(MicroBreak(at_s + 40, "stand_up", 1))
        at_s += 2500.0
    if rng.random() < 0.25:
        pain = int(np.clip(rng.normal(4.0 - 1.8 * gone, 1.0), 0, 10))
        notes.append(Note(at_s, 0, pain, str(rng.choice(_WORDS))))
    session = Session(f"made-up-{day}", start_s * 10**9, 0, "SP-0001", True)
    history.replace(session, minutes, sets, notes, micro_breaks)


def _test(history: History, rng: np.random.Generator, day: int, gone: float) -> None:
    history.baseline(
        Baseline(
            day * 86400 + 11 * 3600.0,
            0,
            "SP-0001",
            4,
            round(float(rng.normal(8.5 + 4.0 * gone**3, 0.6)), 2),
            round(float(rng.uniform(0.4, 0.9)), 2),
            round(float(rng.normal(-2.9 + 0.3 * gone, 0.12)), 2),
            round(float(rng.normal(0.32 - 0.08 * gone, 0.04)), 2),
            round(float(np.clip(rng.normal(0.86 + 0.06 * gone, 0.03), 0, 1)), 2),
            round(float(rng.normal(13.4, 0.9)), 1),
        )
    )
