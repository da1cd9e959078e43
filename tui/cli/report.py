"""`spinae report`: what a day or a week was like, from your recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

from sensorcore.history.ingest import ingest_all
from sensorcore.history.problems import DamagedHistory
from sensorcore.history.store import History
from sensorcore.report.gather import Report, gather
from sensorcore.report.html import as_html
from sensorcore.report.span import Span, one_day, one_week, today
from sensorcore.report.text import as_text
from sensorcore.settings import Settings
from sensorcore.storage.write import new_text, whole_or_nothing
from tui.cli import complain, complain_of
from tui.cli.options import add_settings, chosen_settings
from tui.cli.progress import progress
from tui.places.folders import data_folder, history_path

EPILOG = """examples:
  spinae report                        today
  spinae report --day 2026-11-23
  spinae report --week 2026-W48 --html week.html
  spinae report --simulated            what a simulated wearer (`--sensor sim:…`) did today
  spinae report --rebuild              make the history again from all recordings"""


def arguments(parser: argparse.ArgumentParser) -> None:
    span = parser.add_mutually_exclusive_group()
    span.add_argument("--day", metavar="D", help="a day, such as 2026-11-23 (default: today)")
    span.add_argument("--week", metavar="W", help="a week, such as 2026-W48")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write one self-contained HTML file instead of text")
    parser.add_argument("--simulated", action="store_true", help="what simulated wearers did, which is not counted otherwise")
    parser.add_argument("--rebuild", action="store_true", help="enter all recordings again, as this version judges them")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    span = one_day(args.day) if args.day else one_week(args.week) if args.week else today()
    settings = chosen_settings(args)
    with History(history_path(), simulated=args.simulated) as history:
        if args.rebuild:
            history.mark_all_for_ingest()
        try:
            report, failed = _entered(history, span, settings)
        except DamagedHistory:
            history.renew()
            report, failed = _entered(history, span, settings)
        if history.mended:
            complain(history.mended)
    if args.html is None:
        print(as_text(report))
    else:
        with whole_or_nothing(args.html) as unfinished, new_text(unfinished) as file:
            file.write(as_html(report))
        print(f"Wrote {args.html}.")
    return 1 if failed else 0


def _entered(history: History, span: Span, settings: Settings) -> tuple[Report, bool]:
    """The report, and whether a recording could not be entered."""
    failed = False
    with progress("entering recordings", None):
        for problem in ingest_all(history, data_folder() / "recordings", settings):
            complain_of(problem)
            failed = True
    return gather(history, span), failed
