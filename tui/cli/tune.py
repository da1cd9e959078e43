"""`spinae tune`: alerts an hour against threshold and delay, for this wearer's days, and which setting to take."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

from sensorcore.errors import BadInput, BadSetting
from sensorcore.model import StreamInfo
from sensorcore.settings import Settings
from sensorcore.whatif.advice import ALERTS_PER_DAY, DAY_H, is_near, needed_s, per_day, recommend
from sensorcore.whatif.day import watch
from sensorcore.whatif.tune import DELAYS_S, THRESHOLDS_DEG, Setting, SettingOutcome, Sweep, sweep
from tui.cli.options import add_settings, add_wearing, chosen_settings, chosen_source
from tui.cli.progress import progress

SCHEMA: Final = "spinae.tune/1"
EPILOG = """examples:
  spinae tune monday.mcap tuesday.mcap
  spinae tune today.mcap --alerts-per-day 5
  spinae tune today.mcap --thresholds 8,12,15,20 --delays 5,15,30,60,120 --json

An alert is wrong when you marked it so within a minute (a mark with the text "wrong"); the others count as right. A setting is
recommended only from as much data as it takes to tell so few alerts from none (for 8 a day, 3 hours)."""
MOST: Final = 10
"""Values each way: more do not fit beside each other into 80 columns."""
SHORT_S: Final = 3600.0


@dataclass(slots=True)
class Tuned:
    """The sweep over all files, with what the reader should know."""

    files: list[dict[str, Any]]
    swept: Sweep
    now: Setting
    wanted_per_day: float
    notes: list[str] = field(default_factory=list)

    @property
    def best(self) -> Setting | None:
        """The setting to recommend, if the data support one."""
        return recommend(self.swept, self.wanted_per_day, self.now)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings of the same wearer; they add up")
    parser.add_argument(
        "--alerts-per-day",
        type=_count,
        default=ALERTS_PER_DAY,
        metavar="N",
        help=f"alerts you want in a day of {DAY_H:g} h worn (default {ALERTS_PER_DAY:g})",
    )
    parser.add_argument(
        "--thresholds", type=_values("posture.threshold_deg"), default=THRESHOLDS_DEG, metavar="A,B,…", help="degrees to try"
    )
    parser.add_argument("--delays", type=_values("alerts.delay_s"), default=DELAYS_S, metavar="A,B,…", help="seconds to try")
    add_wearing(parser)
    add_settings(parser)
    parser.add_argument("--json", action="store_true", help=f"one JSON object (schema {SCHEMA})")


def run(args: argparse.Namespace) -> int:
    paths = [path.resolve() for path in args.files]
    twice = next((path for path in args.files if paths.count(path.resolve()) > 1), None)
    if twice is not None:
        print(f"spinae tune: {twice} is named twice; its hours would count double", file=sys.stderr)
        return 2
    tuned = tune(args)
    if args.json:
        print(json.dumps(to_json(tuned), allow_nan=False))
        return 0
    from tui.cli.tuned_text import show  # noqa: PLC0415 - rich is only paid for when shown

    show(tuned, args.thresholds, args.delays)
    return 0


def tune(args: argparse.Namespace) -> Tuned:
    """Sweep all files. Raises BadInput, also when they hold no data at all."""
    settings = chosen_settings(args)
    now = Setting(settings.posture.threshold_deg, settings.alerts.delay_s)
    points = dict.fromkeys([*(Setting(*point) for point in product(args.thresholds, args.delays)), now])
    total = Sweep(dict.fromkeys(points, SettingOutcome()))
    files: list[dict[str, Any]] = []
    notes: list[str] = []
    for path in args.files:
        source = chosen_source(path, args)
        heard, unknown = _heard_under(source.info, settings)
        with progress(f"tuning on {path.name}", source.duration_hint_s) as tell:
            day = watch(source.info, source.items(), settings, tell)
        found = sweep(day, settings, points, heard)
        total += found
        about = [*(getattr(source, "notes", ()) or getattr(source, "warnings", ())), *unknown]
        if day.assumed:
            about.append("upright was assumed: no calibration in the file; --baseline sitting=FROM:TO names one")
        if any(stretch.said for stretch in day.stretches):
            about.append("snoozes are obeyed as they were given")
        if found.unmatched:
            about.append(f"marks 'wrong' that follow no alert within a minute, and were left out: {found.unmatched}")
        files.append({"recording": path.name, "data_s": round(day.data_s, 1), "notes": about})
        notes += [f"{path.name}: {note}" for note in about]
    if not total.data_s:
        raise BadInput(
            "no samples to try settings on", where=", ".join(map(str, args.files)), hint="Record some time of wear first."
        )
    if total.data_s < SHORT_S:
        notes.append(f"{total.data_s / 60:.0f} min are little to judge by; a few days say more")
    return Tuned(files, total, now, args.alerts_per_day, notes)


def to_json(tuned: Tuned) -> dict[str, Any]:
    """The contract of `--json`."""

    def plain(setting: Setting) -> dict[str, Any]:
        outcome = tuned.swept.outcomes[setting]
        return {
            "threshold_deg": setting.threshold_deg,
            "delay_s": setting.delay_s,
            "alerts": outcome.alerts,
            "alerts_per_hour": round(tuned.swept.per_hour(setting), 3),
            "alerts_per_day": round(per_day(tuned.swept, setting), 2),
            "wrong_kept": outcome.wrong_kept,
            "right_lost": outcome.right_lost,
        }

    best = tuned.best
    return {
        "schema": SCHEMA,
        "files": tuned.files,
        "data_s": round(tuned.swept.data_s, 1),
        "day_h": DAY_H,
        "wanted_alerts_per_day": tuned.wanted_per_day,
        "heard": {"wrong": tuned.swept.wrong, "right": tuned.swept.right},
        "now": plain(tuned.now),
        "needed_s": round(needed_s(tuned.wanted_per_day), 1),
        "recommended": best and {**plain(best), "near": is_near(tuned.swept, best, tuned.wanted_per_day)},
        "settings": [plain(setting) for setting in tuned.swept.outcomes],
        "notes": tuned.notes,
    }


def _heard_under(info: StreamInfo, settings: Settings) -> tuple[Settings, list[str]]:
    """Settings under which the wearer felt the alerts: the recording's over today's; and a note on unknown ones."""
    notes = []
    for key, value in info.settings.items():
        try:
            settings = settings.with_value(key, value, "the recording")
        except BadSetting as error:
            notes.append(f"marks are matched with today's {key}: {error.what}")
    return settings, notes


def _count(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 0 to 1000")
    return number


def _values(key: str) -> Callable[[str], tuple[float, ...]]:
    """Reads `8,12,15` for that setting, in its range."""

    def read(text: str) -> tuple[float, ...]:
        found = set()
        for part in text.split(","):
            try:
                changed = Settings().with_value(key, part.strip(), "")
            except BadSetting as error:
                raise argparse.ArgumentTypeError(str(error)) from None
            found.add(next(value for name, value, _ in changed.items() if name == key))
        if len(found) > MOST:
            raise argparse.ArgumentTypeError(f"{len(found)} values do not fit beside each other; at most {MOST}")
        return tuple(sorted(found))

    return read
