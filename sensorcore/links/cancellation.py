"""Separation of a task's cancellation from one that leaks out of a radio stack.

Radio stacks end what they wait for by cancelling it when the link drops (Bumble its pending request, bleak's WinRT backend its
connect), and the `CancelledError` reaches the task that awaits the operation. Taken for a cancellation of that task, it silently
ends a reader that should go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from sensorcore.errors import SourceError


class StrayCancellation(SourceError):
    """An operation was cancelled by what runs it, not by the task that awaits it: the link broke under it."""

    def __init__(self) -> None:
        super().__init__("the connection broke", hint="Bring the sensor nearer")


@contextlib.contextmanager
def stray_cancellation_as_error() -> Iterator[None]:
    """Raises StrayCancellation for a CancelledError that reached the block without its task being cancelled meanwhile.

    Requests are counted from where the block begins, for a task may carry an older one: a clean-up runs after a cancellation, and a
    TaskGroup can leave its parent marked as cancelled (Python before 3.13)."""
    task = asyncio.current_task()
    requests = 0 if task is None else task.cancelling()
    try:
        yield
    except asyncio.CancelledError:
        if task is None or task.cancelling() > requests:
            raise
        raise StrayCancellation from None
