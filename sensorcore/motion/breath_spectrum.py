"""The breath in a window of "up": its rate by the spectrum and by phase, and how far to trust it.

Tilt in the plane across gravity, a Hann spectrum over 30 s, and the share of the power near its peak (as for breathing from the
trunk in Hostrup 2025 and Cesareo et al. 2018), with what measuring changed (docs/accuracy.md):
- the angle's spectrum is weighted with frequency, a little more than that of the speed of tilting would be: sway grows towards low
  frequencies and was taken for breath. More weight would take a breath's second harmonic for it; and above the usual rates nothing
  is favoured further, or a tremor is taken for it;
- the axis is not that of most power but the one on which the peak stands out most;
- the rate is the phase that the band about the peak gains over half the window, which is finer than the peak's place. Where the two
  disagree there is no one rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import FloatArray
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.motion.vectors import dots

BIN_TICKS: Final = 4
BIN_HZ: Final = TICK_HZ / BIN_TICKS
"""Slow enough to be cheap; a heart beat (up to 1.8 Hz) does not fold into the band."""
WINDOW_BINS: Final = 75
BAND_HZ: Final = (0.075, 0.7)
USUAL_HZ: Final = 0.35
"""21 a minute: few adults at rest breathe faster."""
FASTEST_HZ: Final = 0.5
"""30 a minute. An adult at rest who breathes faster is ill; a restless trunk often moves so."""
NEAR_BINS: Final = 1.5
"""Half width of a peak, in bins of a 30 s spectrum: the main lobe of a Hann window at half its power, and a rate that wanders."""
AXES_DEG: Final = (0.0, 45.0, 90.0, 135.0)
"""Directions tried; their powers are written out below."""
AGREE_PER_MIN: Final = 1.0
STEADY_PER_MIN: Final = 2.0
"""The two halves of a window may differ by this much: a breath held, or another pace taken up, has no one rate."""
KEPT: Final = (0.6, 1.5)
"""The band about the peak, as shares of its frequency: without its second harmonic."""

ComplexArray: TypeAlias = NDArray[np.complex128]

_FFT: Final = 256
_HZ: Final = np.fft.rfftfreq(_FFT, 1 / BIN_HZ)
_BAND: Final = slice(*np.searchsorted(_HZ, BAND_HZ).tolist())
_BAND_HZ: Final = _HZ[_BAND]
_SOUGHT: Final = int(np.searchsorted(_BAND_HZ, FASTEST_HZ))
WEIGHT: Final = 2.5
"""A power of frequency; 2 is speed. Sway whose spectrum falls off with the third power (the simulator's) is taken for breath half
as often as with 2; on people the reported rates stay the same (docs/accuracy.md)."""
_WEIGHTS: Final = np.minimum(_BAND_HZ, USUAL_HZ) ** WEIGHT
_NEAR: Final = np.abs(_BAND_HZ[:, None] - _BAND_HZ) <= NEAR_BINS * BIN_HZ / WINDOW_BINS
_HANN: Final = np.hanning(WINDOW_BINS)
_TIME: Final = np.arange(WINDOW_BINS) - (WINDOW_BINS - 1) / 2
_TIME_SHARE: Final = _TIME / (_TIME * _TIME).sum()
_COS: Final = np.cos(np.radians(AXES_DEG))
_SIN: Final = np.sin(np.radians(AXES_DEG))
_FINE_HZ: Final = np.fft.rfftfreq(WINDOW_BINS, 1 / BIN_HZ)
_LAG: Final = WINDOW_BINS // 2
_EDGE: Final = 5
"""At its ends the filtered oscillation also holds what lies at the other end."""
_FIRST_HALF: Final = slice(_EDGE, WINDOW_BINS // 2)
_SECOND_HALF: Final = slice(WINDOW_BINS - WINDOW_BINS // 2, WINDOW_BINS - _EDGE)


@dataclass(frozen=True, slots=True)
class Breaths:
    """For each window (m,): the mean rate in it; `quality` 0–1, the share of the power in the band that lies near the
    peak, 0 where no peak is among the rates sought or where spectrum and phase disagree, or the halves of the window;
    `swing_deg`, how far the breath tilts the trunk to either side."""

    rate_per_min: FloatArray
    quality: FloatArray
    swing_deg: FloatArray


def breaths(up: FloatArray) -> Breaths:
    """From `up` (m, WINDOW_BINS, 3), unit vectors in sensor axes at `BIN_HZ`."""
    across = _level(_across_deg(up))
    a, b = np.fft.rfft(across * _HANN, _FFT, axis=2)[:, :, _BAND].transpose(1, 0, 2)
    power_a, power_b = _square(a) * _WEIGHTS, _square(b) * _WEIGHTS
    half, both = (power_a + power_b) / 2, (a.real * b.real + a.imag * b.imag) * _WEIGHTS
    power = np.stack([power_a, half + both, power_b, half - both])
    peak = power[:, :, :_SOUGHT].argmax(axis=2)
    share = (power * _NEAR[peak]).sum(axis=2) / np.maximum(power.sum(axis=2), 1e-30)
    axis, rows = share.argmax(axis=0), np.arange(len(up))
    along = _COS[axis][:, None] * across[:, 0] + _SIN[axis][:, None] * across[:, 1]
    place = peak[axis, rows]
    wave = _wave(along, _BAND_HZ[place])
    rate_hz = _rate_hz(wave, _BAND_HZ[place])
    halves = np.abs(_mean_hz(wave[:, _FIRST_HALF]) - _mean_hz(wave[:, _SECOND_HALF]))
    sound = (place > 0) & (place < _SOUGHT - 1)
    sound &= (60 * np.abs(rate_hz - _BAND_HZ[place]) <= AGREE_PER_MIN) & (60 * halves <= STEADY_PER_MIN)
    swing_deg = np.sqrt(_square(wave).sum(axis=1) / WINDOW_BINS)
    return Breaths(60 * rate_hz, np.where(sound, share[axis, rows], 0.0), swing_deg)


def _across_deg(up: FloatArray) -> FloatArray:
    """The tilt (m, 2, n) about the mean of each window, along two directions across it."""
    mean = up.sum(axis=1)
    x, y, z = (mean / np.sqrt(dots(mean, mean))[:, None]).T
    zero = np.zeros_like(x)
    by_x = np.abs(x) < 0.6  # two directions at right angles to the mean, whichever way it points
    first = np.where(by_x, [zero, z, -y], [-z, zero, x]).T
    first = first / np.sqrt(dots(first, first))[:, None]
    ax, ay, az = first.T
    second = np.stack([y * az - z * ay, z * ax - x * az, x * ay - y * ax], axis=1)
    return np.degrees(np.stack([dots(up, first[:, None]), dots(up, second[:, None])], axis=1))


def _level(values: FloatArray) -> FloatArray:
    """Without mean and slope along the last axis."""
    slope = (values * _TIME_SHARE).sum(axis=-1, keepdims=True)
    return np.asarray(values - values.sum(axis=-1, keepdims=True) / WINDOW_BINS - slope * _TIME)


def _wave(along: FloatArray, peak_hz: FloatArray) -> ComplexArray:
    """The oscillation (m, n) near `peak_hz` (m,), with its phase."""
    spectrum = np.fft.rfft(along, axis=1)
    kept = (KEPT[0] * peak_hz[:, None] <= _FINE_HZ) & (KEPT[1] * peak_hz[:, None] >= _FINE_HZ)
    return np.asarray(2 * np.fft.ifft(spectrum * kept, WINDOW_BINS, axis=1))  # positive frequencies alone: a phase at each moment


def _rate_hz(wave: ComplexArray, peak_hz: FloatArray) -> FloatArray:
    """Its mean frequency (m,), by the phase it gains over half the window; `peak_hz` gives the number of whole turns."""
    turns = _turns(wave, _LAG)
    expected = peak_hz * _LAG / BIN_HZ
    return np.asarray((turns + np.rint(expected - turns)) * BIN_HZ / _LAG)


def _mean_hz(wave: ComplexArray) -> FloatArray:
    return _turns(wave, 1) * BIN_HZ


def _turns(wave: ComplexArray, lag: int) -> FloatArray:
    """The phase (m,) gained in `lag` bins, in turns from −½ to ½, most where the oscillation is large."""
    late, early = wave[:, lag:], wave[:, :-lag]
    real = (late.real * early.real + late.imag * early.imag).sum(axis=1)
    imag = (late.imag * early.real - late.real * early.imag).sum(axis=1)
    return np.asarray(np.arctan2(imag, real) / (2 * np.pi))


def _square(values: ComplexArray) -> FloatArray:
    return np.asarray(values.real * values.real + values.imag * values.imag)
