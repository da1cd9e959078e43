# MicroPython's `machine`, as far as the firmware uses it. What it does to the hardware is told to the test; what the hardware does
# comes from the test (link.hardware) and from the register-level models of the IMUs.
import os

import link
from chips import Lsm6dsChip, Mpu6050Chip, Samples

ENODEV, ETIMEDOUT = 19, 116
_samples = Samples()
_chips = {0x6A: Lsm6dsChip(_samples)} if os.getenv("SPINAE_IMU") == "lsm6ds" else {}
if os.getenv("SPINAE_IMU") == "mpu6050":
    _chips[0x68] = Mpu6050Chip(_samples)


def unique_id():
    return b"\xa0\xb1\xc2\xd3\xe4\x7f"


def reset():
    link.die("machine.reset", 71)


class Pin:
    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, number, mode=None, pull=None, value=None):
        self.number = number
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return link.hardware.get("pin%d" % self.number, 1)
        link.send(op="pin", pin=self.number, level=level)
        return None


class PWM:
    def __init__(self, pin, freq=0, duty_u16=0):
        self._pin = pin.number
        self.duty_u16(duty_u16)

    def duty_u16(self, duty):
        link.send(op="pwm", pin=self._pin, duty=duty)


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin, atten=0):
        self._pin = pin.number

    def read_uv(self):
        return link.hardware.get("adc%d" % self._pin, 1950000)


class WDT:
    def __init__(self, timeout):
        self._timeout_us = timeout * 1000
        self._fed_us = link.now_us()
        link.send(op="watchdog", timeout_ms=timeout)
        link.deadlines.append(self._check)

    def feed(self):
        self._check(link.now_us())
        self._fed_us = link.now_us()

    def _check(self, now_us):
        if now_us - self._fed_us > self._timeout_us:
            link.die("watchdog", 70)


class I2C:
    def __init__(self, bus, scl=None, sda=None, freq=0):
        pass

    def _chip(self, address):
        if link.hardware.get("i2c_faults"):
            link.hardware["i2c_faults"] -= 1
            raise OSError(ETIMEDOUT)
        if address not in _chips:
            raise OSError(ENODEV)
        return _chips[address]

    def scan(self):
        return sorted(_chips)

    def writeto_mem(self, address, register, data):
        self._chip(address).write(register, data)

    def readfrom_mem(self, address, register, count):
        return self._chip(address).read(register, count)

    def readfrom_mem_into(self, address, register, buffer):
        data = self._chip(address).read(register, len(buffer))
        if link.hardware.get("fifo_faults"):  # breaks off when the chip has already let go of the samples
            link.hardware["fifo_faults"] -= 1
            raise OSError(ETIMEDOUT)
        buffer[:] = data
