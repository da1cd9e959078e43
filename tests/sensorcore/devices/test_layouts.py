"""Frames of one layout given to a driver that is set for another: none becomes a sample; what is refused is counted and said."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensorcore.devices import driver_named
from sensorcore.devices.base import Decoded
from sensorcore.devices.polar import PolarVeritySense
from sensorcore.devices.proof import LIMIT_S, LIMIT_SAMPLES
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock
from tests.examples import examples
from tests.sensorcore.devices import encoders
from tests.sensorcore.devices.encoders import Floats
from tests.sensorcore.devices.test_third_party import START_NS, motion

SECONDS = 4.0


def wearer(rate_hz: float, seed: int, seconds: float = SECONDS) -> tuple[Floats, Floats, Floats, Floats]:
    """Somebody who sits and bends: acceleration in g, the angular rate in °/s that fits it, magnetic field in µT, times in s."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    still = np.maximum(0.0, np.sin(2 * np.pi * t_s / rng.uniform(3.0, 8.0)))
    lean = np.deg2rad(rng.uniform(0, 40)) * still**2 + rng.uniform(-0.3, 0.3)
    rate = np.rad2deg(np.gradient(lean, t_s))
    acc = np.stack([np.sin(lean), np.zeros_like(lean), np.cos(lean)], axis=1) + rng.normal(0, 0.01, (len(t_s), 3))
    gyr = np.stack([0 * rate, -rate, 0 * rate], axis=1) + rng.normal(0, 0.3, (len(t_s), 3)) + rng.uniform(-3, 3, 3)
    tilt = np.deg2rad(65.0) + lean
    field = 48.0 * np.stack([np.cos(tilt), 0 * tilt, -np.sin(tilt)], axis=1)
    return acc, gyr, field + rng.normal(0, 0.5, field.shape), t_s


# Movesense: which quantities a resource holds
RESOURCES = {"Acc": "a", "Gyro": "g", "Magn": "m", "IMU6": "ag", "IMU6m": "am", "IMU9": "agm"}


def movesense(resource: str, rate_hz: float, together: int, seed: int, seconds: float = SECONDS) -> list[tuple[float, bytes]]:
    """(time of the last sample, notification), with packets that hold a whole frame."""
    acc_g, gyr_dps, field_ut, t_s = wearer(rate_hz, seed, seconds)
    quantities = {"a": acc_g * STANDARD_GRAVITY_MPS2, "g": gyr_dps, "m": field_ut}
    sent = []
    for start in range(0, len(t_s) - together + 1, together):
        part = slice(start, start + together)
        floats = np.vstack([quantities[each][part] for each in RESOURCES[resource]]).astype("<f4").tobytes()
        stamp = struct.pack("<I", round(float(t_s[start]) * 1000) + 5000)
        sent.append((float(t_s[part][-1]), b"\x02\x63" + stamp + floats))
    return sent


def decoded(name: str, sent: list[tuple[float, bytes]]) -> Decoded:
    driver = driver_named(name)
    notes = [Notification(START_NS + round((at_s + 0.01) * 1e9), b"\0" + value) for at_s, value in sorted(sent)]
    return driver.decode(driver.initial(), notes)[1]


@examples(30)
@given(
    st.sampled_from([each for each in RESOURCES if each != "IMU6"]),
    st.sampled_from([13.0, 26.0, 52.0, 104.0, 208.0]),
    st.integers(1, 8),
    st.integers(0, 10_000),
)
@example("Gyro", 104.0, 8, 1)  # a turn that passes 9.8 °/s, in frames of the size and step of IMU6 of 4 samples at 52 Hz
def test_no_other_resource_of_a_movesense_is_read_as_imu6(resource: str, rate_hz: float, together: int, seed: int) -> None:
    sent = movesense(resource, rate_hz, together, seed)
    found = decoded("movesense", sent)
    assert not len(found.block)
    waiting = 3 + max(LIMIT_SAMPLES, math.ceil(LIMIT_S * rate_hz / together))  # the newest may still be unproven
    assert found.rejected >= len(sent) - waiting
    assert any("another layout" in why for why, _ in found.reasons)


@examples(20)
@example(8, 391)
@given(st.integers(1, 8), st.integers(0, 10_000))
def test_imu6_of_any_frame_size_is_proven_within_three_frames(together: int, seed: int) -> None:
    """And what is delivered is true. Of 3,200 simulated wearers, two lost one frame of eight samples that did not seem to go on."""
    acc_g, gyr_dps, _, _ = wearer(52.0, seed)
    found = decoded("movesense", movesense("IMU6", 52.0, together, seed))
    sent = np.hstack([acc_g * STANDARD_GRAVITY_MPS2, gyr_dps])
    sent = sent[: len(sent) // together * together].reshape(-1, together, 6)
    assert found.block.gyr_radps is not None
    came = np.hstack([found.block.acc_mps2, np.rad2deg(found.block.gyr_radps)]).reshape(-1, together, 6)
    places = [int(np.argmin(np.abs(sent - each).max(axis=(1, 2)))) for each in came]
    np.testing.assert_allclose(came, sent[places], atol=1e-4)
    assert places[0] <= 3
    assert all(after > before for before, after in pairwise(places))
    assert len(sent) - places[0] - len(places) <= 1


def rows_of(block: SampleBlock) -> Floats:
    assert block.gyr_radps is not None
    return np.hstack([block.acc_mps2 / STANDARD_GRAVITY_MPS2, np.rad2deg(block.gyr_radps)])


def none_invented(block: SampleBlock, acc_g: Floats, gyr_dps: Floats, atol: float) -> int:
    """Every sample delivered is one that was taken; how many."""
    truth = np.hstack([acc_g, gyr_dps])
    for part in np.array_split(rows_of(block), max(1, len(block) // 100)):
        assert (np.abs(truth[None] - part[:, None]).max(axis=2).min(axis=1) < atol).all()
    return len(block)


@examples(40)
@given(
    st.sampled_from([each for each in RESOURCES if each != "IMU6"]),
    st.sampled_from([0.02, 0.05, 0.1, 0.2]),
    st.integers(1, 8),
    st.integers(0, 10_000),
)
def test_among_frames_of_another_resource_the_right_ones_come_through(
    resource: str, share: float, together: int, seed: int
) -> None:
    acc_g, gyr_dps, _, _ = wearer(52.0, seed, 8.0)
    right, rng = movesense("IMU6", 52.0, 4, seed, 8.0), np.random.default_rng(seed)
    wrong = [each for each in movesense(resource, 52.0, together, seed + 1, 8.0) if rng.random() < share]
    found = decoded("movesense", [*right, *wrong])
    delivered = none_invented(found.block, acc_g, gyr_dps, 1e-3)
    assert delivered >= 0.9 * len(acc_g) - 12
    assert found.rejected >= len(wrong) - 1  # the newest may still be under way
    assert sum(count for _, count in found.reasons) == found.rejected


def polar_floats(values: Floats, stamp_ns: int) -> bytes:
    """Angular rate of frame type 1: a reference of three float32, then differences of their bits."""
    bits = [[int(each) for each in row] for row in values.astype("<f4").view("<i4")]
    out = struct.pack("<BQB3i", 5, stamp_ns, 0x81, *bits[0])
    for before, after in pairwise(bits):
        deltas = [b - a for a, b in zip(before, after, strict=True)]
        width = max(max(d if d >= 0 else ~d for d in deltas).bit_length() + 1, 2)
        word = 0
        for place, delta in enumerate(deltas):
            word |= (delta % (1 << width)) << (place * width)
        out += bytes((width, 1)) + word.to_bytes((width * 3 + 7) // 8, "little")
    return out


def verity(acc_g: Floats, rate: Callable[[slice, int], list[bytes]], t_s: Floats) -> list[Notification]:
    """Acceleration, and after each frame of it what `rate` makes of the same samples."""
    notes = [Notification(START_NS, b"\1" + value) for _, _, value in encoders.verity_start_replies()]
    for end in range(20, len(t_s) + 1, 20):
        part, stamp_ns = slice(end - 20, end), round((float(t_s[end - 1]) + 7e8) * 1e6) * 1000
        rows = [[round(float(v) / encoders.ACC_FACTOR) for v in row] for row in acc_g[part]]
        for value in [encoders.pmd_compressed(2, rows, stamp_ns), *rate(part, stamp_ns)]:
            notes.append(Notification(START_NS + round((float(t_s[end - 1]) + 0.02) * 1e9), b"\0" + value))
    return notes


def test_angular_rate_in_floats_is_read_as_floats() -> None:
    """Frame type 1, which was read as whole numbers: ±16,900 °/s."""
    acc_g, gyr_dps, _, t_s = wearer(52.0, 4, 10.0)
    notes = verity(acc_g, lambda part, stamp: [polar_floats(gyr_dps[part], stamp)], t_s)
    notes = [each for each in notes if each.payload[:1] == b"\0"]  # no factor was told: floats need none
    driver = PolarVeritySense(PolarVeritySense.profile_seen(notes))
    found = driver.decode(driver.initial(), notes)[1]
    assert len(found.block) >= 500
    none_invented(found.block, acc_g, gyr_dps, 0.02)


WRONG_RATES: dict[str, Callable[[slice, int], list[bytes]]] = {
    "none at all": lambda _part, _stamp: [],
    "an unknown frame type": lambda _part, stamp: [struct.pack("<BQB", 5, stamp, 0x82) + bytes(40)],
    "uncompressed": lambda _part, stamp: [struct.pack("<BQB", 5, stamp, 0) + bytes(60)],
    "beyond the range": lambda _part, stamp: [encoders.pmd_compressed(5, [[32000, -32000, 31000]] * 20, stamp)] * 1,
    "whole numbers called floats": lambda _part, stamp: [struct.pack("<BQB3i", 5, stamp, 0x81, 12, 7, 90)],
}


@pytest.mark.parametrize("kind", WRONG_RATES)
def test_without_a_usable_angular_rate_acceleration_goes_on_alone_and_that_is_said(kind: str) -> None:
    acc_g, _, _, t_s = wearer(52.0, 5, 20.0)
    factor = 0.08 if kind == "beyond the range" else encoders.GYR_FACTOR
    notes = verity(acc_g, WRONG_RATES[kind], t_s)
    notes[1] = Notification(START_NS, b"\1" + bytes((0xF0, 2, 5, 0, 0, 5, 1)) + struct.pack("<f", factor))
    profile = PolarVeritySense.profile_seen(notes[:24])
    assert profile is not None
    assert not profile.has_gyroscope
    assert "acceleration alone" in PolarVeritySense.lacks(profile)
    driver = PolarVeritySense(profile)
    found = driver.decode(driver.initial(), notes)[1]
    assert len(found.block) == len(t_s) // 20 * 20
    np.testing.assert_allclose(found.block.acc_mps2 / STANDARD_GRAVITY_MPS2, acc_g[: len(found.block)], atol=0.001)
    assert (found.rejected > 0) == (kind != "none at all")


@examples(10)
@given(st.sampled_from(sorted(WRONG_RATES)), st.sampled_from([0.05, 0.1, 0.3]), st.integers(0, 10_000))
def test_among_frames_that_cannot_be_read_the_others_come_through(kind: str, share: float, seed: int) -> None:
    acc_g, gyr_dps, _, t_s = wearer(52.0, seed, 8.0)
    rng = np.random.default_rng(seed)
    wrong = 0

    def rate(part: slice, stamp: int) -> list[bytes]:
        nonlocal wrong
        rows = [[round(float(v) / encoders.GYR_FACTOR) for v in row] for row in gyr_dps[part]]
        extra = WRONG_RATES[kind](part, stamp - 100_000_000) if rng.random() < share and kind != "beyond the range" else []
        wrong += len(extra)
        return [*extra, encoders.pmd_compressed(5, rows, stamp)]

    notes = verity(acc_g, rate, t_s)
    driver = PolarVeritySense(PolarVeritySense.profile_seen(notes))
    assert driver.profile.has_gyroscope
    found = driver.decode(driver.initial(), notes)[1]
    assert none_invented(found.block, acc_g, gyr_dps, 0.1) >= len(t_s) // 20 * 20 - 1
    assert found.rejected == wrong


@pytest.mark.parametrize(
    ("kind", "words"), [("rotation matrix", "rotation matrix"), ("quaternion", "16 bytes"), ("euler", "12 bytes")]
)
def test_a_thingy_that_sends_something_else_is_not_read_as_raw_motion(kind: str, words: str) -> None:
    matrix = struct.pack("<9h", 16384, 0, 0, 0, 11585, -11585, 0, 11585, 11585)
    value = {"rotation matrix": matrix, "quaternion": bytes(16), "euler": bytes(12)}[kind]
    acc_g, gyr_dps, _, t_s = wearer(50.0, 3)
    right = [(at_s, sent) for at_s, _, sent in encoders.thingy(acc_g, gyr_dps, t_s)]
    alone = decoded("thingy52", [(at_s, value) for at_s, _ in right])
    assert not len(alone.block)
    assert alone.rejected == len(right)
    mixed = decoded("thingy52", [*right, *((at_s + 0.005, value) for at_s, _ in right[::7])])
    assert len(mixed.block) == len(right)
    (reason,) = mixed.reasons
    assert words in reason[0]
    assert reason[1] == len(right[::7])


def test_text_in_m_per_s2_is_refused_with_that_reason() -> None:
    acc_g, gyr_dps, _, t_s = wearer(50.0, 3)
    acc_mps2 = acc_g * STANDARD_GRAVITY_MPS2
    found = decoded("uart-text", [(at_s, value) for at_s, _, value in encoders.text(acc_mps2, gyr_dps, t_s, piece=200)])
    assert not len(found.block)
    assert "m/s²" in found.refused
    assert found.rejected == len(t_s)


def test_lines_without_angular_rate_in_a_stream_that_has_it_are_counted_and_said() -> None:
    acc_g, gyr_dps, _, t_s = wearer(50.0, 3)
    lines = [(at_s, value) for at_s, _, value in encoders.text(acc_g, gyr_dps, t_s, piece=200)]
    found = decoded("uart-text", [*lines, *((at_s + 0.005, b"S,,0.1,0.2,0.97\n") for at_s, _ in lines[::5])])
    assert len(found.block) == len(t_s)
    assert found.reasons == (("a sample without angular rate, in a stream that has it", len(lines[::5])),)


@given(st.lists(st.integers(0, 400), max_size=5), st.sampled_from([0.01, 1.0, 9.8]), st.integers(0, 1000))
@examples(12)
def test_the_proof_does_not_depend_on_how_the_stream_is_cut(cuts: list[int], scale: float, seed: int) -> None:
    """A stream that is right, then wrong, then right again."""
    acc_g, gyr_dps, _, t_s = wearer(50.0, seed, 8.0)
    acc_g[150:250] *= scale
    lines = [value for _, _, value in encoders.text(acc_g, gyr_dps, t_s, piece=200)]
    lines[40] = b"T,31.5\n" + lines[40]
    notes = [Notification(START_NS + round(at_s * 1e9), b"\0" + value) for at_s, value in zip(t_s, lines, strict=True)]
    driver = driver_named("uart-text")
    whole = driver.decode(driver.initial(), notes)[1]
    state, blocks, rejected, reports = driver.initial(), [], 0, []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(notes)], strict=True):
        state, part = driver.decode(state, notes[begin:end])
        reports += [(place + sum(map(len, blocks)), report) for place, report in part.reports]
        blocks.append(part.block)
        rejected += part.rejected
    assert np.concatenate([each.t_s for each in blocks]).tobytes() == whole.block.t_s.tobytes()
    assert np.concatenate([each.after_gap for each in blocks]).tobytes() == whole.block.after_gap.tobytes()
    assert rejected == whole.rejected
    assert tuple(reports) == whole.reports


@pytest.mark.parametrize("kind", encoders.ENCODERS)
def test_values_beyond_the_range_are_left_out_as_a_gap_and_said(kind: str) -> None:
    """Whole numbers may end at the range: then nothing can be beyond it."""
    name, rate_hz, encode = encoders.ENCODERS[kind]
    acc_g, gyr_dps, t_s = motion(800, rate_hz)
    acc_g[430] = [0.0, 0.0, 25.0]
    sent = list(encode(acc_g, gyr_dps, t_s))
    notes = [Notification(START_NS + round((at_s + 0.01) * 1e9), bytes((place,)) + value) for at_s, place, value in sent]
    if name.startswith("polar-v"):
        notes = [*[Notification(START_NS, b"\1" + value) for _, _, value in encoders.verity_start_replies()], *notes]
    driver = driver_named(name)
    found = driver.decode(driver.initial(), notes)[1]
    largest = np.abs(found.block.acc_mps2).max() / STANDARD_GRAVITY_MPS2
    if not found.block.after_gap.any() and largest > 1.3:
        assert largest < driver.profile.acc_range_mps2 / STANDARD_GRAVITY_MPS2 + 0.01
        return
    assert largest < 1.3
    assert found.block.after_gap.sum() == 1
    assert sum(count for why, count in found.reasons if "range" in why or "another layout" in why) == 1


def test_seldom_wrong_values_do_not_stop_somebody_who_runs() -> None:
    """A mean of about 1 g is enough: hardly two samples in a row are."""
    rate_hz = 50.0
    t_s = np.arange(500) / rate_hz
    stride = np.where((t_s * 2.8) % 1.0 < 0.45, 2.6, 0.1)
    acc_g = np.stack([0 * t_s, 0 * t_s, stride], axis=1)
    found = decoded("witmotion", [(at_s, value) for at_s, _, value in encoders.witmotion(acc_g, acc_g * 20, t_s)])
    assert len(found.block) == 500
    assert not found.refused
