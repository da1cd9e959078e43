"""Time in µs: a clock that does not wrap, and the instants at which samples were taken. Integers throughout: a board's floats have
24 bits."""

import time

U32 = 0xFFFFFFFF


class Clock:
    """µs since boot. `ticks_us` wraps every 17.9 min on a board; `now_us` must be called at least every 8 min."""

    def __init__(self):
        self._ticks = time.ticks_us()
        self._us = 0
        self._unix_at_zero_ms = None

    def now_us(self):
        ticks = time.ticks_us()
        self._us += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._us

    def set_unix_ms(self, unix_ms):
        self._unix_at_zero_ms = unix_ms - self.now_us() // 1000

    def unix_ms(self):
        """0 until it was set."""
        return 0 if self._unix_at_zero_ms is None else self._unix_at_zero_ms + self.now_us() // 1000


class SampleClock:
    """Time of the newest sample in a FIFO, from when the FIFO was looked at and how many it held.

    A look at time t that finds the FIFO's newest sample says: taken by t, and less than a period before t, or its successor would
    be there too. In between, samples follow each other at an even period, which is trimmed by what the bounds correct: the chip's
    clock may be several per cent off. The error is less than a period, and steady.
    """

    _FINE = 256  # the period's unit is 1/256 µs

    def __init__(self, period_us):
        self._nominal = self._period = period_us * self._FINE
        self._newest_us = None
        self._rest = 0
        self._samples = 0

    @property
    def period_us(self):
        return self._period // self._FINE

    def step(self, count, now_us):
        """The instant of the newest of `count` further samples (0 is a finding too), seen at `now_us`."""
        if self._newest_us is None:
            if count:
                self._newest_us = now_us - self.period_us // 2
            return now_us if self._newest_us is None else self._newest_us
        self._rest += count * self._period
        self._newest_us += self._rest // self._FINE
        self._rest %= self._FINE
        self._samples += count
        early = now_us - self.period_us - self._newest_us
        late = self._newest_us - now_us
        if late > 0:
            self._correct(-late)
        elif early > 0:
            self._correct(early)
        return self._newest_us

    def _correct(self, error_us):
        self._newest_us += error_us
        trim = error_us * self._FINE // (4 * max(self._samples, 16))
        limit = self._nominal // 16
        self._period = max(self._nominal - limit, min(self._nominal + limit, self._period + trim))
        self._samples = 0
