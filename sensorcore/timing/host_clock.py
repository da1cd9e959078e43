"""Host clock: device ticks to this machine's time, from when frames arrived.

A frame arrives some time after its last sample was taken: a little when the link is quick, seconds or minutes when it was held up.
Only the quickest deliveries show the time, so a line is laid under the points (device time, arrival − device time): the edge of
their lower convex hull below the middle of the last hour, which has all points above it and lies close to them (after Moon, Skelly
and Towsley, INFOCOM 1999). Its slope is the skew of the two crystals. What remains is the link's least delay.

Pure: the state is a value. Only device ticks count here, so that the error of the sample clock does not matter; for the samples
between two frames see `sensorcore.timing.device_clock`.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

TICK_WRAP_US = 1 << 32


@dataclass(frozen=True, slots=True)
class EnvelopeLimits:
    """Of each `bin_us` of device time only the quickest delivery counts, for the last `window_us`: crystals drift as they warm
    up. `skew_max` in ns per µs: two crystals differ by up to 40–100 ppm. With less than `skew_after_us` to go by, the clocks are
    taken to run alike: 100 ppm are 2 ms in 20 s."""

    bin_us: int = 4_000_000
    window_us: int = 3_600_000_000
    skew_max: float = 0.15
    skew_after_us: int = 20_000_000


CRYSTAL = EnvelopeLimits()
ROUGH = EnvelopeLimits(bin_us=1_000_000, window_us=120_000_000, skew_max=30.0, skew_after_us=3_000_000)
"""For a device without a clock of its own, or with an oscillator without a crystal (1–3 %)."""

Point = tuple[int, int]
"""Device time since the session's first frame (µs), arrival less that (ns since the first arrival)."""


@dataclass(frozen=True, slots=True)
class HostClock:
    """The line under the points (`skew` ns per µs through `base_ns` at device time 0) and what it is laid through: the corners of
    the lower hull, and `low`, the lowest point of the bin that is not full. `last_ns` is the newest time given out."""

    session: int
    ticks_us: int
    device_us: int
    first_arrival_ns: int
    last_ns: int
    low: Point
    hull: tuple[Point, ...] = ()
    base_ns: float = 0.0
    skew: float = 0.0

    @property
    def skew_ppm(self) -> float:
        """By how much the host's clock runs faster than the sensor's."""
        return self.skew * 1000.0

    @property
    def frame_unix_ns(self) -> int:
        """Time of the newest frame's last sample."""
        return self.last_ns


def step(
    state: HostClock | None, session: int, ticks_us: int, expected_us: int, arrival_unix_ns: int, limits: EnvelopeLimits = CRYSTAL
) -> HostClock:
    """The next frame in order: the 32-bit device time of its last sample, and the nominal time since the frame before (from
    sequence and rate; it only shows how often the ticks wrapped in between). A new session has a new clock; time never runs
    back."""
    if state is None or state.session != session:
        last_ns = arrival_unix_ns if state is None else max(arrival_unix_ns, state.last_ns)
        return HostClock(session, ticks_us, 0, arrival_unix_ns, last_ns, (0, 0))
    elapsed_us = (ticks_us - state.ticks_us) % TICK_WRAP_US
    wraps = max(0, round((expected_us - elapsed_us) / TICK_WRAP_US))
    device_us = state.device_us + elapsed_us + wraps * TICK_WRAP_US
    late_ns = arrival_unix_ns - state.first_arrival_ns - device_us * 1000
    point, low, hull, base_ns, skew = (device_us, late_ns), state.low, state.hull, state.base_ns, state.skew
    if device_us // limits.bin_us != low[0] // limits.bin_us:
        hull = _with_corner(hull, low, limits)
        low = point
        base_ns, skew = _line_under(hull, limits)
    elif late_ns - skew * device_us < low[1] - skew * low[0]:
        low = point
    base_ns = min(base_ns, late_ns - skew * device_us)
    host_ns = round(state.first_arrival_ns + device_us * 1000 + base_ns + skew * device_us)
    last_ns = max(host_ns, state.last_ns)
    return HostClock(session, ticks_us, device_us, state.first_arrival_ns, last_ns, low, hull, base_ns, skew)


def _with_corner(hull: tuple[Point, ...], point: Point, limits: EnvelopeLimits) -> tuple[Point, ...]:
    """The lower hull with a point to its right (Andrew's monotone chain), less what is older than the window."""
    corners = [corner for corner in hull if point[0] - corner[0] <= limits.window_us]
    x, y = point
    while len(corners) > 1:
        (x1, y1), (x2, y2) = corners[-2:]
        if (x2 - x1) * (y - y1) > (y2 - y1) * (x - x1):
            break
        corners.pop()
    return (*corners, point)


def _line_under(hull: tuple[Point, ...], limits: EnvelopeLimits) -> tuple[float, float]:
    """(value at 0, slope) of the hull's edge below the middle; of no slope while the hull spans too little."""
    skew = 0.0
    if hull[-1][0] - hull[0][0] >= limits.skew_after_us:
        middle = (hull[0][0] + hull[-1][0]) / 2
        right = next(i for i in range(1, len(hull)) if hull[i][0] >= middle)
        (x0, y0), (x1, y1) = hull[right - 1 : right + 1]
        skew = min(max((y1 - y0) / (x1 - x0), -limits.skew_max), limits.skew_max)
    return min(y - skew * x for x, y in hull), skew


def _steady_ns() -> int:
    """A clock that nobody sets, that also counts while the machine sleeps where the system offers that."""
    if sys.platform == "darwin":  # CLOCK_MONOTONIC goes on there during sleep, unlike `time.monotonic`
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if boot_time is None else time.clock_gettime_ns(boot_time)


def steady_s() -> float:
    """Seconds by that clock, for measuring how much time has passed."""
    return _steady_ns() / 1e9


_ANCHOR_NS = time.time_ns() - _steady_ns()


def arrival_unix_ns() -> int:
    """Now, in ns since 1970, for stamping arrivals: by a clock that is not set while the program runs."""
    return _ANCHOR_NS + _steady_ns()
