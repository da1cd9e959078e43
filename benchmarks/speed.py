"""Speed of the tilt stage against `vqf` alone on the same arrays in the same run: `python -m benchmarks.speed`, prints a Markdown
table of ratios. Each figure is the fastest of several rounds, so that other load on the machine counts least."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from vqf import VQF

from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import activity, ticks, tilt

RATE_HZ = 104.0
SAMPLES = 375_000
"""An hour."""
ROUNDS = 5


def hour() -> tuple[SampleBlock, FloatArray]:
    """An hour of slow sway with noise, and its angular rates on their own."""
    rng = np.random.default_rng(0)
    t_s = np.arange(SAMPLES) / RATE_HZ
    lean = 0.3 * np.sin(2 * np.pi * 0.1 * t_s)
    zero = np.zeros(SAMPLES)
    up = np.stack([-np.sin(lean), zero, np.cos(lean)], axis=1)
    gyr = np.stack([zero, np.gradient(lean, t_s), zero], axis=1) + rng.normal(0, 0.001, (SAMPLES, 3))
    block = SampleBlock.checked(t_s, STANDARD_GRAVITY_MPS2 * up + rng.normal(0, 0.02, (SAMPLES, 3)), gyr)
    return block, gyr


def with_gaps(block: SampleBlock) -> SampleBlock:
    """The same with a packet of 16 lost every 10 s."""
    kept = np.arange(len(block)) % 1040 >= 16
    assert block.gyr_radps is not None
    return SampleBlock.checked(block.t_s[kept], block.acc_mps2[kept], block.gyr_radps[kept])


def tilt_in_blocks(block: SampleBlock, size: int, *, posture_ticks: bool = False) -> None:
    """The stage as the pipeline runs it."""
    params, state = tilt.TiltParams(DeviceProfile("speed", RATE_HZ)), tilt.TiltState()
    counting, moving = ticks.initial(), activity.initial()
    for begin in range(0, len(block), size):
        part = block[begin : begin + size]
        state, pose = tilt.step(params, state, part)
        if posture_ticks:
            counting, complete = ticks.step(counting, part, pose)
            moving, _ = activity.step(moving, complete)


def fastest_s(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    block, gyr = hour()
    lossy = with_gaps(block)
    alone_s = fastest_s(lambda: VQF(1 / RATE_HZ).updateBatch(gyr, block.acc_mps2))
    rows: list[tuple[str, Callable[[], object], int]] = [
        ("tilt (am3c + gaps + vqf) in blocks of 8192", lambda: tilt_in_blocks(block, 8192), 1),
        ("the same with a packet lost every 10 s", lambda: tilt_in_blocks(lossy, 8192), 1),
        ("tilt, ticks and activity in blocks of 8192", lambda: tilt_in_blocks(block, 8192, posture_ticks=True), 1),
        ("tilt in packets of 16", lambda: tilt_in_blocks(block[0 : SAMPLES // 10], 16), 10),
        ("tilt, ticks and activity in packets of 16", lambda: tilt_in_blocks(block[0 : SAMPLES // 10], 16, posture_ticks=True), 10),
    ]
    print("| one hour at 104 Hz on one core | seconds | times `vqf` batch | µs a packet |\n|---|---|---|---|")
    print(f"| `vqf` batch alone, as shipped | {alone_s:.3f} | 1.0 | |")
    for name, work, repeat in rows:
        took_s = fastest_s(work, ROUNDS if repeat == 1 else 2) * repeat
        packet = f"{took_s / (SAMPLES / 16) * 1e6:.0f}" if "packets" in name else ""
        print(f"| {name} | {took_s:.2f} | {took_s / alone_s:.1f} | {packet} |")


if __name__ == "__main__":
    main()
