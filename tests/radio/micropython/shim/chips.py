# Two IMUs at register level, written from their data sheets and sharing nothing with the firmware: the reset values, the bits that
# choose rate and range, and the FIFOs with their sizes, their order of bytes and their overflow.
import os
import struct

import link

RECORD = 24  # of the samples file: six int32, acceleration in micro-g, angular rate in thousandths of deg/s


class Samples:
    """The motion to be measured: record i is what the i-th sample of a chip measures; it starts over at the end."""

    def __init__(self):
        path = os.getenv("SPINAE_SAMPLES")
        self._file = open(path, "rb") if path else None
        self._count = os.stat(path)[6] // RECORD if path else 1
        self._at = -1

    def counts(self, index, range_g, range_dps):
        """Six int16: acceleration, angular rate, clipped at full scale. `range_dps` is what 32768 counts stand for."""
        values = (0, 0, 1000000, 0, 0, 0)
        if self._file:
            index %= self._count
            if index != self._at:
                self._file.seek(index * RECORD)
            values = struct.unpack("<6i", self._file.read(RECORD))
            self._at = index + 1
        acc = [round(value * 32768 / (range_g * 1000000)) for value in values[:3]]
        gyr = [round(value * 32768 / (range_dps * 1000)) for value in values[3:]]
        return [max(-32768, min(32767, count)) for count in acc + gyr]


class Chip:
    """Registers, and a FIFO that fills by itself: what is in it is worked out when somebody looks."""

    room = 0  # bytes

    def __init__(self, samples):
        self._samples = samples
        self._scale = float(os.getenv("SPINAE_RATE_FACTOR") or "1")  # its crystal against the board's
        self._taken = 0  # samples since power-on, the index into the motion
        self._since_us = 0
        self._done = 0  # of those, since the rate was set
        self._empty()
        self.reset()

    def _tick(self):
        """Measures what was due since it was last asked."""
        rate_hz = self.rate_hz()
        if not rate_hz:
            return
        due = int((link.now_us() - self._since_us) * rate_hz * self._scale / 1000000)
        new = due - self._done
        self._done = due
        if not self.filling():
            self._taken += new
            return
        skip = max(0, new - self.room // 12 - 1)
        for index in range(self._taken + skip, self._taken + new):
            self._fifo += self.pack(index)
        self._taken += new
        if len(self._fifo) > self.room or skip:
            self._fifo = self._fifo[-self.room :]
            self._overflown = True

    def _rate_changed(self):
        self._since_us, self._done = link.now_us(), 0

    def _empty(self):
        self._fifo = bytearray()
        self._overflown = False

    def _begin(self):
        link.send(op="fifo", first=self._taken, since_us=self._since_us, done=self._done, rate_hz=self.rate_hz() * self._scale)

    def _pull(self, count):
        data = bytes(self._fifo[:count])
        self._fifo = self._fifo[count:]
        return data + bytes(count - len(data))


class Lsm6dsChip(Chip):
    room = 4096
    RATES = {2: 26, 3: 52, 4: 104, 5: 208}
    RANGE_G = {0: 2, 1: 16, 2: 4, 3: 8}
    RANGE_DPS = {0: 286.72, 1: 573.44, 2: 1146.88, 3: 2293.76}  # 8.75, 17.5, 35, 70 mdps a count

    def reset(self):
        self._registers = {0x0F: 0x6A, 0x12: 0x04}
        self._word = 0
        self._empty()  # bypass mode

    def rate_hz(self):
        odr = self._registers.get(0x10, 0) >> 4
        return self.RATES.get(odr, 0) if odr == self._registers.get(0x11, 0) >> 4 else 0

    def filling(self):
        control = self._registers.get(0x0A, 0)
        return control & 7 == 6 and control >> 3 == self._registers.get(0x10, 0) >> 4 and self._registers.get(0x08, 0) == 0x09

    def pack(self, index):
        acc, gyr = self._registers.get(0x10, 0) >> 2 & 3, self._registers.get(0x11, 0) >> 2 & 3
        counts = self._samples.counts(index, self.RANGE_G[acc], self.RANGE_DPS[gyr])
        return struct.pack("<6h", *(counts[3:] + counts[:3]))

    def write(self, register, data):
        self._tick()
        for value in data:
            if register == 0x12 and value & 1:
                self.reset()
            elif register not in (0x0F, 0x3A, 0x3B, 0x3C, 0x3D):
                was_filling = self.filling()
                self._registers[register] = value
                if register in (0x10, 0x11):
                    self._rate_changed()
                if register == 0x0A and not value & 7:
                    self._word = 0
                    self._empty()
                if self.filling() and not was_filling:
                    self._begin()
            register += 1

    def read(self, register, count):
        self._tick()
        if register == 0x3E:
            self._word = (self._word + count // 2) % 6
            return self._pull(count)
        if register == 0x3A:
            if self._overflown:
                self._word = (6 - len(self._fifo) // 2 % 6) % 6
            level = len(self._fifo) // 2  # a full FIFO's 2048 does not fit the eleven bits: it reads 0
            flags = (0x40 if self._overflown else 0) | (0x10 if not level else 0) | (level >> 8 & 7)
            return bytes((level & 0xFF, flags, self._word, 0))[:count]
        if register == 0x20:
            return struct.pack("<h", link.hardware.get("temperature_lsm6ds", 0))[:count]
        return bytes(self._registers.get(register + i, 0) for i in range(count))


class Mpu6050Chip(Chip):
    room = 1024
    RANGE_G = (2, 4, 8, 16)
    RANGE_DPS = (250, 500, 1000, 2000)

    def reset(self):
        self._registers = {0x75: 0x68, 0x6B: 0x40}

    def rate_hz(self):
        if self._registers[0x6B] & 0x40:
            return 0
        base = 1000 if 1 <= self._registers.get(0x1A, 0) <= 6 else 8000
        return base / (1 + self._registers.get(0x19, 0))

    def filling(self):
        return bool(self._registers.get(0x6A, 0) & 0x40) and self._registers.get(0x23, 0) == 0x78

    def pack(self, index):
        acc, gyr = self._registers.get(0x1C, 0) >> 3 & 3, self._registers.get(0x1B, 0) >> 3 & 3
        return struct.pack(">6h", *self._samples.counts(index, self.RANGE_G[acc], self.RANGE_DPS[gyr]))

    def write(self, register, data):
        self._tick()
        for value in data:
            was_filling = self.filling()
            if register == 0x6B and value & 0x80:
                self.reset()
            elif register == 0x6A:
                if value & 0x04 and not value & 0x40:
                    self._empty()
                self._registers[register] = value & 0x40
            elif register not in (0x3A, 0x72, 0x73, 0x75):
                self._registers[register] = value
            if register in (0x19, 0x1A, 0x6B):
                self._rate_changed()
            if self.filling() and not was_filling:
                self._begin()
            register += 1

    def read(self, register, count):
        self._tick()
        if register == 0x74:
            return self._pull(count)
        if register == 0x72:
            return struct.pack(">H", len(self._fifo))[:count]
        if register == 0x3A:
            status = 0x10 if self._overflown and self._registers.get(0x38, 0) & 0x10 else 0
            self._overflown = False
            return bytes((status,))
        if register == 0x41:
            return struct.pack(">h", link.hardware.get("temperature_mpu6050", 0))[:count]
        return bytes(self._registers.get(register + i, 0) for i in range(count))
