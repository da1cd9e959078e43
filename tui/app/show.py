"""Entry points of the dashboard, on a recording or a worn sensor, and the summary line it leaves behind."""

from __future__ import annotations

import math
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from sensorcore.errors import SpinaeError
from sensorcore.ports import FileSource
from sensorcore.session.live import Live
from sensorcore.settings import Settings
from sensorcore.view.cursor import Cursor
from sensorcore.view.player import Player
from sensorcore.view.snapshot import Snapshot
from tui.app.dashboard import Dashboard
from tui.app.program import keys_of_wearer, run
from tui.places.log_file import logging_to_file
from tui.plain import dashboard
from tui.terminal.tty import check_terminal
from tui.text import sensor_text, shares, times

SWITCH_S: Final = 0.0005
"""Thread switch interval: how soon a thread gives way to screen, radio or replay. Python's own 5 ms add up."""


def run_replay(
    source: FileSource,
    settings: Settings,
    *,
    speed: float = 1.0,
    title: str,
    first: str = "today",
    notes_to: Path | None = None,
    as_worn: bool = False,
) -> int:
    """The dashboard on `source` until the wearer quits. Returns the exit code. Raises SpinaeError when there is no terminal, or
    when the dashboard itself failed; the terminal is restored by then. `notes_to`: the recording to keep marks and notes; `as_worn`
    as in `Player`."""
    check_terminal("Run it in one, or use `spinae replay FILE --headless` to print events as JSON lines.")
    player = Player(source, settings, as_worn=as_worn)
    player.speed = speed
    player.keeps_notes = notes_to is not None
    code = _show(player, title, first)
    if notes_to is not None and player.said:
        from sensorcore.recording.recover import annotate  # noqa: PLC0415 - the first frame does not wait for it

        annotate(notes_to, player.said)
        print(f"{len(player.said)} of your notes kept in {notes_to}.")
    return code


def run_live(live: Live, *, title: str, first: str = "today") -> int:
    """The dashboard on a worn sensor until the wearer quits. As `run_replay`."""
    check_terminal()
    return _show(live, title, first)


def _show(player: Cursor, title: str, first: str) -> int:
    own_keys = keys_of_wearer()
    if os.environ.get("TERM") == "dumb":
        with logging_to_file() as log, suppress(KeyboardInterrupt):
            dashboard.run(player, sys.stdin, sys.stdout)
    else:
        sys.setswitchinterval(SWITCH_S)
        log = run(Dashboard(player, title=title, first=first, own_keys=own_keys))
    if isinstance(player, Live):
        player.seek(math.inf)  # the line is about the day as it is now, wherever the wearer looked
    print(summary(player.snapshot()))
    if player.failed is not None:  # it was on the screen, which is gone
        raise SpinaeError(player.failed.rstrip("."), hint=f"What is known of it is in {log}." if log else "")
    return 0


def summary(s: Snapshot) -> str:
    """Summary line."""
    parts = ", ".join(f"{part.name} {times.clock(part.seconds)}" for part in shares.split(s))
    _, count = s.so_far
    alerts = "1 alert" if count == 1 else f"{count} alerts"
    what = f"{times.clock(s.t_s)} watched" if s.today is None else "Today"
    return f"{what}: {parts}; {alerts}{f' ({sensor_text.SIMULATED})' if s.simulated and s.today is not None else ''}."
