"""`spinae wear` and `spinae scan`, as far as a machine without Bluetooth goes; the radio itself is tested in tests/radio."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sensorcore.errors import SpinaeError
from sensorcore.links.ble.family_reader import FamilyReader
from sensorcore.links.ble.radio import Radio
from sensorcore.links.ble.reader import SensorReader
from sensorcore.links.known import KnownSensor
from sensorcore.model import Calibration
from sensorcore.recording.reader import open_recording
from sensorcore.session.guided_calibration import Calibrations
from tests.tui.cli.conftest import Spinae
from tui.cli.calibrate import verdict
from tui.cli.sensors import as_argument, choose, known_sensors
from tui.cli.wear import worn_source
from tui.places.folders import data_folder

WEAR = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", "wear", "--sensor", "sim:workday-short"]
ONE = KnownSensor("SP-0001", "spinae", "C4:11:22:33:44:55")
TWO = KnownSensor("SP-0002", "spinae", "C4:11:22:33:44:56")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([*WEAR, "--headless", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_killed_day_is_mended_at_the_next_start_and_a_stopped_one_is_whole() -> None:
    killed = start()
    assert killed.stdout is not None
    assert json.loads(killed.stdout.readline())["schema"] == "spinae.event/1"
    (first,) = (data_folder() / "recordings").glob("*.mcap")
    killed.kill()
    killed.communicate()
    assert not open_recording(first).sealed

    stopped = start("--record", str(data_folder() / "mine.mcap"))
    assert stopped.stdout is not None
    stopped.stdout.readline()
    stopped.send_signal(signal.SIGTERM)
    _, err = stopped.communicate(timeout=20)
    assert stopped.returncode == 0
    assert f"Mended {first}" in err
    assert open_recording(first).sealed
    assert open_recording(data_folder() / "mine.mcap").sealed


def test_a_scenario_that_is_none_is_said(spinae: Spinae) -> None:
    ran = spinae("wear", "--headless", "--sensor", "sim:nonsense")
    assert ran.code == 1
    assert "no such scenario" in ran.err


def test_a_dashboard_needs_a_terminal_and_leaves_no_recording(spinae: Spinae) -> None:
    ran = spinae("wear", "--sensor", "sim:workday-short")
    assert ran.code == 1
    assert "needs a terminal" in ran.err
    assert not (data_folder() / "recordings").exists()


def test_the_only_known_sensor_is_worn_without_asking() -> None:
    known = known_sensors()
    known.remember(ONE)
    assert choose(None, known, Radio()) == ONE


def test_a_sensor_is_called_by_serial_name_or_address_also_a_new_one() -> None:
    known = known_sensors()
    known.remember(ONE)
    assert choose("sp-0001", known, Radio()) == ONE
    assert choose("SP-0009", known, Radio()) == KnownSensor("", "SP-0009", "SP-0009")


def test_several_known_sensors_are_listed_when_nobody_can_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    known = known_sensors()
    known.remember(ONE)
    known.remember(TWO)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SpinaeError, match="Say which with --sensor: SP-0002, SP-0001"):
        choose(None, known, Radio())


def test_the_wearer_is_asked_which(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    known = known_sensors()
    known.remember(ONE)
    known.remember(TWO)
    answers = iter(["", "3", "zwei", "2"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: next(answers))
    assert choose(None, known, Radio()) == ONE
    assert "1  spinae  SP-0002" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux" or Path("/run/dbus/system_bus_socket").exists(), reason="there may be Bluetooth")
def test_no_bluetooth_is_said(spinae: Spinae) -> None:
    for command in (("scan",), ("wear", "--headless")):
        ran = spinae(*command)
        assert ran.code == 1
        assert "this machine has no Bluetooth LE" in ran.err


def test_wears_with_the_calibration_that_was_kept_for_the_sensor(spinae: Spinae) -> None:
    known_sensors().remember(ONE)
    kept = Calibration({"sitting": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0), 1.5)
    Calibrations(data_folder()).save(ONE.serial, kept)
    args = argparse.Namespace(sensor=None, pair=False)
    source, about = worn_source(args, Radio())
    assert about.calibration == kept
    assert source.status.serial == ONE.serial
    assert worn_source(argparse.Namespace(sensor="SP-0002", pair=False), Radio())[1].calibration is None
    assert verdict(kept, kept=True) == "Done: your bows agree within 1.5°; it holds until the next one."


@pytest.mark.parametrize(
    ("called", "family", "name"),
    [
        ("Polar H10 A1B2C3D4", "polar-h10", "Polar H10 A1B2C3D4"),
        ("uart-text:Puck.js", "uart-text", "Puck.js"),
        ("C4:11:22:33:44:55", "", "C4:11:22:33:44:55"),
    ],
)
def test_a_third_party_sensor_is_read_as_what_it_is(spinae: Spinae, called: str, family: str, name: str) -> None:
    chosen = choose(called, known_sensors(), Radio())
    assert chosen == KnownSensor("", name, name, family)
    assert choose(as_argument(chosen), known_sensors(), Radio()) == chosen  # so the daemon means the same
    source, _ = worn_source(argparse.Namespace(sensor=called, pair=False), Radio())
    assert isinstance(source, FamilyReader if family else SensorReader)


def test_a_third_party_sensor_worn_before_is_known_by_its_family() -> None:
    known = known_sensors()
    strap = KnownSensor("A1B2C3D4", "Polar H10 A1B2C3D4", "C4:11:22:33:44:57", "polar-h10")
    known.remember(strap)
    assert choose(as_argument(strap), known, Radio()) == strap
