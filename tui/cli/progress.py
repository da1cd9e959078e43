"""A progress bar on stderr for long work, only when somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sensorcore.text.escape import one_line
from tui.terminal.guarded import unguarded


@contextmanager
def progress(title: str, total_s: float | None) -> Iterator[Callable[[float], None]]:
    """Yields a function that takes how many seconds of the stream are done. Short work shows nothing."""
    if not sys.stderr.isatty() or (total_s is not None and total_s < 600):
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only paid for when shown
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(file=unguarded(sys.stderr), markup=False), transient=True) as bar:
        task = bar.add_task(escape(one_line(title)), total=total_s)
        yield lambda done_s: bar.update(task, completed=done_s)
