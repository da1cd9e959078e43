"""What is sound and wrong, over a radio: see tests/sensorcore/links/ble/test_lies.py for all kinds of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from firmware_protocol.packets import SampleFrame
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.model import Notification
from sensorcore.session.wall_clock import LiveClock
from tests.radio.rig import Rig


async def test_a_frame_from_the_far_future_and_a_status_from_nowhere_are_passed_over(rig: Rig) -> None:
    rig.sensor.speed = rig.speed / 4
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 5)
        frame = SampleFrame.from_bytes(rig.sensor._ring[-1][1])
        ahead = replace(frame, sequence=frame.sequence + 100_000)
        await rig.sensor._notify(rig.sensor._data, ahead.to_bytes())
        elsewhere = replace(rig.sensor.status, session=frame.session ^ 1, answered=1, answer=1)
        await rig.sensor._notify(rig.sensor._status, elsewhere.to_bytes())
        future = replace(rig.sensor.status, oldest=frame.sequence + 9_000, newest=frame.sequence + 9_100, answered=1, answer=1)
        await rig.sensor._notify(rig.sensor._status, future.to_bytes())
        seen = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 100)
        status = reader.status
    heard.assert_whole()
    assert (status.lost, status.reconnects) == (0, 0)
    assert status.damaged >= 2


async def test_a_reboot_under_the_same_session_id_is_a_gap_and_loses_nothing_since(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 60)
        taken = rig.sensor.samples_taken
        rig.sensor.reboot(rig.air, same_id=True)
        await rig.until(lambda: heard.samples[-1] > taken + 16 * 90)
    samples = heard.samples
    assert samples == sorted(set(samples))
    assert [b for a, b in pairwise(samples) if b != a + 1] in ([], [taken])  # from the boot on
    arrived = [item for item in heard.items if isinstance(item, Notification)]
    driver = SpinaeSensor()
    block = driver.decode(driver.initial(), arrived)[1].block
    assert len(block) == len(samples)
    assert block.after_gap.sum() == 1
    clock = LiveClock()
    for each in arrived:
        clock.note(each)
    assert clock.newest_unix_ns is not None
    assert abs(clock.newest_unix_ns - arrived[-1].arrival_unix_ns) < 30e9
    assert (np.diff(block.t_s) > 0).all()
