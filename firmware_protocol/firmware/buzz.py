"""The vibration motor (PWM through a transistor) and the LED; either may be missing. Every pattern ends by itself."""

import asyncio

from machine import PWM, Pin

UNIT_MS = 10
MILD = (60, (15, 0))
HIGH = (100, (25, 15, 25, 15, 25, 0))
IDENTIFY = (80, (10, 10, 10, 10, 40, 0))
PAIRING = (60, (10, 20, 10, 0))
FORGOTTEN = (100, (100, 0))


class Buzzer:
    def __init__(self, motor_pin, led_pin, led_on):
        self._motor = None if motor_pin is None else PWM(Pin(motor_pin), freq=20000, duty_u16=0)
        self._led = None if led_pin is None else Pin(led_pin, Pin.OUT, value=1 - led_on)
        self._led_on = led_on
        self._task = None

    def play(self, strength_percent, steps, light=False):
        """`steps`: on and off in turn, in units of 10 ms. A pattern that is still playing makes way."""
        self.stop()
        self._task = asyncio.create_task(self._play(strength_percent, steps, light))

    def stop(self):
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._set(0, False)

    def _set(self, strength_percent, light):
        if self._motor is not None:
            self._motor.duty_u16(strength_percent * 65535 // 100)
        if self._led is not None:
            self._led.value(self._led_on if light else 1 - self._led_on)

    async def _play(self, strength_percent, steps, light):
        for index, length in enumerate(steps):
            if length:
                on = index % 2 == 0
                self._set(strength_percent if on else 0, on and light)
                await asyncio.sleep_ms(length * UNIT_MS)
        self._set(0, False)
