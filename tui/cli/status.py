"""`spinae status`: the wearer's state in one line for a status bar."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from sensorcore.daemon.address import daemon_socket
from sensorcore.daemon.remote import ask
from sensorcore.text import escape
from tui.places.folders import data_folder

EPILOG = """examples:
  spinae status           ● good 4° · 1:20 upright, 0:10 slouched · 3 alerts
  spinae status --json    the same as one JSON object (schema spinae.status/1)"""

_SYMBOLS = {"upright": ("●", "good"), "slouched": ("▲", "slouched")}
_CONTEXTS = {"walking": "»", "moving": "≈", "lying": "▬", "not_worn": "○"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    status = asyncio.run(ask(daemon_socket(data_folder()), "status"))
    print(json.dumps(status) if args.json else escape.one_line(one_line(status)))
    return 0


def one_line(status: dict[str, Any]) -> str:
    """A symbol, a word, the angle, and the day so far."""
    if not status["has_signal"]:
        return f"× no signal · {status['sensor']['problem'] or _why_silent(status)}"
    context = str(status["context"])
    symbol, word = _SYMBOLS.get(status["posture"], (_CONTEXTS.get(context, "?"), context.replace("_", " ")))
    angle = f" {status['inclination_deg']:.0f}°" if status["inclination_deg"] is not None else ""
    totals, alerts = status["totals"], status["alerts"]
    day = f"{_clock(totals['upright_s'])} upright, {_clock(totals['slouched_s'])} slouched"
    trouble = f" · ! {problem}" if (problem := status["sensor"]["problem"]) else ""
    whose = " · simulated, not counted" if status.get("simulated") else ""
    return f"{symbol} {word}{angle} · {day} · {alerts} alert{'' if alerts == 1 else 's'}{whose}{trouble}"


def _why_silent(status: dict[str, Any]) -> str:
    """State of the sensor; a link without samples is not streaming."""
    state = str(status["sensor"]["state"])
    return f"no data from the sensor for {status['state_s']:.0f} s" if state == "streaming" and "state_s" in status else state


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"
