"""Figures of a cut: pure functions from a cut to numbers, the same for people and for the simulator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import welch

from benchmarks.realism.cuts import RATE_HZ, Cut
from sensorcore.model import FloatArray

BREATHING_HZ, SWAY_HZ, TREMOR_HZ = (0.15, 0.5), (0.5, 3.0), (3.0, 15.0)
STEPS_HZ = (1.3, 2.6)
WINDOW = 256
"""Samples of a window of the spectra: 5.12 s."""

Figures = dict[str, float]
Measure = Callable[[Cut], Figures]


def rms(signal: FloatArray) -> float:
    """Of (n,) or of the length of (n, k)."""
    return float(np.sqrt((signal**2).sum() / len(signal)))


def split_mps2(cut: Cut) -> tuple[FloatArray, FloatArray]:
    """Vertical acceleration about its mean (n,) and the horizontal one (n, 3)."""
    vertical = (cut.acc_mps2 * cut.up).sum(axis=1)
    return vertical - vertical.mean(), cut.acc_mps2 - vertical[:, None] * cut.up


def away_deg(cut: Cut, reference: FloatArray) -> FloatArray:
    """(n,) how far the sensor is tilted from where up was `reference` (3,)."""
    cosine = cut.up @ (reference / np.linalg.norm(reference))
    angle: FloatArray = np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return angle


def density(signal: FloatArray, window: int = WINDOW) -> tuple[FloatArray, FloatArray]:
    """Frequencies (m,) and the power spectral density (m,) of (n,), or summed over the columns of (n, k)."""
    f_hz, power = welch(signal, RATE_HZ, nperseg=min(window, len(signal)), axis=0, detrend="constant", nfft=window)
    return f_hz, power if power.ndim == 1 else power.sum(axis=1)


def band_rms(signal: FloatArray, band_hz: tuple[float, float]) -> float:
    """Root mean square of what lies between two frequencies."""
    f_hz, power = density(signal)
    inside = (f_hz >= band_hz[0]) & (f_hz < band_hz[1])
    return float(np.sqrt(power[inside].sum() * f_hz[1]))


def loads(cut: Cut) -> Figures:
    """What every table has."""
    vertical, horizontal = split_mps2(cut)
    rate_dps = np.rad2deg(np.linalg.norm(cut.gyr_radps, axis=1))
    return {
        "peak angular rate, °/s": float(rate_dps.max()),
        "RMS angular rate, °/s": rms(rate_dps),
        "RMS vertical acceleration, m/s²": rms(vertical),
        "RMS horizontal acceleration, m/s²": rms(horizontal),
    }


def quiet(cut: Cut) -> Figures:
    """Somebody who sits, stands or lies."""
    mean = cut.up.mean(axis=0)
    lean_deg = np.rad2deg(cut.up - mean)
    gyr_dps = np.rad2deg(cut.gyr_radps)
    return {
        "tilt range, °": float(np.ptp(lean_deg, axis=0).max()),
        "RMS tilt about its mean, °": rms(lean_deg),
        "tilt 0.15–0.5 Hz (breathing, sway), RMS °": band_rms(lean_deg, BREATHING_HZ),
        "angular rate 0.5–3 Hz, RMS °/s": band_rms(gyr_dps, SWAY_HZ),
        "angular rate 3–15 Hz, RMS °/s": band_rms(gyr_dps, TREMOR_HZ),
        **loads(cut),
    }


def walking(cut: Cut) -> Figures:
    """Somebody who walks, or climbs stairs."""
    vertical, _ = split_mps2(cut)
    f_hz, power = density(vertical, 4 * WINDOW)
    steps = (f_hz >= STEPS_HZ[0]) & (f_hz <= STEPS_HZ[1])
    step_hz = float(f_hz[steps][power[steps].argmax()])
    return {
        "step frequency, Hz": step_hz,
        "share of the bounce above 1.5 × that": float(power[f_hz > 1.5 * step_hz].sum() / power.sum()),
        "RMS tilt about its mean, °": rms(np.rad2deg(cut.up - cut.up.mean(axis=0))),
        **loads(cut),
    }


def change(cut: Cut) -> Figures:
    """Somebody who sits down or gets up."""
    inner = cut.moving()
    away = away_deg(inner, inner.up[:5].mean(axis=0))
    return {
        "duration (5–95 % of the squared angular rate), s": active_s(inner),
        "largest tilt from where it began, °": float(away.max()),
        "tilt from beginning to end, °": float(away[-5:].mean()),
        **loads(inner),
    }


def active_s(cut: Cut) -> float:
    """How long it takes from 5 to 95 % of the squared angular rate: the length of a movement, independent of its marked ends."""
    done = np.cumsum((cut.gyr_radps**2).sum(axis=1))
    low, high = np.searchsorted(done, [0.05 * done[-1], 0.95 * done[-1]])
    return float(high - low) / RATE_HZ


def bend(cut: Cut) -> Figures:
    """Somebody who bends forward and comes up again."""
    inner = cut.moving()
    away = away_deg(inner, inner.up[0])
    took_s = len(away) / RATE_HZ
    depth_deg, load = float(away.max()), loads(inner)
    return {
        "depth, °": depth_deg,
        "duration (above a tenth of the depth), s": took_s,
        "peak angular rate × duration / depth": load["peak angular rate, °/s"] * took_s / depth_deg,
        "angular rate 3–15 Hz, RMS °/s": band_rms(np.rad2deg(inner.gyr_radps), TREMOR_HZ),
        **load,
    }
