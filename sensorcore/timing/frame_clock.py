"""Sample times of third-party sensors, one frame at a time, with the state a value. Three kinds of clock:

`per_frame`: the frame carries the device's own time of its last sample. Samples are spread evenly between the stamps of consecutive
frames, so the real rate is measured. A stamp that runs back a little is a frame sent again; one that leaps (a clock set, or at its
default after a power loss) starts a new clock, and only arrival shows how long the sensor was away.

`per_sample`: every sample carries the device's own time. As `per_frame`, but time may be missing anywhere.

`untimed`: the frame carries no time. Its samples are counted at the nominal rate, and the line under the deliveries
(`sensorcore.timing.host_clock`, after Moon, Skelly and Towsley, INFOCOM 1999) turns the count into time: the lower envelope
ignores how late a burst came, its slope is the sensor's true rate. What a link lost silently shows as deliveries that are late
for good.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.timing import host_clock
from sensorcore.timing.device_clock import LONGEST_GAP_US
from sensorcore.timing.host_clock import ROUGH, TICK_WRAP_US, HostClock
from sensorcore.timing.interpolation import WIDEST_STEP

RESENT_US: Final = 3_600_000_000
"""A stamp up to this far back is a frame sent again, further back another clock;"""
RESENT_NS: Final = 10_000_000_000
"""but nothing is sent again for longer than this: then it is a sensor that restarted."""
CLOCK_SET_US: Final = 60_000_000
"""A stamp this much further ahead than arrivals allow: somebody set the clock."""
RATE_ERROR: Final = 0.2
"""Spacing further from the nominal one is no rate but a loss."""
LEARN: Final = 0.1
"""Weight of a frame's own spacing in the period."""
STALL_NS: Final = 4_000_000_000
"""Within a connection the link layer delivers or breaks; what comes so much too late was not kept by a cheap sensor."""
LATE_NS: Final = 150_000_000
"""All of a bin's deliveries later than this: samples are missing (bursts have been measured to be up to 48 ms late)."""
MAX_SLEW: Final = 0.2
"""Time is bent by no more than this to meet the line, so it never stops or leaps."""
NONE_YET: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class FrameClock:
    """`ticks_us`: the last stamp, or the nominal count in this session; `end_us`: stream time of the last sample, less
    `origin_us`, that of the first frame's last; `nominal_us`: what a session counts by; `period_us`: the spacing measured;
    `late_ns`: the least lateness of the bin that ends at `bin_end_us`; `is_fresh`: the link was re-established since;
    `stale_since_ns`: when the first of a run of old stamps arrived."""

    ticks_us: int
    end_us: float
    origin_us: float
    nominal_us: float
    period_us: float
    origin_ns: int
    host: HostClock
    late_ns: int = NONE_YET
    bin_end_us: int = 0
    is_fresh: bool = False
    stale_since_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """The times of a frame's samples (none when it is not newer than the last one), and whether time is missing before them."""

    clock: FrameClock
    t_s: FloatArray
    after_gap: bool


def per_frame(clock: FrameClock | None, ticks_us: int, count: int, nominal_us: float, arrival_ns: int) -> Dated:
    """`ticks_us`: the device's time of the last of `count` samples."""
    if clock is None:
        return _first(ticks_us, count, nominal_us, arrival_ns)
    elapsed_us = ticks_us - clock.ticks_us
    stale_ns = arrival_ns if clock.stale_since_ns is None else clock.stale_since_ns
    if -RESENT_US < elapsed_us <= 0 and arrival_ns - stale_ns < RESENT_NS:
        return Dated(replace(clock, stale_since_ns=stale_ns), np.empty(0), False)
    since_us = (arrival_ns - clock.host.frame_unix_ns) // 1000
    if elapsed_us <= 0 or elapsed_us > max(since_us, 0) + CLOCK_SET_US:
        return _restarted(clock, ticks_us, count, clock.end_us + since_us, arrival_ns)
    expected_us = count * clock.period_us
    together = 0.5 * expected_us - 1000.0 < elapsed_us < 1.5 * expected_us + 1000.0  # stamps may be whole milliseconds
    spacing_us = elapsed_us / count if together else min(clock.period_us, elapsed_us / count)
    period_us = clock.period_us
    if together and abs(spacing_us - nominal_us) < RATE_ERROR * nominal_us:
        period_us += LEARN * (spacing_us - period_us)
    host = host_clock.step(clock.host, clock.host.session, ticks_us % TICK_WRAP_US, elapsed_us, arrival_ns, ROUGH)
    # written out, here and below: `replace` would be half of the driver's work
    now = FrameClock(
        ticks_us,
        clock.end_us + elapsed_us,
        clock.origin_us,
        clock.nominal_us,
        period_us,
        clock.origin_ns,
        host,
        clock.late_ns,
        clock.bin_end_us,
        clock.is_fresh,
    )
    return Dated(now, _spread(now, spacing_us, count), not together)


@dataclass(frozen=True, slots=True)
class SampleTimes:
    """The times of the samples that are new, the last ones of those given, and which of them follow a gap."""

    clock: FrameClock
    t_s: FloatArray
    after_gap: BoolArray


def per_sample(clock: FrameClock | None, stamps_us: IntArray, nominal_us: float, arrival_ns: int) -> SampleTimes:
    """`stamps_us` (n >= 1,): the device's times of the samples, increasing."""
    last_us = int(stamps_us[-1])
    period_us = nominal_us if clock is None else clock.period_us
    if clock is not None and clock.ticks_us < last_us:
        stamps_us = stamps_us[stamps_us > clock.ticks_us]
    count = max(len(stamps_us), round((last_us - int(stamps_us[0])) / period_us) + 1)
    dated = per_frame(clock, last_us, count, nominal_us, arrival_ns)
    now = dated.clock
    if not len(dated.t_s):
        return SampleTimes(now, np.empty(0), np.empty(0, dtype=np.bool_))
    if clock is None:
        now = replace(now, origin_us=float(last_us - int(stamps_us[0])))
    is_same = clock is not None and clock.host.session == now.host.session
    steps_us = np.diff(stamps_us, prepend=clock.ticks_us if clock is not None and is_same else stamps_us[0])
    after_gap: BoolArray = steps_us > WIDEST_STEP * period_us
    after_gap[0] |= clock is not None and not is_same
    t_s = (now.end_us + now.origin_us - (last_us - stamps_us).astype(np.float64)) * 1e-6
    newest_s = -np.inf if clock is None else (clock.end_us + clock.origin_us) * 1e-6
    begin = int(np.searchsorted(t_s, newest_s, side="right"))
    return SampleTimes(now, t_s[begin:], after_gap[begin:])


def untimed(clock: FrameClock | None, count: int, nominal_us: float, arrival_ns: int) -> Dated:
    """`count` samples that say nothing of their time; consecutive, as far as arrivals can tell."""
    if clock is None:
        return _first(0, count, nominal_us, arrival_ns)
    counted_us = round(count * clock.nominal_us)
    ticks_us = clock.ticks_us + counted_us
    host = host_clock.step(clock.host, clock.host.session, ticks_us % TICK_WRAP_US, counted_us, arrival_ns, ROUGH)
    late_ns = arrival_ns - host.frame_unix_ns
    is_bin_over = ticks_us >= clock.bin_end_us
    if clock.is_fresh or late_ns > STALL_NS or (is_bin_over and LATE_NS < clock.late_ns < NONE_YET):
        return _restarted(clock, 0, count, (arrival_ns - clock.origin_ns) / 1000, arrival_ns)
    period_us = clock.nominal_us * (1.0 + host.skew / 1000.0)
    due_us = (host.frame_unix_ns - clock.origin_ns) / 1000 - clock.end_us
    step_us = min(max(due_us, (1.0 - MAX_SLEW) * count * period_us), (1.0 + MAX_SLEW) * count * period_us)
    now = FrameClock(
        ticks_us,
        clock.end_us + step_us,
        clock.origin_us,
        clock.nominal_us,
        period_us,
        clock.origin_ns,
        host,
        late_ns if is_bin_over else min(clock.late_ns, late_ns),
        ticks_us + ROUGH.bin_us if is_bin_over else clock.bin_end_us,
    )
    return Dated(now, _spread(now, step_us / count, count), False)


def interrupted(clock: FrameClock | None) -> FrameClock | None:
    """The link was re-established: samples from here on are not consecutive with those before."""
    return None if clock is None else replace(clock, is_fresh=True)


def _first(ticks_us: int, count: int, nominal_us: float, arrival_ns: int) -> Dated:
    host = host_clock.step(None, 0, ticks_us % TICK_WRAP_US, 0, arrival_ns, ROUGH)
    origin_us = (count - 1) * nominal_us
    clock = FrameClock(ticks_us, 0.0, origin_us, nominal_us, nominal_us, arrival_ns, host, bin_end_us=ticks_us + ROUGH.bin_us)
    return Dated(clock, _spread(clock, nominal_us, count), False)


def _restarted(clock: FrameClock, ticks_us: int, count: int, end_us: float, arrival_ns: int) -> Dated:
    """After a gap that only arrival times measure; the rate learnt so far is kept."""
    earliest_us = clock.end_us + count * clock.period_us
    host = host_clock.step(clock.host, clock.host.session + 1, ticks_us % TICK_WRAP_US, 0, arrival_ns, ROUGH)
    now = replace(
        clock,
        ticks_us=ticks_us,
        end_us=min(max(end_us, earliest_us), clock.end_us + LONGEST_GAP_US),
        nominal_us=clock.period_us,
        host=host,
        late_ns=NONE_YET,
        bin_end_us=ticks_us + ROUGH.bin_us,
        is_fresh=False,
        stale_since_ns=None,
    )
    return Dated(now, _spread(now, clock.period_us, count), True)


def _spread(clock: FrameClock, spacing_us: float, count: int) -> FloatArray:
    """`count` times up to and including the clock's end, in seconds."""
    end_us = clock.end_us + clock.origin_us
    if count == 1:  # what most that send no frames send; an array made in one go
        return np.array([end_us * 1e-6])
    return (end_us - np.arange(count - 1, -1, -1, dtype=np.float64) * spacing_us) * 1e-6
