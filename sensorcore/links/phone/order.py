"""Reordering of batches from a network: duplicates are dropped, and the wait for a missing one is bounded. No I/O."""

from __future__ import annotations

from typing import Final

from sensorcore.devices.phone_batch import Batch

HOLD_S: Final = 4.0
"""So long a batch waits for one that was sent before it; a phone that sends again after a failure has done so by then."""
MOST_HELD: Final = 32
FROM_THE_BEGINNING: Final = 4
"""A recording whose first message has at most this number began with number 0, which is under way."""


SILENT_S: Final = 10.0
"""When the recording that arrives has sent nothing for so long, another may follow at any time: a phone's clock may have been
set back."""


class BatchOrder:
    """`lost` and `duplicates` count batches. Which recording, and which batch, is the newer one is judged by the times of its rows:
    numbers that begin again, or jump, must not make all that follows too late."""

    def __init__(self, hold_s: float = HOLD_S) -> None:
        self._hold_s = hold_s
        self._session: int | None = None
        self._next = 0
        self._newest_ns = 0
        self._taken_at_s = 0.0
        self._held: dict[int, tuple[float, Batch]] = {}
        self.lost = self.duplicates = 0

    def is_earlier(self, batch: Batch, now_s: float) -> bool:
        """Whether it is of a recording that began before the one that arrives now: sent late, or replayed."""
        if self._session is None or batch.session == self._session or now_s - self._taken_at_s >= SILENT_S:
            return False
        return batch.newest_ns <= self._newest_ns

    def take(self, batch: Batch, now_s: float) -> list[Batch]:
        """Add a batch; returns those that are ready, in order."""
        ready: list[Batch] = []
        if self.is_earlier(batch, now_s):
            self.duplicates += 1
            return []
        if batch.session != self._session:
            ready = self.drain()
            self._session, self._newest_ns = batch.session, 0
            self._next = 0 if batch.message <= FROM_THE_BEGINNING else batch.message
        if batch.message in self._held or (batch.message < self._next and batch.newest_ns <= self._newest_ns):
            self.duplicates += 1
            return ready
        if batch.message < self._next:  # newer than all before, under a lower number
            ready += self.drain()
            self._next = batch.message
        self._newest_ns = max(self._newest_ns, batch.newest_ns)
        self._taken_at_s = now_s
        self._held[batch.message] = (now_s, batch)
        return [*ready, *self._ready(), *self.elapse(now_s)]

    def elapse(self, now_s: float) -> list[Batch]:
        """Batches whose wait has timed out."""
        ready: list[Batch] = []
        while self._held and (
            now_s - min(since_s for since_s, _ in self._held.values()) >= self._hold_s or len(self._held) > MOST_HELD
        ):
            first = min(self._held)
            self.lost += first - self._next
            self._next = first
            ready += self._ready()
        return ready

    def drain(self) -> list[Batch]:
        """All that waits, given up on what is missing."""
        held, self._held = self._held, {}
        return [held[message][1] for message in sorted(held)]

    def _ready(self) -> list[Batch]:
        ready = []
        while self._next in self._held:
            ready.append(self._held.pop(self._next)[1])
            self._next += 1
        return ready
