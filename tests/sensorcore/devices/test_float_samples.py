"""Full precision: what is packed comes back bit for bit, anything else is rejected."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.devices import DRIVERS, driver_named
from sensorcore.devices.float_samples import FloatSamples, pack, unpack
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.errors import BadInput
from sensorcore.model import FloatArray, SampleBlock
from tests.sensorcore.devices.streams import ACC_ONLY, SIX_AXES, arriving, in_parts, same, walk

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def blocks(draw: st.DrawFn, gyroscope: bool | None = None) -> SampleBlock:
    times = sorted(draw(st.sets(finite.map(lambda t: t + 0.0), min_size=1, max_size=20)))
    n = len(times)

    def vectors() -> FloatArray:
        return np.array(draw(st.lists(finite, min_size=3 * n, max_size=3 * n))).reshape(n, 3)

    flags = [np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=np.bool_) for _ in range(2)]
    with_gyroscope = draw(st.booleans()) if gyroscope is None else gyroscope
    gyr = vectors() if with_gyroscope else None
    return SampleBlock.checked(np.array(times), vectors(), gyr, after_gap=flags[0], saturated=flags[1])


@given(blocks())
def test_a_block_comes_back_bit_for_bit(block: SampleBlock) -> None:
    driver = FloatSamples(SIX_AXES if block.gyr_radps is not None else ACC_ONLY)
    _, got = driver.decode(driver.initial(), arriving([pack(block)]))
    assert (got.rejected, got.duplicates) == (0, 0)
    assert same(got.block, block)


@pytest.mark.parametrize("gyroscope", [True, False])
def test_every_truncation_and_every_flipped_bit_is_rejected(gyroscope: bool) -> None:
    payload = pack(walk(3, gyroscope=gyroscope))
    damaged = [payload[:size] for size in range(len(payload))] + [payload + b"\0"]
    for bit in range(8 * len(payload)):
        flipped = bytearray(payload)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    driver = FloatSamples(SIX_AXES if gyroscope else ACC_ONLY)
    state, got = driver.decode(driver.initial(), arriving(damaged))
    assert (got.rejected, len(got.block)) == (len(damaged), 0)
    assert state == driver.initial()


@given(st.integers(1, 300), st.lists(st.integers(0, 300), max_size=8), st.data())
def test_the_same_however_it_is_cut(n: int, cuts: list[int], data: st.DataObject) -> None:
    sent = walk(n)
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    payloads = [pack(sent[a:b]) for a, b in pairwise(edges)]
    driver = FloatSamples(SIX_AXES)
    calls = sorted(data.draw(st.lists(st.integers(0, len(payloads)), max_size=5)))
    _, got, rejected, duplicates = in_parts(driver, arriving(payloads), calls)
    assert (rejected, duplicates) == (0, 0)
    assert same(got, sent)


def test_samples_that_do_not_follow_are_dropped() -> None:
    sent = walk(40)
    driver = FloatSamples(SIX_AXES)
    payloads = [pack(sent[:20]), pack(sent[:20]), pack(sent[10:30]), pack(sent[20:])]
    _, got = driver.decode(driver.initial(), arriving(payloads))
    assert (got.rejected, got.duplicates) == (0, 2)
    assert same(got.block, sent)


def test_a_payload_of_the_other_kind_is_rejected() -> None:
    driver = FloatSamples(ACC_ONLY)
    _, got = driver.decode(driver.initial(), arriving([pack(walk(4))]))
    assert (got.rejected, len(got.block)) == (1, 0)


def test_samples_without_sense_are_refused() -> None:
    good = walk(3)
    for bad in (np.array([0.0, 0.0, 1.0]), np.array([0.0, np.nan, 1.0])):
        with pytest.raises(BadInput, match="packed samples"):
            unpack(pack(SampleBlock(bad, good.acc_mps2, None, good.after_gap, good.saturated)))


def test_drivers_are_found_by_the_name_they_carry() -> None:
    for name in DRIVERS:
        assert driver_named(name, SIX_AXES).name == name
        assert driver_named(name, ACC_ONLY).profile == ACC_ONLY
    assert isinstance(driver_named("spinae-sensor"), SpinaeSensor)
    with pytest.raises(BadInput, match="'abacus' is not known"):
        driver_named("abacus")
    with pytest.raises(BadInput, match="what sensor"):
        driver_named("float-samples")
