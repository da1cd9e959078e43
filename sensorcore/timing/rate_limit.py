"""Rate limits: a token bucket, and a filter that limits log records with it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

MOST_PLACES: Final = 256


class Bucket:
    """Token bucket: holds `at_once`, gains `per_s` a second."""

    def __init__(self, per_s: float, at_once: float) -> None:
        self._per_s, self._at_once = per_s, at_once
        self._left, self._at_s = float(at_once), 0.0

    def level(self, now_s: float) -> float:
        """Tokens left."""
        self._left = min(self._at_once, self._left + max(0.0, now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        return self._left

    def take(self, now_s: float, amount: float = 1.0) -> bool:
        """So many more; False, and nothing is taken, when fewer are left."""
        if self.level(now_s) < amount:
            return False
        self._left -= amount
        return True


class LogLimit(logging.Filter):
    """Lets a few records a minute of each place in the code through, and says with the next one how many were left out: what
    somebody else can cause must not fill the log."""

    def __init__(self, per_s: float = 1 / 60, at_once: int = 10, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._per_s, self._at_once, self._clock = per_s, at_once, clock
        self._places: dict[tuple[str, str, int], tuple[Bucket, list[int]]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        place = (record.name, record.pathname, record.lineno)
        if place not in self._places:
            while len(self._places) >= MOST_PLACES:
                del self._places[next(iter(self._places))]
            self._places[place] = Bucket(self._per_s, self._at_once), [0]
        bucket, left_out = self._places[place]
        if not bucket.take(self._clock()):
            left_out[0] += 1
            return False
        if left_out[0]:
            record.msg, record.args = f"{record.getMessage()} ({left_out[0]} like this were left out before)", None
            left_out[0] = 0
        return True
