"""Resets a sensor that hangs while it is worn. It starts with the first START: until then the board can be updated in peace,
because an ESP32's watchdog cannot be stopped again."""

from machine import WDT

TIMEOUT_MS = 8000
SAMPLING, RADIO = 1, 2


class Watchdog:
    """Fed once both loops have turned since it was last fed."""

    def __init__(self):
        self._dog = None
        self._seen = 0

    def start(self):
        if self._dog is None:
            self._dog = WDT(timeout=TIMEOUT_MS)

    def alive(self, loop):
        self._seen |= loop
        if self._dog is not None and self._seen == SAMPLING | RADIO:
            self._seen = 0
            self._dog.feed()
