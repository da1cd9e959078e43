"""The command line. Each command is a module here with `arguments(parser)` and `run(args)`; only the one asked for is imported,
so that `spinae --help` answers at once and headless commands never load the screen."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from typing import Final

from sensorcore.errors import SpinaeError, Unforeseen
from sensorcore.text.escape import one_line
from tui.terminal import console
from tui.terminal.guarded import guarded_output

COMMANDS: Final = {
    "demo": ("demo", "the dashboard on a bundled recording (no hardware, no set-up)"),
    "scan": ("scan", "sensors in range, with battery and signal"),
    "calibrate": ("calibrate", "guided: stand still, bow, sit; checks itself, says how good it is"),
    "wear": ("wear", "the day: dashboard, alerts, recording, on a sensor or a simulated one"),
    "routine": ("routine", "guided exercises for 2 to 5 minutes: counts repetitions, times holds, paces breath"),
    "replay": ("replay", "a recording through the dashboard, or as JSON lines with --headless"),
    "analyze": ("analyze", "posture, alerts and gaps of recordings, as text or JSON"),
    "status": ("status", "how you are now, in one line for a status bar"),
    "stream": ("stream", "the day as JSON lines, for other programs"),
    "serve": ("serve", "the same dashboard as a local web page"),
    "daemon": ("daemon", "keep the day in the background: start, stop, install"),
    "report": ("report", "what a day or a week was like, as text or one HTML file"),
    "tune": ("tune", "which threshold and delay suit your days: alerts an hour for each"),
    "simulate": ("simulate", "make a recording of a simulated wearer, with the truth beside it"),
    "import": ("importing", "turn files of other programs into recordings"),
    "export": ("exporting", "turn recordings into CSV, Parquet or EDF+"),
    "doctor": ("doctor", "Bluetooth, sensor, disk, clock, settings: what is wrong and how to mend it"),
    "validate": ("validate", "how accurate it is: the table for a public data set"),
    "config": ("config", "show or check the settings, or where they are kept"),
}
EPILOG: Final = "Start with 'spinae demo'. Each command has --help with an example. spinae reminds and records; it does not treat."


def main(argv: list[str] | None = None) -> int:
    """Entry point of the console script. Exit codes: 0 fine, 1 failed with a message, 2 wrong usage."""
    console.set_up()
    with guarded_output():
        return _answer(sys.argv[1:] if argv is None else argv)


def _answer(arguments: list[str]) -> int:
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except SpinaeError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader of our output has gone (`| head`): not an error, but Python would complain again while closing stdout
        _abandon_output()
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) and error.filename is None:
            complain(f"standard output: could not write ({error.strerror}). What was printed before is kept.")
            _abandon_output()
            return 1
        from tui.cli.crash import report  # noqa: PLC0415

        complain(report(error))
        return 1


def complain(problem: object) -> None:
    """Error as one line on stderr; line breaks in it are escaped."""
    print("spinae:", one_line(" ".join(str(problem).split())), file=sys.stderr)


def complain_of(error: SpinaeError) -> None:
    """The same of one file among many; a fault of our own is kept in the log, too."""
    if isinstance(error, Unforeseen) and error.__cause__ is not None:
        from tui.cli.crash import report  # noqa: PLC0415

        complain(f"{error.where}: {report(error.__cause__)}")
        return
    complain(error)


def _abandon_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(argv: list[str]) -> int:
    if argv and argv[0] in COMMANDS:
        name, (module_name, summary) = argv[0], COMMANDS[argv[0]]
        module = importlib.import_module(f"tui.cli.{module_name}")
        parser = argparse.ArgumentParser(
            prog=f"spinae {name}", description=summary, epilog=module.EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        module.arguments(parser)
        return int(module.run(parser.parse_args(argv[1:])))
    parser = _overview()
    if not argv:
        parser.print_help()
        return 0
    parser.parse_args(argv)
    return 0


def _overview() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:{width}}  {summary}" for name, (_, summary) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="spinae",
        description=f"A posture-sensor companion.\n\ncommands:\n{listing}",
        epilog=EPILOG,
        usage="spinae COMMAND [options]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of the above")
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: list[str], dest: str, help: str | None = None) -> None:  # noqa: A002 - argparse's name
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - costs 20 ms that --help does not owe

        print(f"spinae {version('spinae')}")
        parser.exit()
