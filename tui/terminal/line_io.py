"""Input and output on a terminal that can only print lines and send typed ones."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TextIO

from sensorcore.text.escape import one_line
from tui.terminal import console
from tui.terminal.guarded import steer, unguarded


def writing(printed: TextIO) -> Callable[[str], None]:
    """Function that prints a line; line breaks in it are escaped."""
    console.forgiving(unguarded(printed))
    return lambda line: print(one_line(line), file=printed, flush=True)


def ringing(printed: TextIO) -> Callable[[], None]:
    """Function that rings the terminal's bell."""
    return lambda: steer(printed, "\a")


def listening(typed: TextIO) -> queue.SimpleQueue[str]:
    """Queue of typed lines, read in a thread that nobody waits for."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def listen() -> None:
        for line in typed:
            lines.put(line)

    threading.Thread(target=listen, name="typed", daemon=True).start()
    return lines
