"""Each error of the sensor has the size that its field declares, and none is there that is not declared."""

from dataclasses import replace

import numpy as np
import pytest

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.simulator import PERFECT, SensorModel, Simulation
from sensorcore.simulator.faults import Fault
from sensorcore.simulator.sensor import REFERENCE_C, Sensor, celsius

G = STANDARD_GRAVITY_MPS2
MANY = 600
COARSE = 2.4e-3 * 9.81
"""Half a count of either kind is below this (m/s², rad/s)."""


def errors(model: SensorModel, acc: FloatArray, gyr: FloatArray, warm_c: float = REFERENCE_C) -> FloatArray:
    """(MANY, 6) errors of the first sample, of as many sensors."""
    found = []
    for seed in range(MANY):
        sensor = Sensor(model, np.random.default_rng(seed))
        counts = sensor.read(acc[None], gyr[None], np.array([warm_c]))
        found.append(np.hstack(sensor.physical(counts)[:2])[0] - np.hstack([acc, gyr]))
    return np.array(found)


ACC, GYR = np.array([10.0, 0.0, 0.0]), np.array([4.0, 0.0, 0.0])
MILLI_G, DEG = G / 1000, np.deg2rad(1.0)


@pytest.mark.parametrize(
    ("change", "warm_c", "expected"),
    [
        ({}, 60.0, [0, 0, 0, 0, 0, 0]),
        ({"acc_bias_mg": 30.0}, 25.0, [30 * MILLI_G] * 3 + [0] * 3),
        ({"gyr_bias_dps": 5.0}, 25.0, [0] * 3 + [5 * DEG] * 3),
        ({"acc_bias_mg_per_c": 2.0}, 45.0, [40 * MILLI_G] * 3 + [0] * 3),
        ({"gyr_bias_dps_per_c": 0.3}, 5.0, [0] * 3 + [6 * DEG] * 3),
        ({"acc_scale_error": 0.03}, 25.0, [0.3, 0, 0, 0, 0, 0]),
        ({"gyr_scale_error": 0.03}, 25.0, [0, 0, 0, 0.12, 0, 0]),
        ({"acc_misalignment_deg": 2.0}, 25.0, [0, 20 * DEG, 20 * DEG, 0, 0, 0]),
        ({"gyr_misalignment_deg": 2.0}, 25.0, [0, 0, 0, 0, 8 * DEG, 8 * DEG]),
        ({"acc_noise_mg_per_rthz": 5.0}, 25.0, [5 * MILLI_G * np.sqrt(52)] * 3 + [0] * 3),
        ({"gyr_noise_dps_per_rthz": 0.5}, 25.0, [0] * 3 + [0.5 * DEG * np.sqrt(52)] * 3),
    ],
)
def test_each_error_has_its_size_and_disturbs_nothing_else(change: dict[str, float], warm_c: float, expected: list[float]) -> None:
    found = errors(replace(PERFECT, **change), ACC, GYR, warm_c)
    for spread, size in zip(found.std(axis=0), expected, strict=True):
        assert spread == pytest.approx(size, rel=0.12) if size else spread < COARSE
    assert np.abs(found.mean(axis=0)).max() < 0.15 * max(expected) + COARSE


@pytest.mark.parametrize(("field", "part", "unit"), [("acc_walk_mg_per_rts", 0, MILLI_G), ("gyr_walk_dps_per_rts", 1, DEG)])
def test_offsets_wander_as_the_root_of_time(field: str, part: int, unit: float) -> None:
    n, size = 104 * 100, 20.0
    ends = []
    for seed in range(60):
        sensor = Sensor(replace(PERFECT, **{field: size}), np.random.default_rng(seed))
        values = sensor.physical(sensor.read(np.zeros((n, 3)), np.zeros((n, 3)), np.full(n, REFERENCE_C)))[part]
        ends.append(values[[n // 4 - 1, n - 1]] / unit)
    quarter, whole = np.std(ends, axis=(0, 2))
    assert whole == pytest.approx(size * 10.0, rel=0.2)
    assert whole / quarter == pytest.approx(2.0, rel=0.3)


def test_the_temperature_follows_the_skin_and_the_surroundings() -> None:
    model = SensorModel(room_c=20.0, warms_by_c=10.0, warm_tau_s=100.0)
    t_s = np.array([0.0, 100.0, 999.9, 1100.0, 1999.9, 2100.0, 4000.0])
    value = celsius(model, [Fault("heat", 1000.0, 1000.0, celsius=5.0)], t_s)
    e = np.exp(-1.0)
    np.testing.assert_allclose(value, [20.0, 30 - 10 * e, 30.0, 35 - 5 * e, 35.0, 30 + 5 * e, 30.0], atol=0.01)


def test_a_fast_sample_clock_takes_more_samples_and_its_crystal_tells_another_time() -> None:
    model = replace(PERFECT, rate_error=0.02, clock_ppm=100.0)
    pieces = list(Simulation("workday-short", sensor=model, duration_s=60.0).pieces())
    t_s = np.concatenate([piece.block.t_s for piece in pieces])
    assert len(t_s) == round(60.0 * 104.0 * 1.02)
    assert np.diff(t_s).mean() == pytest.approx(1.0001 / (104.0 * 1.02), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"scale": 9}, "scale 9"),
        ({"sample_rate_hz": 0.0}, "sample_rate_hz"),
        ({"sample_rate_hz": float("nan")}, "sample_rate_hz"),
        ({"acc_bias_mg": float("inf")}, "acc_bias_mg"),
        ({"warm_tau_s": -1.0}, "warm_tau_s"),
        ({"wobble_damping": 1.0}, "wobble_damping"),
        ({"rate_error": -1.0}, "rate_error"),
    ],
)
def test_a_sensor_that_cannot_be_is_named(change: dict[str, float], name: str) -> None:
    with pytest.raises(BadInput, match=name):
        Simulation("workday-short", sensor=replace(SensorModel(), **change))
