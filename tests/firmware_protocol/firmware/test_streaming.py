"""From the IMU's registers to the frames: the right samples, in order, in the right units, at the right time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from firmware_protocol import tables
from firmware_protocol.packets import Mode, SampleFrame
from sensorcore.devices.spinae_sensor import SpinaeSensor, profile_of
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification
from tests.firmware_protocol.firmware.sensor import Sensor
from tests.radio.micropython.process import Bench

MakeBench = Callable[..., Bench]
Array = np.ndarray[Any, Any]
JUST_BEFORE_THE_TICKS_WRAP_US = (1 << 30) - 5_000_000


def taken_us(fifo: dict[str, Any], samples: Array) -> Array:
    """When the model took these samples, counted from the first in its FIFO."""
    return fifo["since_us"] + (fifo["done"] + samples + 1) * 1e6 / fifo["rate_hz"]


def last_samples(frames: list[SampleFrame]) -> Array:
    per_frame = frames[0].count
    return np.array([frame.sequence * per_frame + per_frame - 1 for frame in frames])


MODES = [
    *((imu, scale, rate) for imu, scale in (("lsm6ds", 11), ("mpu6050", 1)) for rate in tables.RATES),
    *(("lsm6ds", scale, 2) for scale in (12, 13, 14)),
    *(("mpu6050", scale, 2) for scale in (2, 3, 4)),
]


@pytest.mark.parametrize(("imu", "scale", "rate"), MODES)
def test_what_the_chip_measured_arrives(bench: MakeBench, measured: Array, imu: str, scale: int, rate: int) -> None:
    with Sensor(bench(imu=imu, boot_us=JUST_BEFORE_THE_TICKS_WRAP_US)) as sensor:
        sensor.connect()
        sensor.write(Mode(rate, scale), ms=300)
        session = sensor.status.session
        sensor.start_backfill()
        sensor.run_ms(10_000)
    frames = [frame for frame in sensor.frames if frame.session == session]
    rate_hz, per_frame = tables.RATES[rate]
    assert (sensor.status.rate, sensor.status.scale) == (rate, scale)
    assert {(frame.rate, frame.scale, frame.count) for frame in frames} == {(rate, scale, per_frame)}
    assert [frame.sequence for frame in frames] == list(range(len(frames)))
    fifo = sensor.all("fifo")[-1]
    assert fifo["rate_hz"] == pytest.approx(rate_hz, rel=0.04)
    assert len(frames) == pytest.approx((sensor.now_us - fifo["t"]) / 1e6 * fifo["rate_hz"] / per_frame, abs=2)

    _, decoded = (driver := SpinaeSensor(profile_of(scale, rate))).decode(
        driver.initial(), [Notification(0, frame.to_bytes()) for frame in frames]
    )
    acc_g, gyr_dps = decoded.block.acc_mps2 / STANDARD_GRAVITY_MPS2, np.rad2deg(decoded.block.gyr_radps)
    acc_step, gyr_step = (full_scale / 1000 / 32768 for full_scale in tables.SCALES[scale])
    truth = measured[fifo["first"] : fifo["first"] + len(acc_g)]
    sound = ~decoded.block.saturated
    assert sound.mean() > 0.9
    np.testing.assert_allclose(acc_g[sound], truth[sound, :3], atol=0.51 * acc_step)
    np.testing.assert_allclose(gyr_dps[sound], truth[sound, 3:], atol=0.51 * gyr_step)


@pytest.mark.parametrize(
    "rate_factor",
    [
        0.96,
        1.03,
        pytest.param(0.962, marks=pytest.mark.slow),
        pytest.param(1.0, marks=pytest.mark.slow),
        pytest.param(1.000_04, marks=pytest.mark.slow),
    ],
)
def test_the_device_time_is_that_of_the_last_sample(bench: MakeBench, rate_factor: float) -> None:
    """Within a period at once, and steady to a fraction of one after a while; the ticks wrap on the way."""
    with Sensor(bench(rate_factor=rate_factor, boot_us=JUST_BEFORE_THE_TICKS_WRAP_US)) as sensor:
        sensor.start_live()
        sensor.run_ms(60_000)
    frames = sensor.frames
    fifo = sensor.all("fifo")[-1]
    period_us = 1e6 / fifo["rate_hz"]
    claimed = np.array([frame.device_time_us for frame in frames], dtype=np.float64)
    error_us = claimed - (taken_us(fifo, last_samples(frames)) - JUST_BEFORE_THE_TICKS_WRAP_US)
    assert np.all(np.diff(claimed) > 0)
    assert np.abs(error_us).max() <= 1.1 * period_us
    assert np.ptp(error_us[len(frames) // 2 :]) < 0.2 * period_us
    assert sensor.status.device_time_us / 1e6 == pytest.approx(claimed[-1] / 1e6, abs=61)


def test_device_time_wraps_at_32_bits(bench: MakeBench) -> None:
    """After 71.6 minutes of being on. (That it hangs for minutes on the way is to save time, and begins new sessions.)"""
    with Sensor(bench(samples=None)) as sensor:
        for _ in range(10):
            sensor.stall_ms(400_000)
        sensor.stall_ms((1 << 32) // 1000 - 5_000 - sensor.now_us // 1000)
        sensor.start_live()
        sensor.run_ms(10_000)
    times = [frame.device_time_us for frame in sensor.frames]
    steps = np.diff(np.array(times, dtype=np.int64)) % (1 << 32)
    assert min(times) < 5_500_000 < (1 << 32) - 5_500_000 < max(times)
    np.testing.assert_allclose(steps, 16e6 / 104, rtol=0.02)


def test_notifications_keep_their_distance(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.run_ms(20_000)
        sensor.connect()
        sensor.start_backfill()
        sensor.run_ms(20_000)
    times = np.array([message["t"] for message in sensor.all("notify")])
    assert len(times) > 200
    assert np.diff(times).min() >= 50_000
