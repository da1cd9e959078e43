"""The IMU's FIFO into frames into the ring."""

import board
from ring import U32
from ticks import SampleClock

from firmware_protocol import tables, wire

FAILURES_BEFORE_RESTART = 5


class Sampler:
    """One session after another; a new one whenever sampling was not unbroken."""

    def __init__(self, imu, ring, clock, rate, scale):
        self._imu = imu
        self._ring = ring
        self._clock = clock
        self._failures = 0
        self.rate = rate if rate in imu.rates else tables.DEFAULT_RATE
        self.scale = scale if scale in imu.scales else imu.scales[0]
        self.begin()

    def begin(self):
        """A new session: a number of its own, sequence from 0, the FIFO empty."""
        rate_hz, self._per_frame = tables.RATES[self.rate]
        stride = 2 * tables.AXES[self.scale]
        self._samples = memoryview(bytearray(self._per_frame * stride))
        self._stride = stride
        self._filled = 0
        self._times = SampleClock(1000000 // rate_hz)
        self.session = board.random_u32()
        self._ring.begin(wire.DATA_HEADER + len(self._samples) + wire.CRC_BYTES)
        self._imu.start(self.rate, self.scale)

    def mode(self, rate, scale):
        """False when the chip cannot do it. Nothing happens when nothing changes."""
        if rate not in self._imu.rates or scale not in self._imu.scales:
            return False
        if (rate, scale) != (self.rate, self.scale):
            self.rate, self.scale = rate, scale
            self.begin()
        return True

    def poll(self):
        """Takes what the FIFO holds. True when the IMU answered; after several failures in a row it is set up again."""
        try:
            if self._failures >= FAILURES_BEFORE_RESTART:
                self.begin()
            self._take()
        except OSError:
            self._failures += 1
            return False
        self._failures = 0
        return True

    def _take(self):
        waiting = self._imu.waiting()
        if waiting < 0:
            self.begin()
            return
        newest_us = self._times.step(waiting, self._clock.now_us())
        while waiting:
            take = min(waiting, self._per_frame - self._filled)
            try:
                self._imu.read(self._samples[self._filled * self._stride :], take)
            except OSError:  # who knows which samples are gone
                self._failures = FAILURES_BEFORE_RESTART
                raise
            self._filled += take
            waiting -= take
            if self._filled == self._per_frame:
                taken_us = (newest_us - waiting * self._times.period_us) & U32
                self._ring.push(
                    wire.pack_data(self.session, self._ring.sequence, taken_us, self.scale, self.rate, bytes(self._samples))
                )
                self._filled = 0

    def temperature_centi_c(self):
        """Temperature of the chip, which is a few degrees warmer than the air; unknown while it does not answer."""
        try:
            return self._imu.temperature_centi_c()
        except OSError:
            return tables.UNKNOWN_TEMPERATURE
