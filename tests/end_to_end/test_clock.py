"""Midnight, summer time and a clock set back, on the real daemon in real time: what is recorded is neither lost nor doubled,
and belongs to its day on the wall."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from sensorcore.history.store import History, total
from sensorcore.pipeline.analysis import analyze
from sensorcore.recording.reader import open_recording
from sensorcore.settings import Settings
from tests.end_to_end.programs import Home, until

CLOCK = Path(__file__).with_name("clock")
SENSOR = ("--sensor", "sim:workday-short")
_ALL_DAYS = (0, 10**6)
DAY_S = 86400

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system has no zones by POSIX's rules"),
]


@pytest.fixture
def clock(home: Home) -> Home:
    """A home whose programs see the clock that its environment says, in UTC."""
    home.env["PYTHONPATH"] = os.pathsep.join([str(CLOCK), home.env["PYTHONPATH"]])
    home.env["TZ"] = "UTC0"
    return home


def shift_to(home: Home, unix_s: float) -> None:
    home.env["CLOCK_SHIFT"] = str(unix_s - time.time())


def stop(home: Home) -> None:
    ended = home.run("daemon", "stop")
    assert ended.returncode == 0, ended.stderr


def replayed_ticks(home: Home) -> int:
    """Of all recordings."""
    return sum(analyze(open_recording(path), Settings()).totals.counts.worn for path in home.recordings)


def days_of(home: Home, *arguments: str) -> dict[int, int]:
    """The ticks of each day in the history, after a report."""
    ran = home.run("report", "--simulated", *arguments)
    assert ran.returncode == 0, ran.stderr
    with History(home.data / "history.sqlite", simulated=True) as history:
        return {day: minute.ticks for day, minute in history.days(*_ALL_DAYS).items()}


def day_s(status: dict[str, dict[str, float]]) -> float:
    return sum(status["totals"].values())


def test_a_day_ends_at_midnight_and_the_next_begins(clock: Home) -> None:
    midnight = int(time.time() // DAY_S) * DAY_S + DAY_S
    shift_to(clock, midnight - 25)
    started = clock.run("daemon", "start", *SENSOR)
    assert started.returncode == 0, started.stderr
    clock.until_worn()
    # before midnight all of the stream is today; from midnight on only what is since then
    until(lambda: clock.status() if (s := clock.status()) and day_s(s) < s["t_s"] - 3 else None, "a new day")
    found = clock.until_worn()
    assert day_s(found) == pytest.approx(float(found["t_s"]) - 25, abs=8)
    stop(clock)
    days = days_of(clock)
    assert sorted(days) == [midnight // DAY_S - 1, midnight // DAY_S]
    assert sum(days.values()) == replayed_ticks(clock)
    assert len(clock.recordings) == 1
    for day in days:
        report = clock.run("report", "--simulated", "--day", time.strftime("%Y-%m-%d", time.gmtime(day * DAY_S))).stdout
        assert "nothing recorded" not in report


def posix_zone(change_unix_s: float, before_h: int, after_h: int) -> str:
    """A zone whose summer time begins or ends at that moment."""
    local = time.gmtime(change_unix_s + before_h * 3600)
    leap = local.tm_year % 4 == 0 and (local.tm_year % 100 != 0 or local.tm_year % 400 == 0)
    number = local.tm_yday - (1 if leap and local.tm_yday > 60 else 0)  # J counts no 29 February
    rule = f"J{number}/{local.tm_hour:02}:{local.tm_min:02}:{local.tm_sec:02}"
    far = f"J{(number + 180) % 365 + 1}/12"
    if after_h > before_h:
        return f"AAA{-before_h}BBB{-after_h},{rule},{far}"
    return f"AAA{-after_h}BBB{-before_h},{far},{rule}"


@pytest.mark.parametrize(("before_h", "after_h"), [(1, 2), (2, 1)], ids=["begins", "ends"])
def test_summer_time_begins_and_ends_while_it_is_worn(clock: Home, before_h: int, after_h: int) -> None:
    noon = int(time.time() // DAY_S) * DAY_S + DAY_S // 2
    clock.env["TZ"] = posix_zone(noon, before_h, after_h)
    shift_to(clock, noon - 12)
    assert clock.run("daemon", "start", *SENSOR).returncode == 0
    clock.until_worn()
    until(lambda: True if (s := clock.status()) and s["t_s"] > 35 else None, "half a minute")
    before_stop = clock.until_worn()
    stop(clock)
    (path,) = clock.recordings
    recording = open_recording(path)
    assert recording.info.utc_offset_s == before_h * 3600
    (changed,) = [event for event in recording.events() if event["event"] == "ZoneChanged"]
    assert changed["utc_offset_s"] == after_h * 3600
    assert changed["t_s"] == pytest.approx(12, abs=13)
    days = days_of(clock)
    assert sum(days.values()) == replayed_ticks(clock)
    assert len(days) == 1
    assert day_s(before_stop) == pytest.approx(float(before_stop["t_s"]), abs=0.2), "all of it is today"


def test_a_clock_set_back_loses_and_doubles_nothing(clock: Home) -> None:
    """Three times the daemon begins: as the clock is, with the clock set back by an hour, and at the very second of the second."""
    now = time.time()
    for shift_s in (0.0, -3600.0):
        clock.env["CLOCK_SHIFT"] = str(shift_s)
        wear_a_little(clock)
    clock.env["CLOCK_AT"] = str(int(now - 3600))
    wear_a_little(clock)
    wear_a_little(clock)
    names = [path.name for path in clock.recordings]
    assert len(names) == 4
    assert any(name.endswith("-2.mcap") for name in names), "two of them would have had the same name"
    assert all(open_recording(path).sealed for path in clock.recordings)
    del clock.env["CLOCK_AT"]
    clock.env["CLOCK_SHIFT"] = "0"
    first = days_of(clock)
    assert sum(first.values()) == replayed_ticks(clock)
    assert days_of(clock) == first
    assert days_of(clock, "--rebuild") == first
    with History(clock.data / "history.sqlite", simulated=True) as history:
        assert len(history.sessions()) == 4
        assert total(list(history.days(*_ALL_DAYS).values())).ticks == sum(first.values())


def wear_a_little(home: Home) -> None:
    """A killed day, if it can be, for that is what a changed clock comes with: a machine that was off."""
    daemon = home.start("daemon", "run", *SENSOR, stderr=sys.stderr)
    until(lambda: True if (s := home.status()) and s.get("t_s", 0) > 4 else None, "a few seconds")
    stop(home)
    daemon.wait(30)
