"""What a live source delivers, collected beside the test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sensorcore.ports import Incoming
from sensorcore.session.session import LiveSource


@contextlib.asynccontextmanager
async def arriving(source: LiveSource) -> AsyncIterator[list[Incoming]]:
    """A list that grows with each arrival, until the block ends."""
    items: list[Incoming] = []

    async def collect() -> None:
        async with contextlib.aclosing(source.arrivals()) as arrivals:
            async for item in arrivals:
                items.append(item)

    task = asyncio.create_task(collect())
    try:
        yield items
    finally:
        task.cancel()
        await asyncio.wait({task})
