"""LSM6DS3TR-C (also LSM6DSL, LSM6DSM: the same registers) on I2C, read through its 4096-byte FIFO.

The FIFO holds 16-bit words, low byte first, in sets of six: angular rate x y z, then acceleration x y z. 341 sets fit: 3.2 s at
104 Hz.
"""

import struct
import time

ADDRESSES = (0x6A, 0x6B)
_FIFO_CTRL1, _FIFO_CTRL3, _FIFO_CTRL5 = 0x06, 0x08, 0x0A
_WHO_AM_I, _CTRL1_XL, _CTRL2_G, _CTRL3_C = 0x0F, 0x10, 0x11, 0x12
_OUT_TEMP, _FIFO_STATUS1, _FIFO_DATA_OUT = 0x20, 0x3A, 0x3E
_RESET, _BLOCK_UPDATE_AND_INCREMENT = b"\x01", b"\x44"
_OVERRUN = 0x40
_CONTINUOUS = 6
_BOTH_IN_FIFO = b"\x09"  # no decimation for either

_ODR = {1: 2, 2: 3, 3: 4, 4: 5}  # rate id: 26, 52, 104, 208 Hz; the same code in CTRL1_XL, CTRL2_G and FIFO_CTRL5
_FULL_SCALE = {11: (1, 3), 12: (3, 2), 13: (2, 1), 14: (0, 0)}  # scale id: FS_XL (16, 8, 4, 2 g), FS_G (2000 ... 250 deg/s)


class Lsm6ds:
    name = "LSM6DS3TR-C"
    rates = tuple(_ODR)
    scales = (11, 12, 13, 14)

    def __init__(self, i2c, address):
        self._i2c = i2c
        self._address = address
        self._raw = bytearray(12 * 16)

    @classmethod
    def find(cls, i2c):
        """The chip if it answers, else None."""
        for address in ADDRESSES:
            try:
                if i2c.readfrom_mem(address, _WHO_AM_I, 1)[0] == 0x6A:
                    return cls(i2c, address)
            except OSError:
                continue
        return None

    def _write(self, register, value):
        self._i2c.writeto_mem(self._address, register, value)

    def start(self, rate, scale):
        """Samples from now on, the FIFO empty."""
        odr = _ODR[rate]
        acceleration, angular_rate = _FULL_SCALE[scale]
        self._write(_CTRL3_C, _RESET)
        time.sleep_ms(10)
        self._write(_CTRL3_C, _BLOCK_UPDATE_AND_INCREMENT)
        self._write(_FIFO_CTRL3, _BOTH_IN_FIFO)
        self._write(_CTRL1_XL, bytes((odr << 4 | acceleration << 2,)))
        self._write(_CTRL2_G, bytes((odr << 4 | angular_rate << 2,)))
        time.sleep_ms(100)  # the gyroscope needs up to 70 ms; what it says meanwhile must not reach the FIFO
        self._write(_FIFO_CTRL5, bytes((odr << 3 | _CONTINUOUS,)))

    def waiting(self):
        """Whole samples in the FIFO; -1 when it ran over (or slipped by a word), so that samples were lost: start again."""
        words, flags, pattern = struct.unpack("<BBH", self._i2c.readfrom_mem(self._address, _FIFO_STATUS1, 4))
        if flags & _OVERRUN or pattern & 0x3FF:
            return -1
        return (words | (flags & 0x07) << 8) // 6

    def read(self, out, count):
        """The oldest `count` (up to 16) samples into `out`: int16 low byte first, acceleration then angular rate."""
        raw = memoryview(self._raw)[: 12 * count]
        self._i2c.readfrom_mem_into(self._address, _FIFO_DATA_OUT, raw)
        for at in range(0, 12 * count, 12):
            out[at : at + 6] = raw[at + 6 : at + 12]
            out[at + 6 : at + 12] = raw[at : at + 6]

    def temperature_centi_c(self):
        """Hundredths of a degree: 256 counts are 1 degree, 0 is 25 degrees."""
        counts = struct.unpack("<h", self._i2c.readfrom_mem(self._address, _OUT_TEMP, 2))[0]
        return 2500 + counts * 100 // 256
