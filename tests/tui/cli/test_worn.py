"""What is asked for and what the daemon wears, as one identity; and that a command which fails leaves no daemon behind."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.daemon.address import is_listening
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.devices import THIRD_PARTY
from sensorcore.errors import SourceError, SpinaeError
from sensorcore.links.ble.radio import Radio
from sensorcore.links.known import KnownSensor
from sensorcore.session.pair_source import PairSource
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from tests.end_to_end.scenarios import SOON, written
from tui.cli import launching
from tui.cli.sensors import as_argument, known_sensors, meant
from tui.cli.wear import worn_source
from tui.cli.worn import KeptDay, _check, asked_for, kept_day, worn_by_daemon

HEX = st.sampled_from("0123456789ABCDEF")
SENSORS = st.builds(
    KnownSensor,
    serial=st.text(HEX, min_size=4, max_size=8).map("SP-{}".format),
    name=st.text(HEX, min_size=1, max_size=4).map("back {}".format),
    address=st.lists(st.text(HEX, min_size=2, max_size=2), min_size=6, max_size=6).map(":".join),
    family=st.sampled_from(["", *(family.name for family in THIRD_PARTY)]),
)
CASES = st.sampled_from([str, str.lower, str.upper])


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for the socket."""
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder) / "spinae" / "daemon.sock"


def arguments(
    sensor: str | None = None, second: str | None = None, placement: str | None = None, second_placement: str | None = None
) -> argparse.Namespace:
    return argparse.Namespace(
        sensor=sensor, second_sensor=second, placement=placement, second_placement=second_placement,
        pair=False, record=None, mount=None, overrides=[],
    )  # fmt: skip


@given(st.lists(SENSORS, min_size=1, max_size=2, unique_by=(lambda s: s.serial, lambda s: s.name, lambda s: s.address)), st.data())
def test_one_or_two_worn_before_are_what_is_asked_for_by_any_of_their_names(worn: list[KnownSensor], data: st.DataObject) -> None:
    known = known_sensors()
    known.path.unlink(missing_ok=True)
    for each in worn:
        known.remember(each)
    called = [data.draw(CASES)(data.draw(st.sampled_from([each.serial, each.name, each.address]))) for each in worn]
    asked = asked_for(arguments(*called))
    _check(asked, worn, "worn")
    if len(worn) == 2:
        with pytest.raises(SourceError, match="not the other way round"):
            _check(asked[::-1], worn, "worn")
        with pytest.raises(SourceError, match="is worn already"):
            _check(asked[:1], worn, "worn")
        with pytest.raises(SourceError, match="is worn already"):
            _check(asked, worn[:1], "worn")
    else:
        with pytest.raises(SourceError, match="is worn already"):
            _check([KnownSensor("", "another", "another")], worn, "worn")


@given(SENSORS, st.data())
def test_one_that_was_never_worn_is_known_again_once_it_has_told_its_serial(sensor: KnownSensor, data: st.DataObject) -> None:
    """The daemon was started with what the person typed; by the time of the question it has met the sensor."""
    known_sensors().path.unlink(missing_ok=True)
    asked = meant(data.draw(CASES)(data.draw(st.sampled_from([sensor.name, sensor.address]))), known_sensors())
    assert asked.is_same(sensor)
    assert sensor.is_same(asked)
    assert meant(as_argument(asked), known_sensors()).is_same(asked)


@pytest.mark.parametrize(
    ("worn", "asked", "agree"),
    [
        (["sim:workday-short@20"], ["sim:workday-short@20"], True),
        (["sim:workday-short@20"], ["sim:workday-short"], True),
        (["sim:workday-short@20"], [None], True),
        (["sim:workday-short"], ["sim:routine"], False),
        (["sim:workday-short@2", None, "upper_back", "lower_back"], ["sim:workday-short", "sim:workday-short"], True),
        (["sim:workday-short", "sim:workday-short"], ["sim:workday-short@9", None, "upper_back", "lower_back"], True),
        (["sim:workday-short", "sim:workday-short"], ["sim:workday-short"], False),
        (["sim:FILE@20"], ["sim:FILE"], True),
        (["sim:FILE"], ["sim:soon"], False),
        (["phone:127.0.0.1:1"], ["phone"], True),
        (["phyphox:192.0.2.7"], ["phyphox:192.0.2.7"], True),
        (["phyphox:192.0.2.7"], ["phyphox:192.0.2.8"], False),
        (["SP-1", "SP-2"], ["sp-1", "sp-2"], True),
        (["SP-1", "SP-2"], ["SP-2", "SP-1"], False),
        (["SP-1"], ["phone"], False),
        (["uart-text:Puck.js"], ["uart-text:Puck.js"], True),
        (["Polar H10 A1B2C3D4"], ["polar h10 a1b2c3d4"], True),
    ],
)
async def test_a_daemon_is_asked_whether_it_wears_that(
    runtime: Path, tmp_path: Path, worn: list[str | None], asked: list[str | None], agree: bool
) -> None:
    """The real daemon, its socket and its answer, for everything that can be worn."""
    scenario = written(tmp_path, SOON).removeprefix("sim:")
    worn, asked = ([each and each.replace("FILE", scenario) for each in either] for either in (worn, asked))
    source, about = worn_source(arguments(*worn), Radio())
    assert isinstance(source, PairSource) == (len(worn) > 1)
    keeping = asyncio.create_task(Supervisor(lambda: WearSession(source, Settings(), about), Hub(Settings()), runtime).run())
    try:
        while not is_listening(runtime):
            await asyncio.sleep(0.005)
        if agree:
            await asyncio.to_thread(worn_by_daemon, runtime, asked_for(arguments(*asked)))
        else:
            with pytest.raises(SourceError, match="worn"):
                await asyncio.to_thread(worn_by_daemon, runtime, asked_for(arguments(*asked)))
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


@pytest.mark.parametrize(
    "fails",
    [
        KeyboardInterrupt(),
        pytest.param(SpinaeError("no"), marks=pytest.mark.slow),
        pytest.param(RuntimeError("a fault"), marks=pytest.mark.slow),
    ],
)
def test_a_command_that_fails_leaves_no_daemon_that_it_started(runtime: Path, fails: BaseException) -> None:
    pids: list[int] = []

    def fail(day: KeptDay) -> None:
        assert day.daemon is not None
        pids.append(day.daemon.pid)
        raise fails

    with pytest.raises(type(fails)), kept_day(arguments("sim:workday-short@20"), Radio(), runtime) as day:
        fail(day)
    assert not is_listening(runtime)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@pytest.mark.slow
def test_what_this_command_did_not_start_or_what_was_shown_goes_on(runtime: Path) -> None:
    daemon = launching.start(["--sensor", "sim:workday-short"], runtime)
    try:
        with pytest.raises(SourceError, match="is worn already"), kept_day(arguments("sim:routine"), Radio(), runtime):
            pass
        assert is_listening(runtime)
    finally:
        daemon.end()

    def fail(day: KeptDay) -> None:
        day.is_shown()
        raise RuntimeError

    with pytest.raises(RuntimeError), kept_day(arguments("sim:workday-short"), Radio(), runtime) as day:
        fail(day)
    assert is_listening(runtime)
    assert day.daemon is not None
    day.daemon.end()
    assert not is_listening(runtime)


def test_a_daemon_that_comes_too_late_is_not_left_running(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "WITHIN_S", 0.0)
    pids: list[int] = []
    spawned = launching._spawned
    monkeypatch.setattr(launching, "_spawned", lambda *arguments: pids.append(spawned(*arguments)) or pids[0])
    with pytest.raises(SourceError, match="did not start"):
        launching.start(["--sensor", "sim:workday-short"], runtime)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert not is_listening(runtime)


def test_a_daemon_that_does_not_obey_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "ENDED_WITHIN_S", 0.1)
    pid = os.posix_spawnp("sleep", ["sleep", "60"], os.environ)
    os.kill(pid, signal.SIGSTOP)
    launching.Started(pid, Path()).end()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
