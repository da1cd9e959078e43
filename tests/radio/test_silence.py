"""Connected, and nothing that is sent can be used: the only sign of life is a frame that was accepted."""

from __future__ import annotations

from typing import Any

import pytest

from firmware_protocol import wire
from firmware_protocol.packets import Start
from sensorcore.events import LinkBack, LinkLost
from sensorcore.links.ble import problems
from sensorcore.links.ble.silence import FRUITLESS_STARTS
from tests.radio.rig import Rig

pytestmark = pytest.mark.slow  # a radio in its own time

PATIENCE_S = 20.0
"""A connection is given up after three stalls of half a second here (12 s in life), which a busy machine stretches."""


async def test_notifications_that_died_are_subscribed_to_again_and_nothing_is_missing(rig: Rig) -> None:
    """As after a suspend: the link holds, the sensor sends, the host's stack hears nothing until there is a new connection."""
    rig.sensor.speed = rig.speed / 4
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 5)
        rig.sensor.device.once("connection", lambda _: setattr(rig.sensor, "is_heard", True))
        rig.sensor.is_heard = False
        starts = sum(isinstance(each, Start) for each in rig.sensor.received)
        await rig.until(lambda: reader.status.reconnects == 1, PATIENCE_S)
        seen = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 50)
        asked = sum(isinstance(each, Start) for each in rig.sensor.received) - starts
    heard.assert_whole()
    assert asked == FRUITLESS_STARTS + 1  # the last one on the new connection
    assert [type(event) for event in heard.events] == [LinkLost, LinkBack]
    assert heard.events[0].because == problems.SILENT[0]  # type: ignore[union-attr]
    assert reader.status.problem is None


async def test_a_sensor_that_is_never_heard_is_not_live_and_is_said(rig: Rig) -> None:
    rig.sensor.is_heard = False
    reader, states = rig.reader(), set()
    async with rig.reading(reader) as heard:

        def said() -> bool:
            states.add(reader.status.state)
            return problems.SILENT[0] in (reader.status.problem or "")

        await rig.until(said, PATIENCE_S)
        await rig.until(lambda: reader.status.state == "connecting")
        assert said()  # a new attempt is no news
        assert heard.events == []
        assert "streaming" not in states
        rig.sensor.is_heard = True
        await rig.until(lambda: bool(heard.frames), PATIENCE_S)
        assert (reader.status.state, reader.status.problem) == ("streaming", None)


async def test_frames_cut_short_by_a_small_mtu_are_said_to_be(rig: Rig) -> None:
    rig.sensor.device.gatt_server.max_mtu = 23
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: problems.CUT_SHORT[0] in (reader.status.problem or ""), PATIENCE_S)
        assert heard.frames == []


async def test_frames_that_make_no_sense_are_no_sign_of_life(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    notify = rig.sensor._notify

    async def damaged(characteristic: Any, value: bytes) -> bool:
        return await notify(characteristic, value[:-1] + bytes([value[-1] ^ 1]) if value[0] == wire.DATA_TAG else value)

    monkeypatch.setattr(rig.sensor, "_notify", damaged)
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: problems.SENSELESS[0] in (reader.status.problem or ""), PATIENCE_S)
        assert heard.frames == []


async def test_a_sensor_that_rests_from_the_beginning_is_connected(rig: Rig) -> None:
    rig.sensor.is_sampling = False
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: reader.status.state == "paused")
        rig.sensor.is_sampling = True
        await rig.until(lambda: len(heard.frames) > 5)
        assert (reader.status.state, reader.status.reconnects) == ("streaming", 0)
    heard.assert_whole()
