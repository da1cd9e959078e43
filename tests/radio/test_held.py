"""A program that wore a sensor is killed: BlueZ keeps the link, the sensor does not advertise, and the next start finds it all the
same. Only BlueZ does so; the software radio's links end with their program."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sensorcore.doctor import examine_radio
from sensorcore.links.ble.scan import scan
from tests.radio.peripheral import NAME
from tests.radio.rig import Rig
from tui.cli.scan import look, table

PROGRAMS = {"daemon": ["daemon", "run", "--sensor", NAME], "here": ["wear", "--here", "--headless", "--sensor", NAME]}
STREAMING_WITHIN_S = 20.0


@contextlib.asynccontextmanager
async def running(arguments: list[str], home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real program, from its own home, on the radio of this process; killed at the end, if it still runs."""
    (home / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    bus = {name: os.environ[name] for name in ("DBUS_SYSTEM_BUS_ADDRESS", "BLEAK_DBUS_AUTH_UID") if name in os.environ}
    variables = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "PATH": os.environ["PATH"], **bus}
    program = str(Path(sys.executable).parent / "spinae")
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(program, *arguments, env=variables, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def streams(rig: Rig) -> bool:
    """Whether somebody has asked the sensor for its samples and gets them."""
    return rig.sensor._connection is not None and rig.sensor._cursor is not None


@pytest.mark.parametrize("how", PROGRAMS)
async def test_after_a_kill_the_next_start_streams_again_and_scan_and_doctor_name_the_cause(
    rig: Rig, tmp_path: Path, how: str
) -> None:
    if rig.slack == 1.0:
        pytest.skip("the software radio's links end with the program that made them")
    async with running(PROGRAMS[how], tmp_path) as first:
        await rig.until(lambda: streams(rig), 15.0)
        first.kill()
        await first.wait()
    await asyncio.sleep(1.0)
    assert rig.sensor._connection is not None  # BlueZ keeps it
    ((sighting, said),) = await look(rig.radio, rig.timing.scan_s, quick=False)
    assert sighting.is_held
    assert "connected to it already" in (said.problem or "")
    assert "connected to it already" in table([(sighting, said)], set())
    sensor = (await examine_radio(tmp_path / "data", rig.radio, scan_s=rig.timing.scan_s))[-1]
    assert "connected to it already" in sensor.what
    assert "takes it over" in sensor.hint
    assert rig.sensor._connection is not None  # nobody was disturbed by looking
    rig.sensor._cursor = None  # so that it shows whether the next one asks for samples
    started_s = time.monotonic()
    async with running(PROGRAMS[how], tmp_path):
        await rig.until(lambda: streams(rig), STREAMING_WITHIN_S / rig.slack)
    assert time.monotonic() - started_s < STREAMING_WITHIN_S


async def test_a_reader_does_not_take_a_sensor_from_another_of_this_program(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) > 3)
        assert not [each for each in await scan(rig.radio, duration_s=rig.timing.scan_s / 2) if each.is_held]
