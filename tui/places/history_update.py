"""Update of the history while a view shows it: in a process of its own, for it takes all of a processor."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Final

from sensorcore.history.ingest import not_ingested
from sensorcore.history.store import History
from sensorcore.storage.write import is_being_written
from tui.places.folders import data_folder, history_path

AGAIN_AFTER_S: Final = 300.0
"""Shortest pause between updates of the day under way."""
_COMMAND: Final = "import os, sys; hasattr(os, 'nice') and os.nice(10); from tui.cli import main; sys.exit(main(['report']))"

_entered_s = -AGAIN_AFTER_S


def _waiting() -> tuple[int, bool]:
    """Number of recordings not ingested, and whether there are others than the one being written. Touches the disk."""
    with History(history_path()) as history:
        found = not_ingested(history, data_folder() / "recordings")
    return len(found), any(not is_being_written(path) for path in found)


async def enter_waiting(say: Callable[[str], None], *, under_way: bool = True) -> bool:
    """Ingest the recordings that wait; returns whether there were any. `say` gets the progress, and what failed; `under_way`:
    include the day that is being recorded. Raises StorageError."""
    global _entered_s  # noqa: PLW0603 - one a program, whichever screen asks
    count, urgent = await asyncio.to_thread(_waiting)
    lately = time.monotonic() - _entered_s < AGAIN_AFTER_S
    if not count or (not urgent and (lately or not under_way)):
        return False
    _entered_s = time.monotonic()
    say(f"entering {count} recording{'s' if count > 1 else ''} into the history …")
    quiet = asyncio.subprocess.DEVNULL
    ingesting = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _COMMAND, stdin=quiet, stdout=quiet, stderr=asyncio.subprocess.PIPE, env=dict(os.environ)
    )
    try:
        _, problems = await ingesting.communicate()
    finally:
        if ingesting.returncode is None:
            ingesting.kill()
            await ingesting.wait()
    said = problems.decode(errors="replace").strip().splitlines()
    say(said[-1].removeprefix("spinae: ") if said and ingesting.returncode else "")
    return True
