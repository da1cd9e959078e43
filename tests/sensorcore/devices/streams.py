"""Streams to decode, and the comparison that allows no difference at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sensorcore.devices import Driver
from sensorcore.model import DeviceProfile, Notification, SampleBlock

EPOCH_NS = 1_700_000_000_000_000_000


def walk(n: int, *, gyroscope: bool = True, rate_hz: float = 104.0, seed: int = 0) -> SampleBlock:
    """Samples well within every range."""
    rng = np.random.default_rng(seed)
    acc = rng.normal(0, 4, (n, 3))
    return SampleBlock.checked(np.arange(n) / rate_hz, acc, rng.normal(0, 1, (n, 3)) if gyroscope else None)


def arriving(payloads: Sequence[bytes], every_s: float = 16 / 104, start_s: float = 0.0) -> list[Notification]:
    return [Notification(EPOCH_NS + round((start_s + i * every_s) * 1e9), payload) for i, payload in enumerate(payloads)]


def same(a: SampleBlock, b: SampleBlock) -> bool:
    """Bit for bit."""
    pairs = [(a.t_s, b.t_s), (a.acc_mps2, b.acc_mps2), (a.after_gap, b.after_gap), (a.saturated, b.saturated)]
    if a.gyr_radps is not None and b.gyr_radps is not None:
        pairs.append((a.gyr_radps, b.gyr_radps))
    elif a.gyr_radps is not b.gyr_radps:
        return False
    return all(x.shape == y.shape and x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in pairs)


def in_parts(driver: Driver, stream: Sequence[Notification], cuts: Sequence[int]) -> tuple[object, SampleBlock, int, int]:
    """(last state, all samples, rejected, duplicates) when the stream is decoded in several calls."""
    state = driver.initial()
    blocks, rejected, duplicates = [], 0, 0
    for first, last in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        state, decoded = driver.decode(state, stream[first:last])
        blocks.append(decoded.block)
        rejected += decoded.rejected
        duplicates += decoded.duplicates
    return state, SampleBlock.joined(blocks), rejected, duplicates


ACC_ONLY = DeviceProfile("test", 104.0, gyro_sampling=None)
SIX_AXES = DeviceProfile("test", 104.0)
