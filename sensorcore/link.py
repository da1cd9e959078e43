"""How the link is doing, as one frozen value for screens and tests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal, TypeAlias

LinkState: TypeAlias = Literal["searching", "connecting", "streaming", "paused"]
RATE_WINDOW_S = 5.0


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """`state`: "paused" is connected, but the sensor takes no samples. `frames_per_s` over the last seconds (more than life while
    it back-fills). `every_s`: about how long from one arrival to the next, of a sensor that sends much at once. `backfilled`,
    `lost` (never to come), `duplicates`, `damaged` and `dropped` (no room in our queue; asked for again) count frames. None is
    unknown, never 0. `rssi_dbm` is from the last search. `problem`: the sentence to show while there is no link;
    `lower_serial` that of the second of two sensors."""

    sensor: str = ""
    serial: str | None = None
    state: LinkState = "searching"
    battery_percent: int | None = None
    rssi_dbm: int | None = None
    frames_per_s: float = 0.0
    every_s: float = 0.0
    frames: int = 0
    backfilled: int = 0
    lost: int = 0
    duplicates: int = 0
    damaged: int = 0
    dropped: int = 0
    reconnects: int = 0
    worn: bool | None = None
    problem: str | None = None
    lower_serial: str | None = None

    @property
    def is_connected(self) -> bool:
        return self.state in ("streaming", "paused")


class RateMeter:
    """Events a second over the last `RATE_WINDOW_S`."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque(maxlen=4096)

    def tick(self, now_s: float) -> None:
        self._times_s.append(now_s)

    def per_s(self, now_s: float) -> float:
        while self._times_s and now_s - self._times_s[0] > RATE_WINDOW_S:
            self._times_s.popleft()
        return len(self._times_s) / RATE_WINDOW_S
