"""Queue between the radio's callback, which must not wait, and a consumer that may be slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable

from sensorcore.ports import Incoming


class BoundedQueue:
    """Queue of about `length` items that never drops any: the caller checks `is_full` before it accepts a frame, and may then
    put a few more that the frame released."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._items: deque[Incoming] = deque()
        self._ready = asyncio.Event()
        self._closed = False

    @property
    def is_full(self) -> bool:
        return len(self._items) >= self._length

    def put(self, items: Iterable[Incoming]) -> None:
        self._items.extend(items)
        if self._items:
            self._ready.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._ready.set()

    def drain(self) -> list[Incoming]:
        """Take out all that waits."""
        waiting = list(self._items)
        self._items.clear()
        return waiting

    async def items(self) -> AsyncGenerator[Incoming, None]:
        """Everything in order, until closed and empty."""
        while True:
            while self._items:
                yield self._items.popleft()
            if self._closed:
                return
            self._ready.clear()
            await self._ready.wait()
