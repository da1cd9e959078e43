"""Streams to record, import and export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from sensorcore.commands import Command
from sensorcore.devices.spinae_encode import encode_block, samples_per_frame
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.model import DeviceProfile, Notification, SampleBlock, StreamInfo
from sensorcore.ports import StreamItem

START_UNIX_NS = 1_760_000_000_250_000_000
RATE_HZ = 104.0


@dataclass(frozen=True)
class ListSource:
    """A `FileSource` that holds its items."""

    info: StreamInfo
    parts: list[StreamItem] = field(default_factory=list)
    duration_hint_s: float | None = None
    warnings: tuple[str, ...] = ()

    def items(self) -> Iterator[StreamItem]:
        return iter(self.parts)


def noise(n: int, seed: int = 1, start_s: float = 0.0, gyroscope: bool = True, after_gap: bool = False) -> SampleBlock:
    """Samples near 1 g on an even grid."""
    random = np.random.default_rng(seed)
    first_after_gap = np.arange(n) == (0 if after_gap else n)
    acc = random.normal([0, 0, 9.8], 1.0, (n, 3))
    gyr = random.normal(0, 0.5, (n, 3)) if gyroscope else None
    return SampleBlock.checked(
        start_s + np.arange(n) / RATE_HZ, acc, gyr, after_gap=first_after_gap, saturated=random.random(n) < 0.01
    )


def float_source(gyroscope: bool = True) -> ListSource:
    """Three blocks, the last after 7.3 s without data, and commands between them."""
    first, second = noise(3000, 1, gyroscope=gyroscope), noise(5003, 2, 3000 / RATE_HZ, gyroscope)
    third = noise(777, 3, 8003 / RATE_HZ + 7.3, gyroscope, after_gap=True)
    device = DeviceProfile("a phone", RATE_HZ, "point" if gyroscope else None)
    info = StreamInfo(device, start_unix_ns=START_UNIX_NS, name="walk")
    snooze, mark = Command(float(first.t_s[-1]), "snooze", "60"), Command(float(second.t_s[-1]), "mark", "tea")
    return ListSource(info, [first, snooze, second, mark, third], 90.0)


def blocks_of(items: Iterator[StreamItem]) -> SampleBlock:
    """All samples of a stream."""
    return SampleBlock.joined([item for item in items if isinstance(item, SampleBlock)])


def sensor_notifications(frames: int, seed: int = 1, missing: range = range(0)) -> tuple[DeviceProfile, list[Notification]]:
    """What our own sensor sends, some frames lost on the way."""
    payloads = encode_block(noise(frames * samples_per_frame(), seed), session_id=7)
    period_ns = round(samples_per_frame() / RATE_HZ * 1e9)
    sent = [Notification(START_UNIX_NS + k * period_ns, payload) for k, payload in enumerate(payloads)]
    return profile_of(), [n for k, n in enumerate(sent) if k not in missing]


def assert_same_samples(found: SampleBlock, expected: SampleBlock) -> None:
    """Every array, bit for bit."""
    for name in ("t_s", "acc_mps2", "gyr_radps", "after_gap", "saturated"):
        got, want = getattr(found, name), getattr(expected, name)
        assert (got is None) == (want is None), name
        if want is not None:
            np.testing.assert_array_equal(got, want, err_msg=name, strict=True)
