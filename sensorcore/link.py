"""Link status as one frozen value, for screens and tests."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum, unique

RATE_WINDOW_S = 5.0


@unique
class LinkState(StrEnum):
    """State of a link. The values are in snapshots and in `status --json`. `sensorcore.links.link_tracker`: transitions."""

    SEARCHING = "searching"
    """No link: looking for the sensor, or waiting for the next attempt."""
    CONNECTING = "connecting"
    """Found: being connected and set up, or connected without a frame so far."""
    STREAMING = "streaming"
    """Frames are accepted."""
    PAUSED = "paused"
    """Connected, but the sensor says that it takes no samples."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """`frames_per_s` over the last seconds (more than life while it back-fills). `every_s`: about how long from one arrival to the
    next, of a sensor that sends much at once. `backfilled`, `lost` (never to come), `duplicates`, `damaged` (or not to be believed)
    and `dropped` (no room in our queue; asked for again) count frames. None is unknown, never 0. `rssi_dbm` is from the last
    search. `problem`: the sentence to show while no frames are accepted; `trouble`: the one to show beside anything else, such as a
    disk that is full; `lower_serial`: that of the second of two sensors."""

    sensor: str = ""
    serial: str | None = None
    state: LinkState = LinkState.SEARCHING
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
    trouble: str | None = None

    @property
    def is_connected(self) -> bool:
        return self.state in (LinkState.STREAMING, LinkState.PAUSED)


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
