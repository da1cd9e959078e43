"""Charge of the LiPo cell, from its voltage through a divider."""

from machine import ADC, Pin

from firmware_protocol import tables

# mV at rest or a light load, and percent: a usual LiPo cell's curve; the middle is flat, so expect +-10 %
_CURVE = ((3300, 0), (3600, 8), (3700, 18), (3750, 32), (3800, 45), (3850, 55), (3950, 70), (4050, 85), (4150, 100))


class Battery:
    def __init__(self, pin, ratio):
        self._adc = None if pin is None else ADC(Pin(pin), atten=ADC.ATTN_11DB)
        self._ratio = ratio

    def percent(self):
        """0 to 100; unknown without a divider (or with no cell: below 2.5 V)."""
        if self._adc is None:
            return tables.UNKNOWN
        readings = sorted(self._adc.read_uv() for _ in range(9))
        return percent_of(int(readings[4] * self._ratio) // 1000)


def percent_of(millivolts):
    if millivolts < 2500:
        return tables.UNKNOWN
    if millivolts <= _CURVE[0][0]:
        return 0
    for (low_mv, low), (high_mv, high) in zip(_CURVE, _CURVE[1:]):
        if millivolts <= high_mv:
            return low + (millivolts - low_mv) * (high - low) // (high_mv - low_mv)
    return 100
