"""Cancelling that arrives. A task group whose child fails in the same moment, and radio stacks, turn a cancellation into another
error or swallow it (Python before 3.13); whoever goes on after errors would then never end."""

from __future__ import annotations

import asyncio
from typing import Any


def is_cancelled() -> bool:
    """Whether the running task has been told to end, whatever it got to see of that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def ended(task: asyncio.Task[Any], *, again_s: float) -> None:
    """Cancel `task`, and once more every `again_s` until it has ended: longer than an orderly end takes, which that would
    cut short."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=again_s)
