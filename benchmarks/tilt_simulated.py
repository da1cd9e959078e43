"""Tilt where BROAD says nothing, against closed forms and simulated wearers: `python -m benchmarks.tilt_simulated`, prints
Markdown tables. A slouch that creeps in, and a sensor without a gyroscope at a desk.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import tilt
from sensorcore.motion.vectors import angles_deg
from sensorcore.simulator import simulate
from sensorcore.track.posture_track import CONTEXTS
from sensorcore.validation.broad import run

RATE_HZ = 104.0
SPEEDS_DPS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
LEAN_DEG = 25.0
TAUS_S = (0.1, 0.2, 0.3, 0.5, 1.0)
STILL, MOVING = ("sitting", "standing"), ("moving",)
SEEDS = (1, 2, 3)


def sinking(speed_dps: float) -> tuple[SampleBlock, FloatArray]:
    """20 s still, then a minimum-jerk lean forward by LEAN_DEG at a mean speed, then still; with a small gyroscope bias and the
    noise of an LSM6DS. And the true up (n, 3)."""
    rng = np.random.default_rng(0)
    t_s = np.arange(round(60 * RATE_HZ)) / RATE_HZ
    moves_s = LEAN_DEG / speed_dps
    s = np.clip((t_s - 20) / moves_s, 0.0, 1.0)
    theta = np.radians(LEAN_DEG) * s**3 * (10 - 15 * s + 6 * s**2)
    rate = np.radians(LEAN_DEG) * 30 * (s * (1 - s)) ** 2 / moves_s
    zero = np.zeros_like(t_s)
    up = np.stack([-np.sin(theta), zero, np.cos(theta)], axis=1)
    gyr = np.stack([zero, rate, zero], axis=1) + np.radians(0.4) + rng.normal(0, np.radians(0.05), up.shape)
    return SampleBlock.checked(t_s, STANDARD_GRAVITY_MPS2 * up + rng.normal(0, 0.01, up.shape), gyr), up


def creeping() -> str:
    """The largest error while a slouch creeps in, by its speed and by how rest is detected."""
    device = DeviceProfile("LSM6DS", RATE_HZ)
    rows = {
        "spinae": tilt.TiltParams(device),
        "the same, VQF's own signs of rest (0.5 m/s², 0.5 s)": tilt.TiltParams(device, rest_acc_mps2=0.5, rest_filter_tau_s=0.5),
        "the same, and VQF's own bias limit (2 °/s)": tilt.TiltParams(
            device, bias_clip_dps=2.0, rest_acc_mps2=0.5, rest_filter_tau_s=0.5
        ),
    }
    head = f"largest error while leaning {LEAN_DEG:.0f}° forward, degrees"
    lines = [f"| {head} | {' | '.join(f'{speed:g} °/s' for speed in SPEEDS_DPS)} |", "|---|" + "---|" * len(SPEEDS_DPS)]
    for name, params in rows.items():
        worst = []
        for speed in SPEEDS_DPS:
            block, up = sinking(speed)
            worst.append(angles_deg(run(params, block), up)[round(5 * RATE_HZ) :].max())
        lines.append(f"| {name} | {' | '.join(f'{value:.1f}' for value in worst)} |")
    return "\n".join(lines)


def without_gyroscope() -> str:
    """Error at a desk without a gyroscope, by time constant."""
    days = [simulate(seed=seed, sample_rate_hz=52.0) for seed in SEEDS]
    device = replace(days[0].info.device, gyro_sampling=None)
    lines = ["| accelerometer only, RMS error, degrees | sitting or standing | bending and changing seat |", "|---|---|---|"]
    for tau_s in TAUS_S:
        params = tilt.TiltParams(device, tau_acc_only_s=tau_s)
        squares: dict[tuple[str, ...], list[FloatArray]] = {STILL: [], MOVING: []}
        for day in days:
            error_deg = angles_deg(run(params, replace(day.block, gyr_radps=None)), day.truth.up)
            for states, found in squares.items():
                wanted = [CONTEXTS.index(name) for name in CONTEXTS if name in states]
                found.append(error_deg[np.isin(day.truth.state, wanted)] ** 2)
        rms = [np.sqrt(np.concatenate(found).mean()) for found in squares.values()]
        default = " (default)" if tau_s == tilt.TiltParams(device).tau_acc_only_s else ""
        lines.append(f"| time constant {tau_s:g} s{default} | {' | '.join(f'{value:.2f}' for value in rms)} |")
    return "\n".join(lines)


def main() -> None:
    print(creeping(), end="\n\n")
    print(without_gyroscope())


if __name__ == "__main__":
    main()
