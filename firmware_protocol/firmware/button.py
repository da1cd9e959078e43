"""The button: pressed, new peers may pair for a minute; held for 10 s, all bonds are forgotten."""

import time

from machine import Pin

HOLD_MS = 10000
DEBOUNCE_MS = 50


class Button:
    """`poll` often; it says "press" once the button is let go, "hold" while it is still down, else None."""

    def __init__(self, pin):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        self._since_ms = None
        self._told = False

    def poll(self):
        if self._pin.value():
            held_ms = 0 if self._since_ms is None else time.ticks_diff(time.ticks_ms(), self._since_ms)
            pressed = not self._told and held_ms >= DEBOUNCE_MS
            self._since_ms, self._told = None, False
            return "press" if pressed else None
        if self._since_ms is None:
            self._since_ms = time.ticks_ms()
        elif not self._told and time.ticks_diff(time.ticks_ms(), self._since_ms) >= HOLD_MS:
            self._told = True
            return "hold"
        return None
