"""Third-party sensors: values, time and the vendors' own oddities, from an encoder that shares no code with the drivers."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzz_third_party import fuzz
from sensorcore.devices import THIRD_PARTY, driver_named, family_seen, pmd
from sensorcore.devices.base import Decoded
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.family import LINK_BEGAN
from sensorcore.devices.phone import Phone
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock
from sensorcore.timing import frame_clock
from tests.examples import examples
from tests.project import SHARED
from tests.sensorcore.devices import encoders
from tests.sensorcore.devices.encoders import ENCODERS, Floats

VECTORS = SHARED / "vectors"
START_NS = 1_790_000_000_000_000_000
LEAST_DELAY_S = 0.004


def vectors(name: str) -> list[dict[str, Any]]:
    path = VECTORS / name
    if not path.exists():
        pytest.skip(f"the public frames are not beside the project ({path.name})")
    cases: list[dict[str, Any]] = json.loads(path.read_text())["cases"]
    return cases


def decoded(name: str, values: list[bytes], profile: Any = None) -> Decoded:
    driver = driver_named(name, profile)
    notes = [Notification(START_NS + 20_000_000 * number, b"\0" + value) for number, value in enumerate(values)]
    return driver.decode(driver.initial(), notes)[1]


def motion(
    n: int, rate_hz: float, clock_error: float = 0.0, seed: int = 1, spread_g: float = 0.01
) -> tuple[Floats, Floats, Floats]:
    """(acceleration in g, angular rate in °/s, the samples' true times). The true rate differs by `clock_error`."""
    rng = np.random.default_rng(seed)
    acc = np.array([0.05, -0.1, 0.98]) + rng.normal(0.0, spread_g, (n, 3))
    return acc, rng.normal(0.0, 20.0, (n, 3)), np.arange(n) / (rate_hz * (1.0 + clock_error))


def delivered(sent: list[encoders.Sent], seed: int = 1, replies: bool = True) -> list[Notification]:
    """As a radio does: a least delay, mostly a little more, and now and then a burst 48 ms late."""
    rng = np.random.default_rng(seed)
    notes = [
        Notification(START_NS, bytes((place,)) + value) for _, place, value in (encoders.verity_start_replies() if replies else [])
    ]
    arrival_s = 0.0
    for at_s, place, value in sent:
        delay_s = LEAST_DELAY_S + float(rng.exponential(0.004)) + (0.048 if rng.random() < 0.05 else 0.0)
        arrival_s = max(arrival_s + 1e-6, at_s + delay_s)
        notes.append(Notification(START_NS + round(arrival_s * 1e9), bytes((place,)) + value))
    return notes


def stream(kind: str, n: int, clock_error: float = 0.0) -> tuple[SampleBlock, tuple[Floats, Floats, Floats]]:
    name, rate_hz, encode = ENCODERS[kind]
    truth = motion(n, rate_hz, clock_error)
    driver = driver_named(name)
    notes = delivered(list(encode(*truth)), replies=name.startswith("polar-v"))
    return driver.decode(driver.initial(), notes)[1].block, truth


@pytest.mark.parametrize("kind", ENCODERS)
def test_values_come_back(kind: str) -> None:
    block, (acc_g, gyr_dps, _) = stream(kind, 400)
    n = len(block)
    assert n >= 372
    np.testing.assert_allclose(block.acc_mps2, acc_g[:n] * STANDARD_GRAVITY_MPS2, atol=0.006)
    if block.gyr_radps is None:
        assert kind == "polar-h10"
    else:
        np.testing.assert_allclose(np.rad2deg(block.gyr_radps), gyr_dps[:n], atol=0.07)
    assert not block.after_gap.any()


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("clock_error", [-0.01, 0.01])
def test_times_are_within_2_ms_with_a_clock_one_per_cent_off(kind: str, clock_error: float) -> None:
    """After ten seconds for those that send no time: their rate must be learnt from arrivals. What cannot be told, the link's
    least delay and where stream time begins, is left out."""
    block, (_, _, true_s) = stream(kind, 3000, clock_error)
    error_s = block.t_s - true_s[: len(block)]
    settled = error_s[500:] - np.median(error_s[500:])
    assert np.abs(settled).max() < 0.002
    assert (np.diff(block.t_s) > 0).all()


@examples(10)
@given(st.sampled_from(sorted(ENCODERS)), st.lists(st.integers(0, 400), max_size=6))
def test_the_result_does_not_depend_on_how_the_stream_is_cut(kind: str, cuts: list[int]) -> None:
    name, rate_hz, encode = ENCODERS[kind]
    notes = delivered(list(encode(*motion(120, rate_hz, 0.01))))
    driver = driver_named(name)
    whole = driver.decode(driver.initial(), notes)[1].block
    state, parts = driver.initial(), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(notes)], strict=True):
        state, part = driver.decode(state, notes[begin:end])
        parts.append(part.block)
    assert np.concatenate([part.t_s for part in parts]).tobytes() == whole.t_s.tobytes()
    assert np.concatenate([part.acc_mps2 for part in parts]).tobytes() == whole.acc_mps2.tobytes()
    assert np.concatenate([part.after_gap for part in parts]).tobytes() == whole.after_gap.tobytes()


@pytest.mark.parametrize("kind", ENCODERS)
def test_a_broken_link_is_one_gap_as_long_as_it_was(kind: str) -> None:
    """Within what can be told of a link made anew: 60 ms."""
    name, rate_hz, encode = ENCODERS[kind]
    sent = list(encode(*motion(2000, rate_hz)))
    at = next(number for number, (end_s, _, _) in enumerate(sent) if end_s > 15.0)
    back = next(number for number, (end_s, _, value) in enumerate(sent) if end_s > 22.0 and value[:1] not in (b"\3",))
    notes = delivered(sent, replies=name.startswith("polar-v"))
    skipped = len(notes) - len(sent)
    began = Notification(notes[back + skipped].arrival_unix_ns - 1000, bytes((LINK_BEGAN,)))
    driver = driver_named(name)
    block = driver.decode(driver.initial(), [*notes[: at + skipped], began, *notes[back + skipped :]])[1].block
    (gap,) = np.flatnonzero(block.after_gap)
    # the frame that was cut is lost as well, and one is when angular rate must come from both sides
    assert 6.0 < block.t_s[gap] - block.t_s[gap - 1] < 8.0
    assert abs(block.t_s[-1] - (1999 / rate_hz)) < 0.06 + 36 / rate_hz
    assert (np.diff(block.t_s) > 0).all()


def test_witmotion_vectors() -> None:
    whole, cut = vectors("witmotion.json")
    found = decoded("witmotion", [bytes.fromhex(whole["notification_hex"])]).block
    assert len(found) == whole["frames"]
    np.testing.assert_allclose(found.acc_mps2[0] / STANDARD_GRAVITY_MPS2, whole["first"]["acc_g"])
    assert found.gyr_radps is not None
    assert not found.gyr_radps.any()
    assert not len(decoded("witmotion", [bytes.fromhex(cut["notification_hex"])]).block)


def test_polar_vectors() -> None:
    coarse, fine, gyro, captured = vectors("polar_pmd.json")
    factors = {pmd.ACC: coarse["factor"]}
    frame = pmd.decode(bytes.fromhex(coarse["frame_hex"]), factors)
    assert len(frame.values) == coarse["samples"]
    np.testing.assert_allclose(frame.values[:2] / coarse["factor"], [coarse["raw_first"], coarse["raw_second"]])
    for case in (fine, captured):
        found = pmd.decode(bytes.fromhex(case["frame_hex"]), {pmd.ACC: case.get("factor", 1.0)})
        np.testing.assert_allclose(found.values * 1000, case["samples_mg"])
    found = pmd.decode(bytes.fromhex(gyro["frame_hex"]), {pmd.GYR: 1.0})
    np.testing.assert_allclose(found.values, gyro["samples_dps"])
    block = decoded("polar-h10", [bytes.fromhex(captured["frame_hex"])]).block
    np.testing.assert_allclose(block.acc_mps2 / STANDARD_GRAVITY_MPS2 * 1000, captured["samples_mg"])


def test_movesense_vector() -> None:
    case = next(each for each in vectors("movesense.json") if "IMU6" in each["path"])
    payload = bytes.fromhex(case["payload_hex"])
    stamp, floats = struct.unpack_from("<I", payload)[0], payload[4:]
    frames = [struct.pack("<I", stamp + number * 77) + floats for number in range(3)]  # one frame proves nothing
    values = [
        packet
        for frame in frames
        for packet in (bytes((2, 0x63)) + frame[:50], bytes((2, 0x64, 81)), bytes((3, 0x63)) + frame[50:])
    ]
    values.append(bytes((2, 0x63)) + payload[:9])
    found = decoded("movesense", values)
    expected = case["expected"]
    acc_mps2 = [[each[axis] for axis in "xyz"] for each in expected["ArrayAcc"]]
    np.testing.assert_allclose(found.block.acc_mps2, acc_mps2 * 3, rtol=1e-6)
    assert found.block.gyr_radps is not None
    rates = [[each[axis] for axis in "xyz"] for each in expected["ArrayGyro"]]
    np.testing.assert_allclose(np.rad2deg(found.block.gyr_radps), rates * 3, rtol=1e-6)
    assert found.battery_percent == 81


def test_witmotion_frames_are_put_together_however_they_were_cut() -> None:
    sent = b"".join(value for _, _, value in encoders.witmotion(*motion(50, 50.0)))
    pieces = [sent[at : at + 13] for at in range(0, len(sent), 13)]
    found = decoded("witmotion", pieces)
    assert (len(found.block), found.rejected) == (50, 0)


def test_witmotion_drops_old_frames_sent_again() -> None:
    values = [value for _, _, value in encoders.witmotion_timed(*motion(200, 50.0))]
    found = decoded("witmotion", values[:150] + values[120:150] + values[150:])
    assert (len(found.block), found.duplicates) == (200, 30)
    assert not found.block.after_gap.any()


def test_the_vibration_sensor_that_looks_alike_is_refused() -> None:
    n = 100
    quiet, _, t_s = motion(n, 50.0)
    found = decoded("witmotion", [value for _, _, value in encoders.witmotion(quiet * 0.01, quiet * 3.0, t_s)])
    assert not len(found.block)
    assert "vibration" in found.refused
    assert found.rejected == n


def test_witmotion_tells_battery_and_temperature() -> None:
    values = [value for _, _, value in encoders.witmotion(*motion(5, 50.0))]
    values += [b"\x55\x71\x64\x00" + struct.pack("<8h", 387, *[0] * 7), b"\x55\x71\x40\x00" + struct.pack("<8h", 2612, *[0] * 7)]
    found = decoded("witmotion", values)
    assert found.battery_percent == 60
    assert [report.temperature_c for _, report in found.reports] == [26.12]


def test_skin_contact_of_a_strap() -> None:
    driver = driver_named("polar-h10")
    notes = [Notification(START_NS, bytes((2, flags, 70))) for flags in (0x00, 0x04, 0x06, 0x06)]
    reports = driver.decode(driver.initial(), notes)[1].reports
    assert [report.worn for _, report in reports] == [False, True]


RESTARTED = {
    "polar-h10": (720, lambda motion, again: encoders.polar_raw(*motion, epoch_s=100.0 if again else 599_616_000.0)),
    "movesense": (720, lambda motion, again: encoders.movesense(*motion, boot_ms=300 if again else 7_200_000)),
    "uart-text": (720, lambda motion, _: encoders.text(*motion)),
    "witmotion": (720, lambda motion, _: encoders.witmotion_timed(*motion)),
}
"""Samples, and what is sent before and after a power loss: the clock is at its default again."""


@pytest.mark.parametrize("name", RESTARTED)
def test_a_clock_that_starts_again_is_a_gap(name: str) -> None:
    """As long as arrivals say."""
    n, encode = RESTARTED[name]
    rate_hz = driver_named(name).profile.sample_rate_hz
    values, late = (list(encode(motion(n, rate_hz), again)) for again in (False, True))
    notes = delivered(values, replies=False)
    back_ns = notes[-1].arrival_unix_ns + 5_000_000_000
    began = Notification(back_ns, bytes((LINK_BEGAN,)))
    driver = driver_named(name)
    state, before = driver.decode(driver.initial(), notes)
    after = [Notification(back_ns + note.arrival_unix_ns - START_NS, note.payload) for note in delivered(late, replies=False)]
    _, found = driver.decode(state, [began, *after])
    kept = (
        n if name in ("polar-h10", "movesense") else n - round(frame_clock.RESENT_NS * 1e-9 * rate_hz)
    )  # an old stamp may be sent again
    assert len(before.block) == n
    assert kept - 2 <= len(found.block) <= n
    assert found.block.after_gap[0]
    assert found.block.after_gap.sum() == 1
    gap_s = float(found.block.t_s[0] - before.block.t_s[-1])
    first_s = 5.0 + (n - len(found.block)) / rate_hz
    assert first_s - 0.2 < gap_s < first_s + 0.3
    if name != "polar-h10":
        return
    _, unbroken = driver.decode(state, after)  # the same without a sign that the link was made anew
    assert unbroken.block.after_gap[0]


def test_movesense_survives_the_wrap_of_its_milliseconds() -> None:
    values = [v for _, _, v in encoders.movesense(*motion(400, 52.0), boot_ms=(1 << 32) - 3000)]
    found = decoded("movesense", values)
    assert len(found.block) == 400
    assert not found.block.after_gap.any()
    assert np.ptp(np.diff(found.block.t_s)) < 0.002


def test_a_movesense_frame_that_lost_its_end_is_no_sample() -> None:
    values = [v for _, _, v in encoders.movesense(*motion(400, 52.0))]
    del values[41]  # a continuation
    found = decoded("movesense", values)
    assert (len(found.block), found.rejected) == (396, 1)
    assert found.block.after_gap.sum() == 1


def test_a_damaged_line_is_no_sample() -> None:
    lines = [b"S,20,0.1,0.2,0.9,1,2,3\n", b"S,40,0.1,0.2,0.9,1,2,3*00\n", b"S,60,0.1,0.2,0.9,1,2\n", b"S,80,nan,0.2,0.9,1,2,3\n",
             b"x" * 5000, b"\n", b"B,77\n", b"W,1\n", b"T,31.5\n", b"S,100,0.1,0.2,0.9,1,2,3\n"]  # fmt: skip
    found = decoded("uart-text", lines)
    assert (len(found.block), found.rejected, found.battery_percent) == (2, 4, 77)
    assert [(report.temperature_c, report.worn) for _, report in found.reports] == [(None, True), (31.5, None)]


@pytest.mark.parametrize(
    ("name", "uuids", "family"),
    [
        ("WT901BLE68", (), "witmotion"),
        ("WTSDCL(FE:D5:86:66:1D:7C)", (), "witmotion"),
        ("WT901SDCL-BT50", (), "witmotion"),
        ("WT9011DCL-BT50", (), "witmotion"),
        ("BWT901BLECL5.0", (), "witmotion"),
        ("HWT901B", (), "witmotion"),
        ("my back", ("0000ffe5-0000-1000-8000-00805f9a34fb",), "witmotion"),
        ("my back", ("0000ffe5-0000-1000-8000-00805f9b34fb",), None),
        ("my back", ("EF680100-9B35-4933-9B10-52FFA9740042",), "thingy52"),
        ("my back", ("34802252-7185-4d5d-b431-630e7050e8f0",), "movesense"),
        ("Polar H10 A1B2C3D4", ("0000180d-0000-1000-8000-00805f9b34fb",), "polar-h10"),
        ("Polar Sense 12345678", (), "polar-verity-sense"),
        ("Movesense 234030000123", (), "movesense"),
        ("Thingy", (), "thingy52"),
        ("Puck.js 7f3a", ("6e400001-b5a3-f393-e0a9-e50e24dcca9e",), "uart-text"),
        ("WTVB01-BT50", (), None),
        ("Polar OH1 12345", (), None),
        ("Headphones", ("0000180f-0000-1000-8000-00805f9b34fb",), None),
    ],
)
def test_each_is_told_apart_in_a_scan(name: str, uuids: tuple[str, ...], family: str | None) -> None:
    seen = family_seen(name, uuids)
    assert (None if seen is None else seen.name) == family


@pytest.mark.parametrize("driver", [*THIRD_PARTY, Phone], ids=lambda driver: driver.name)
def test_whatever_arrives_it_does_not_break(driver: type[DeviceDriver]) -> None:
    assert fuzz(driver.name, 500, 2).findings == []
