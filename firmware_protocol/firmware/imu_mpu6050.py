"""MPU6050 on I2C, read through its 1024-byte FIFO.

The FIFO holds 16-bit words, high byte first, in sets of six: acceleration x y z, then angular rate x y z. 85 sets fit: 0.85 s at
100 Hz. Its rates are 1000 Hz over a whole number, so 26, 52, 104 and 208 Hz become 26.3, 52.6, 100 and 200 Hz; the host goes by
the device's time and does not mind.
"""

import struct
import time

ADDRESSES = (0x68, 0x69)
_SMPLRT_DIV, _CONFIG, _GYRO_CONFIG, _ACCEL_CONFIG, _FIFO_EN = 0x19, 0x1A, 0x1B, 0x1C, 0x23
_INT_ENABLE, _INT_STATUS, _TEMP_OUT = 0x38, 0x3A, 0x41
_USER_CTRL, _PWR_MGMT_1, _FIFO_COUNT, _FIFO_R_W, _WHO_AM_I = 0x6A, 0x6B, 0x72, 0x74, 0x75
_RESET, _CLOCK_FROM_GYROSCOPE = b"\x80", b"\x01"
_OVERFLOW = 0x10
_ALL_SIX = b"\x78"
_FIFO_BYTES = 1024

_DIVIDER = {1: (37, 5), 2: (18, 4), 3: (9, 3), 4: (4, 2)}  # rate id: SMPLRT_DIV, and the low-pass (10, 21, 44, 94 Hz)
_FULL_SCALE = {1: 3, 2: 2, 3: 1, 4: 0}  # scale id: FS_SEL = AFS_SEL (2000 deg/s and 16 g ... 250 deg/s and 2 g)


class Mpu6050:
    name = "MPU6050"
    rates = tuple(_DIVIDER)
    scales = (1, 2, 3, 4)

    def __init__(self, i2c, address):
        self._i2c = i2c
        self._address = address
        self._raw = bytearray(12 * 16)

    @classmethod
    def find(cls, i2c):
        """The chip if it answers, else None."""
        for address in ADDRESSES:
            try:
                if i2c.readfrom_mem(address, _WHO_AM_I, 1)[0] == 0x68:
                    return cls(i2c, address)
            except OSError:
                continue
        return None

    def _write(self, register, value):
        self._i2c.writeto_mem(self._address, register, value)

    def start(self, rate, scale):
        """Samples from now on, the FIFO empty."""
        divider, low_pass = _DIVIDER[rate]
        full_scale = bytes((_FULL_SCALE[scale] << 3,))
        self._write(_PWR_MGMT_1, _RESET)
        time.sleep_ms(100)
        self._write(_PWR_MGMT_1, _CLOCK_FROM_GYROSCOPE)
        self._write(_SMPLRT_DIV, bytes((divider,)))
        self._write(_CONFIG, bytes((low_pass,)))
        self._write(_GYRO_CONFIG, full_scale)
        self._write(_ACCEL_CONFIG, full_scale)
        self._write(_INT_ENABLE, bytes((_OVERFLOW,)))
        time.sleep_ms(50)  # the gyroscope needs 30 ms
        self._write(_USER_CTRL, b"\x04")  # empties the FIFO, which works only while it is off
        self._write(_FIFO_EN, _ALL_SIX)
        self._write(_USER_CTRL, b"\x40")

    def waiting(self):
        """Whole samples in the FIFO; -1 when it ran over, so that samples were lost and the words are out of step: start again."""
        overflow = self._i2c.readfrom_mem(self._address, _INT_STATUS, 1)[0] & _OVERFLOW
        held = struct.unpack(">H", self._i2c.readfrom_mem(self._address, _FIFO_COUNT, 2))[0]
        return -1 if overflow or held >= _FIFO_BYTES else held // 12

    def read(self, out, count):
        """The oldest `count` (up to 16) samples into `out`: int16 low byte first, acceleration then angular rate."""
        raw = memoryview(self._raw)[: 12 * count]
        self._i2c.readfrom_mem_into(self._address, _FIFO_R_W, raw)
        for at in range(0, 12 * count, 2):
            out[at] = raw[at + 1]
            out[at + 1] = raw[at]

    def temperature_centi_c(self):
        """Hundredths of a degree: 340 counts are 1 degree, 0 is 36.53 degrees."""
        counts = struct.unpack(">h", self._i2c.readfrom_mem(self._address, _TEMP_OUT, 2))[0]
        return 3653 + counts * 100 // 340
