"""Options that several commands share."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any, get_args

from sensorcore import settings
from sensorcore.model import Placement
from sensorcore.ports import FileSource
from sensorcore.recording.opening import open_source, worn
from sensorcore.settings import Settings
from tui.places.folders import settings_path


class OneOrTwo(argparse.Action):
    """An option that names something of each sensor: given once, or twice for two sensors, of which the first is the upper. The
    second value is in `second_…`."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, value: Any, option: str | None = None
    ) -> None:
        second = f"second_{self.dest}"
        if getattr(namespace, second, None) is not None:
            parser.error(f"{option} is given more than twice: spinae knows one sensor or two")
        setattr(namespace, self.dest if getattr(namespace, self.dest, None) is None else second, value)


def sensor_name(text: str) -> str:
    """argparse type: the name of a sensor."""
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no sensor's name: it is empty or cannot be printed")
    return text


def add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="override a setting; see 'spinae config show'",
    )


def add_wearing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--placement", choices=get_args(Placement), help="where on the body the sensor was")
    parser.add_argument("--mount", metavar="M", help="which sensor axis points where, when known: up=-x,forward=-z")
    parser.add_argument(
        "--baseline",
        action="append",
        default=[],
        metavar="STATE=FROM:TO",
        help="take the upright of sitting or standing from that stretch, in seconds",
    )


def speed(text: str) -> float:
    """argparse type: speed in times life."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.01 <= value <= 10_000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a speed between 0.01 and 10000")
    return value


def chosen_settings(args: argparse.Namespace) -> Settings:
    return settings.load(settings_path(), overrides=args.overrides)


def day_settings(args: argparse.Namespace) -> tuple[Settings, str | None]:
    """Settings for a day, which must begin even when the file is broken: a mistake there costs only the setting it is in. Also
    returns the trouble to show as long as the day lasts. Raises BadSetting for the command line and the environment."""
    found, problems = settings.load_valid(settings_path(), overrides=args.overrides)
    if not problems:
        return found, None
    more = f" {len(problems) - 1} more: spinae config check." if len(problems) > 1 else ""
    return found, f"{str(problems[0]).rstrip('.')}. The default holds until then.{more}"


def chosen_source(path: Path, args: argparse.Namespace) -> FileSource:
    return worn(open_source(path), placement=args.placement, mount=args.mount, baselines=tuple(args.baseline))
