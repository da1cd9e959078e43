"""A restart under the same session id, and what only looks like one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_protocol.packets import Status
from sensorcore.devices.restart import LastFrame, has_restarted

LAST = LastFrame(session=7, sequence=86, ticks_us=13_000_000, at_s=100.0)
STATUS = Status(
    firmware=(1, 0, 0), session=7, oldest=0, newest=86, drops=0, device_time_us=13_100_000, unix_ms=None, temperature_c=None,
    battery_percent=87, worn=True, rate=3, scale=1, answered=0, answer=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("newest", "device_time_us", "after_s", "restarted"),
    [
        (86, 13_100_000, 30.0, False),  # it rests, and its clock with it
        (88, 13_500_000, 30.0, False),  # so too, with frames that have not arrived
        (86, 43_000_000, 30.0, False),  # it rests, and its clock goes on
        (270, 43_000_000, 30.0, False),  # it goes on
        (60, 9_000_000, 30.0, True),  # it has fewer frames than arrived
        (90, 5_000_000, 30.0, True),  # its clock ran back
        (150, 23_000_000, 60.0, True),  # its clock is 50 s behind
    ],
)
def test_only_a_clock_that_ran_back_is_a_restart(newest: int, device_time_us: int, after_s: float, restarted: bool) -> None:
    status = replace(STATUS, newest=newest, device_time_us=device_time_us)
    assert has_restarted(LAST, status, LAST.at_s + after_s) is restarted
