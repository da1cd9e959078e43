"""Frames to samples: nothing invented, nothing twice, nothing out of order, the same however the stream is cut."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_protocol import tables, wire
from firmware_protocol.packets import SampleFrame
from sensorcore.devices.base import Decoded
from sensorcore.devices.spinae_encode import encode_block
from sensorcore.devices.spinae_sensor import SESSIONS_KEPT, SpinaeSensor, profile_of
from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock
from tests.examples import examples
from tests.sensorcore.devices.streams import ACC_ONLY, arriving, in_parts, same, walk


def decode(stream: list[Notification], driver: SpinaeSensor | None = None) -> Decoded:
    driver = driver or SpinaeSensor()
    return driver.decode(driver.initial(), stream)[1]


@given(st.integers(1, 200), st.sampled_from(sorted(tables.SCALES)), st.sampled_from(sorted(tables.RATES)), st.integers(0, wire.U32))
def test_what_is_encoded_comes_back_within_half_a_count(n: int, scale: int, rate: int, first: int) -> None:
    """Also over the wrap of sequence and device time."""
    profile = profile_of(scale, rate)
    sent = walk(n, gyroscope=profile.has_gyroscope, rate_hz=profile.sample_rate_hz)
    payloads = encode_block(sent, session_id=9, first_sequence=first, boot_us=first, scale=scale, rate=rate)
    got = decode(arriving(payloads), SpinaeSensor(profile))
    assert (got.rejected, got.duplicates) == (0, 0)
    assert not got.block.after_gap.any()
    np.testing.assert_allclose(got.block.t_s, sent.t_s, atol=2e-6)
    clipped = np.clip(sent.acc_mps2, -profile.acc_range_mps2, profile.acc_range_mps2)
    np.testing.assert_allclose(got.block.acc_mps2, clipped, atol=1.01 * profile.acc_range_mps2 / 32768)
    whole = np.abs(sent.acc_mps2).max(axis=1) < profile.acc_range_mps2 * 0.9999
    if sent.gyr_radps is None or got.block.gyr_radps is None:
        assert sent.gyr_radps is got.block.gyr_radps
    else:
        within = np.abs(sent.gyr_radps).max(axis=1) < profile.gyr_range_radps * 0.9999
        half = 0.51 * profile.gyr_range_radps / 32768
        np.testing.assert_allclose(got.block.gyr_radps[within], sent.gyr_radps[within], atol=half)
        whole &= within
    np.testing.assert_allclose(got.block.acc_mps2[whole], sent.acc_mps2[whole], atol=0.51 * profile.acc_range_mps2 / 32768, rtol=0)
    assert not got.block.saturated[whole].any()


def test_units_and_axes_by_hand() -> None:
    """Scale 1: 2048 counts are 1 g; 16384 counts are 1000 °/s."""
    samples = np.array([[2048, 0, -2048, 16384, 0, -16384]], dtype="<i2").tobytes()
    block = decode(arriving([SampleFrame(1, 0, 0, 1, 3, samples).to_bytes()])).block
    np.testing.assert_allclose(block.acc_mps2, [[STANDARD_GRAVITY_MPS2, 0, -STANDARD_GRAVITY_MPS2]], rtol=1e-12)
    assert block.gyr_radps is not None
    np.testing.assert_allclose(block.gyr_radps, np.deg2rad([[1000, 0, -1000]]), rtol=1e-12)


@pytest.mark.parametrize("count", [32767, -32767, -32768])
@pytest.mark.parametrize("axis", range(6))
def test_full_scale_on_any_axis_is_saturated(count: int, axis: int) -> None:
    values = np.zeros((16, 6), dtype="<i2")
    values[5, axis] = count
    values[6, axis] = 32766
    block = decode(arriving([SampleFrame(1, 0, 0, 1, 3, values.tobytes()).to_bytes()])).block
    assert np.flatnonzero(block.saturated).tolist() == [5]


def test_encoding_clips_at_full_scale() -> None:
    hard = SampleBlock.checked(np.array([0.0]), np.array([[1e6, -1e6, 0.0]]), np.zeros((1, 3)))
    block = decode(arriving(encode_block(hard, session_id=1))).block
    assert block.saturated.tolist() == [True]
    full = 16 * STANDARD_GRAVITY_MPS2
    np.testing.assert_allclose(block.acc_mps2[0], [full, -full, 0], rtol=1e-4)


def frames_of(seconds: float = 3.0, **keywords: int) -> list[bytes]:
    return encode_block(walk(round(seconds * 104)), session_id=keywords.pop("session_id", 5), **keywords)


def test_missing_frames_are_a_gap_and_time_stays_true() -> None:
    stream = arriving(frames_of())
    whole = decode(stream).block
    got = decode(stream[:4] + stream[9:])
    assert np.flatnonzero(got.block.after_gap).tolist() == [4 * 16]
    np.testing.assert_allclose(got.block.t_s, np.delete(whole.t_s, slice(64, 144)), atol=2e-6)
    np.testing.assert_array_equal(got.block.acc_mps2, np.delete(whole.acc_mps2, slice(64, 144), axis=0))


def test_duplicates_and_latecomers_are_dropped_and_counted() -> None:
    stream = arriving(frames_of())
    whole = decode(stream)
    got = decode([stream[0], stream[0], stream[1], stream[2], stream[1], stream[2], *stream[3:], stream[0]])
    assert got.duplicates == 4
    assert same(got.block, whole.block)


def test_a_reboot_goes_on_in_time_and_the_old_session_is_over() -> None:
    before, after = frames_of(session_id=5), frames_of(session_id=6, boot_us=77)
    old, new = arriving(before), arriving(after, start_s=3.0 + 20.0)
    got = decode([*old, *new[:2], old[-1], *new[2:]])
    assert got.duplicates == 1
    first = sum(p[1] for p in before)
    assert np.flatnonzero(got.block.after_gap).tolist() == [first]
    assert (np.diff(got.block.t_s) > 0).all()
    start, end = got.block.t_s[first], got.block.t_s[first - 1]
    assert start - end == pytest.approx(20.0, abs=0.3)


def test_many_reboots_keep_the_state_small() -> None:
    driver = SpinaeSensor()
    stream = [n for s in range(100) for n in arriving(frames_of(0.2, session_id=s), start_s=s * 10.0)]
    state, got = driver.decode(driver.initial(), stream)
    assert got.block.after_gap.sum() == 99
    assert len(state.over) == SESSIONS_KEPT


def test_a_stream_has_angular_rate_throughout_or_not_at_all() -> None:
    flat = encode_block(walk(32, gyroscope=False), session_id=1, scale=tables.DEFAULT_SCALE_WITHOUT_GYROSCOPE)
    six = encode_block(walk(32), session_id=1, first_sequence=2, boot_us=2 * 153_846)
    got = decode(arriving(flat + six))
    assert (got.rejected, len(got.block)) == (2, 32)
    plain = decode(arriving(flat + six), SpinaeSensor(ACC_ONLY))
    assert (plain.rejected, len(plain.block), plain.block.gyr_radps) == (0, 64, None)


def test_the_range_may_change_in_a_stream() -> None:
    one = encode_block(walk(32), session_id=1)
    two = encode_block(walk(32), session_id=2, scale=2)
    got = decode(arriving(one + two)).block
    np.testing.assert_allclose(got.acc_mps2[32:], walk(32).acc_mps2, atol=8 * STANDARD_GRAVITY_MPS2 / 32768)


noise = st.binary(max_size=250)


@st.composite
def troubled(draw: st.DrawFn) -> list[Notification]:
    """Losses, duplicates, disorder, reboots, another range or rate, bit errors and noise; arrivals in bursts or backwards."""
    payloads: list[bytes] = []
    for session in range(draw(st.integers(1, 3))):
        scale, rate = draw(st.sampled_from([1, 2, 21])), draw(st.sampled_from([2, 3]))
        sent = walk(draw(st.integers(1, 150)), rate_hz=tables.RATES[rate][0], seed=session)
        first = draw(st.sampled_from([0, wire.U32 - 2]))
        payloads += encode_block(sent, session_id=session, first_sequence=first, boot_us=first, scale=scale, rate=rate)
    picks = draw(st.lists(st.integers(-1, len(payloads) - 1), max_size=40) | st.just(list(range(len(payloads)))))
    stream = []
    for pick in picks:
        payload = payloads[pick] if pick >= 0 else draw(noise)
        if payload and draw(st.integers(0, 9)) == 0:
            damaged = bytearray(payload)
            damaged[draw(st.integers(0, len(payload) - 1))] ^= 1 << draw(st.integers(0, 7))
            payload = bytes(damaged)
        stream.append(Notification(draw(st.integers(0, 1 << 64)), payload))
    return stream


@given(troubled(), st.booleans(), st.data())
@examples(150)
def test_any_stream_is_decoded_alike_however_it_is_cut(stream: list[Notification], flat: bool, data: st.DataObject) -> None:
    driver = SpinaeSensor(ACC_ONLY if flat else None)
    state, whole = driver.decode(driver.initial(), stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    again, block, rejected, duplicates = in_parts(driver, stream, cuts)
    assert again == state
    assert (rejected, duplicates) == (whole.rejected, whole.duplicates)
    assert same(block, whole.block)
    checked = whole.block
    SampleBlock.checked(checked.t_s, checked.acc_mps2, checked.gyr_radps)


@pytest.mark.slow
@given(troubled())
@settings(deadline=None)
def test_no_sample_is_invented(stream: list[Notification]) -> None:
    """Frame by frame against the codec's own reading: each notification brings all of its samples or none."""
    driver = SpinaeSensor(ACC_ONLY)
    state = driver.initial()
    delivered = set()
    for notification in stream:
        state, got = driver.decode(state, [notification])
        if not len(got.block):
            assert got.rejected + got.duplicates == 1
            continue
        frame = SampleFrame.from_bytes(notification.payload)
        assert (frame.session, frame.sequence) not in delivered
        delivered.add((frame.session, frame.sequence))
        g = got.block.acc_mps2 / STANDARD_GRAVITY_MPS2 * 32768 * 1000 / tables.SCALES[frame.scale][0]
        np.testing.assert_allclose(g, [values[:3] for values in frame.counts()], atol=1e-6)


def test_nothing_in_gives_nothing_out() -> None:
    for driver in (SpinaeSensor(), SpinaeSensor(ACC_ONLY)):
        state, got = driver.decode(driver.initial(), [])
        assert state == driver.initial()
        assert len(got.block) == 0
        assert (got.block.gyr_radps is not None) == driver.profile.has_gyroscope


def test_ten_minutes_are_decoded_and_encoded_at_once() -> None:
    """Measured: 15 ms (a day is decoded in 0.5 s); the rest is room for a slow and busy machine."""
    sent = walk(600 * 104)
    started = time.perf_counter()
    stream = arriving(encode_block(sent, session_id=1))
    assert len(decode(stream).block) == len(sent)
    assert time.perf_counter() - started < 0.5


def test_what_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(BadInput, match="gyroscope"):
        encode_block(walk(3, gyroscope=False), session_id=1)
    broken = walk(4)
    broken.after_gap[2] = True
    with pytest.raises(BadInput, match="gap"):
        encode_block(broken, session_id=1)


def test_the_profile_follows_from_scale_and_rate() -> None:
    profile = profile_of(11, 2)
    assert profile.sample_rate_hz == 52
    assert np.rad2deg(profile.gyr_range_radps) == pytest.approx(2293.76)
    assert not profile_of(21).has_gyroscope
    with pytest.raises(BadInput, match="not both known"):
        profile_of(99)
