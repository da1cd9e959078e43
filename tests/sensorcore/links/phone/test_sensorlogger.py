"""Sensor Logger's messages, from an app written from its documents: units, signs, times, losses, disorder."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.devices.base import Decoded
from sensorcore.devices.phone import Phone, lacking
from sensorcore.devices.phone_batch import Batch, pack, unpack
from sensorcore.errors import BadInput
from sensorcore.links.phone.order import BatchOrder
from sensorcore.links.phone.sensorlogger import parse, platform_of
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification
from tests.sensorcore.devices.test_third_party import motion
from tests.sensorcore.links.phone.apps import AGENTS, EPOCH_NS, Floats, SensorLogger, body

PHONES = {
    "android": SensorLogger(),
    "android, uncalibrated": SensorLogger(sends="uncalibrated"),
    "android, split": SensorLogger(sends="split"),
    "iphone": SensorLogger("ios", sends="split"),
    "iphone, uncalibrated": SensorLogger("ios", sends="uncalibrated"),
    "iphone, standardised": SensorLogger("ios", sends="uncalibrated", standardised=True),
    "flat, times as text": SensorLogger(flat=True, text_times=True),
}


def smooth(n: int, rate_hz: float, clock_error: float = 0.0) -> tuple[Floats, Floats, Floats]:
    """Motion that may be interpolated: (acceleration in g, angular rate in °/s, true times in s)."""
    _, _, t_s = motion(n, rate_hz, clock_error)
    acc = np.stack([0.1 * np.sin(t_s), -0.1 * np.cos(t_s), 0.98 + 0.05 * np.sin(2 * t_s)], axis=1)
    return acc, 30.0 * np.stack([np.sin(t_s), np.cos(1.3 * t_s), np.sin(0.7 * t_s)], axis=1), t_s


def notes(app: SensorLogger, sent: list[tuple[float, dict[str, Any]]]) -> list[Notification]:
    """As the receiver hands them on."""
    platform = platform_of(AGENTS[app.platform])
    return [
        Notification(EPOCH_NS + round((at_s + 0.03) * 1e9), b"\0" + pack(parse(body(message), platform).batch))
        for at_s, message in sent
    ]


def decoded(arrived: list[Notification]) -> Decoded:
    profile = Phone.profile_seen(arrived[:8])
    assert profile is not None
    driver = Phone(profile)
    return driver.decode(driver.initial(), arrived)[1]


@pytest.mark.parametrize("phone", PHONES)
def test_values_and_times_come_back_in_our_units_and_signs(phone: str) -> None:
    app, (acc_g, gyr_dps, t_s) = PHONES[phone], smooth(600, 100.0)
    found = decoded(notes(app, list(app.bodies(acc_g, gyr_dps, t_s)))).block
    assert len(found) >= 595
    truth = slice(1, 1 + len(found))  # the first has no angular rate before it
    assert found.gyr_radps is not None
    assert not found.after_gap.any()
    np.testing.assert_allclose(found.t_s, t_s[truth] - t_s[1], atol=2e-6)
    np.testing.assert_allclose(found.acc_mps2, acc_g[truth] * STANDARD_GRAVITY_MPS2, atol=1e-4)
    np.testing.assert_allclose(np.rad2deg(found.gyr_radps)[:-1], gyr_dps[truth][:-1], atol=0.02)


@pytest.mark.parametrize("clock_error", [-0.01, 0.01])
def test_times_are_the_phones_own(clock_error: float) -> None:
    """However late a batch came: within 2 ms (of the phone's clock, one per cent off nominal)."""
    app, truth = SensorLogger(), smooth(1000, 100.0, clock_error)
    rng = random.Random(3)
    sent = [(at_s + rng.uniform(0, 0.4), message) for at_s, message in app.bodies(*truth)]
    block = decoded(notes(app, sent)).block
    error_s = block.t_s - (truth[2][1 : 1 + len(block)] - truth[2][1])
    assert np.abs(error_s).max() < 0.002


def test_a_phone_without_a_gyroscope_is_a_sensor_without_one() -> None:
    app = SensorLogger(gyroscope=False)
    block = decoded(notes(app, list(app.bodies(*smooth(600, 50.0))))).block
    assert block.gyr_radps is None
    assert len(block) == 600


def test_a_lost_batch_is_a_gap_and_one_sent_again_is_no_sample() -> None:
    app, truth = SensorLogger(), smooth(1000, 100.0)
    sent = notes(app, list(app.bodies(*truth)))
    found = decoded([*sent[:6], *sent[4:6], *sent[7:]])  # number 6 is lost, 4 and 5 come twice
    assert found.duplicates == 2
    (gap,) = np.flatnonzero(found.block.after_gap)
    assert 0.49 < found.block.t_s[gap] - found.block.t_s[gap - 1] < 0.53
    assert len(found.block) == pytest.approx(949, abs=3)
    assert (np.diff(found.block.t_s) > 0).all()


def test_a_second_recording_of_the_app_goes_on_after_a_gap() -> None:
    app, later = SensorLogger(), SensorLogger(session="another")
    acc_g, gyr_dps, t_s = smooth(500, 100.0)
    sent = notes(app, list(app.bodies(acc_g, gyr_dps, t_s)))
    sent += notes(later, list(later.bodies(acc_g, gyr_dps, t_s + 65.0)))
    block = decoded(sent).block
    (gap,) = np.flatnonzero(block.after_gap)
    assert 59.9 < block.t_s[gap] - block.t_s[gap - 1] < 60.1


def test_a_clock_set_back_is_a_gap_as_long_as_arrivals_say() -> None:
    app, later = SensorLogger(), SensorLogger(session="another")
    acc_g, gyr_dps, t_s = smooth(500, 100.0)
    sent = notes(app, list(app.bodies(acc_g, gyr_dps, t_s)))
    back = notes(later, list(later.bodies(*smooth(3000, 100.0)[:2], smooth(3000, 100.0)[2] - 1800.0)))
    sent += [Notification(each.arrival_unix_ns + 1_810_000_000_000, each.payload) for each in back]
    block = decoded(sent).block
    (gap,) = np.flatnonzero(block.after_gap)
    assert gap == pytest.approx(498, abs=3)
    assert 5.0 < block.t_s[gap] - block.t_s[gap - 1] < 30.0
    assert (np.diff(block.t_s) > 0).all()


def test_angular_rate_that_stops_stops_samples_and_nothing_waits_without_end() -> None:
    app, silent = SensorLogger(), SensorLogger(gyroscope=False)
    acc_g, gyr_dps, t_s = smooth(4000, 100.0)
    sent = notes(app, list(app.bodies(acc_g[:500], gyr_dps[:500], t_s[:500])))
    more = [
        (at_s, {**message, "messageId": 10_000 + number})
        for number, (at_s, message) in enumerate(silent.bodies(acc_g, gyr_dps, t_s))
    ]
    sent += notes(silent, more[11:])
    profile = Phone.profile_seen(sent[:10])
    assert profile is not None
    driver = Phone(profile)
    state, found = driver.decode(driver.initial(), sent)
    assert len(found.block) == pytest.approx(499, abs=2)
    assert sum(map(len, state.rows.values())) < 1000


def test_acceleration_without_gravity_is_refused_with_what_to_switch_on() -> None:
    app = SensorLogger(sends="linear")
    messages = [message for _, message in app.bodies(*smooth(300, 100.0))]
    batch = parse(body(messages[0])).batch
    assert "switch on Gravity" in lacking(batch)
    assert Phone.profile_seen(notes(app, list(app.bodies(*smooth(300, 100.0))))) is None


def test_where_the_phone_is_does_not_get_into_a_recording() -> None:
    message = next(message for _, message in SensorLogger().bodies(*smooth(100, 100.0)))
    assert "location" in {reading["name"] for reading in message["payload"]}
    assert set(unpack(pack(parse(body(message)).batch)).channels) == {"total", "linear", "gyroscope"}


@pytest.mark.parametrize(
    "bad",
    [b"", b"hello", b"[]", b'{"payload": 3}', b'{"payload": [], "messageId": "x"}', b'{"payload": [], "messageId": -1}',
     b'{"payload": [], "deviceId": {}}', b"[" * 5000, b"\xff\xfe", b'{"payload": [], "messageId": true}'],
)  # fmt: skip
def test_what_the_app_would_not_send_is_refused_with_a_sentence(bad: bytes) -> None:
    with pytest.raises(BadInput, match="Sensor Logger"):
        parse(bad)


def test_readings_that_cannot_be_are_left_out() -> None:
    good = {"name": "totalacceleration", "time": EPOCH_NS, "values": {"x": 1, "y": 2, "z": 9}}
    bad = [{**good, "time": "soon"}, {**good, "time": 5}, {**good, "time": 10**40}, {**good, "values": {"x": 1, "y": 2}},
           {**good, "values": [1, 2, 3]}, {**good, "values": {"x": float("nan"), "y": 1, "z": 1}},
           {**good, "values": {"x": 1e30, "y": 1, "z": 1}}]  # fmt: skip
    push = parse(json.dumps({"messageId": 3, "payload": [*bad, good, "x", {"name": 3}, {"name": "test", "values": []}]}).encode())
    assert push.unread == len(bad)
    assert len(push.batch.channels["total"]) == 1


def test_the_apps_test_button_is_no_recording() -> None:
    assert parse(
        b'{"messageId": 0, "sessionId": "t", "deviceId": "d", "payload": [{"name": "test", "time": 0, "values": []}]}'
    ).is_test


@given(st.integers(0, 1 << 32), st.integers(0, 3))
def test_batches_come_in_order_each_once_and_losses_are_counted(seed: int, begin: int) -> None:
    """Whatever is swapped by a place or two, sent twice or lost."""
    rng = random.Random(seed)
    sent = [Batch(7, number, {}) for number in range(begin, 60)]
    arriving = [batch for batch in sent if batch.message == begin or rng.random() > 0.15]
    arriving += rng.sample(arriving, 5)
    arriving.sort(key=lambda batch: batch.message + rng.uniform(0, 2) * (batch.message > begin))
    order, out = BatchOrder(), []
    for number, batch in enumerate(arriving):
        out += order.take(batch, 0.1 * number)
    out += order.elapse(1e9)
    numbers = [batch.message for batch in out]
    assert numbers == sorted({batch.message for batch in arriving})
    assert order.lost == numbers[-1] + 1 - len(numbers)
    assert order.duplicates == 5


def test_a_missing_batch_is_not_waited_for_without_end() -> None:
    order, batches = BatchOrder(), [Batch(7, number, {}) for number in range(3)]
    assert order.take(batches[0], 0.0) == [batches[0]]
    assert order.take(batches[2], 0.5) == []
    assert order.elapse(2.0) == []
    assert order.elapse(5.0) == [batches[2]]
    assert order.take(batches[1], 6.0) == []
    assert (order.lost, order.duplicates) == (1, 1)
