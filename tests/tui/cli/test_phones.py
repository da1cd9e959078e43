"""A phone on the command line: its names, its messages to the wearer, and a day worn by a process of its own."""

from __future__ import annotations

import io
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from sensorcore.errors import BadInput, SourceError
from sensorcore.links.ble.radio import Radio
from sensorcore.links.known import KnownSensor
from sensorcore.links.phone import pairing
from sensorcore.links.phone.pairing import PhonePairings
from sensorcore.links.phone.poller import PhyphoxReader
from sensorcore.links.phone.receiver import PhoneReader
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock
from sensorcore.recording.reader import open_recording
from sensorcore.session.pair_source import PairSource
from sensorcore.simulator.live import SimulatedSensor
from tests.sensorcore.links.phone.apps import SensorLogger, body
from tests.sensorcore.links.phone.test_sensorlogger import smooth
from tests.tui.cli.conftest import Spinae
from tui.cli import phones
from tui.cli.sensors import as_argument, choose, data_folder, known_sensors, reader_of

WEAR = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())", "wear", "--headless"]


def test_a_phone_is_called_phone_and_its_address_is_settled_once() -> None:
    known = known_sensors()
    meant = choose("phone", known, Radio())
    assert meant == KnownSensor("", "phone", "", "phone")
    assert as_argument(meant) == f"phone:{pairing.lan_address()}:8901"
    there = choose("phone:192.0.2.9:1234", known, Radio())
    assert as_argument(there) == "phone:192.0.2.9:1234"
    assert isinstance(reader_of(there, Radio(), known), PhoneReader)
    asked = choose("phyphox:192.0.2.7", known, Radio())
    assert as_argument(asked) == "phyphox:192.0.2.7"
    assert isinstance(reader_of(asked, Radio(), known), PhyphoxReader)


def test_a_phone_worn_before_is_known_by_what_it_calls_itself() -> None:
    pairings, known = PhonePairings(data_folder()), known_sensors()
    pairings.save(pairing.PhonePairing(pairings.load().code, "its-id"))
    known.remember(KnownSensor("its-id", "phone", "", "phone"))
    assert choose("phone", known, Radio()).serial == "its-id"
    assert as_argument(choose(None, known, Radio())).startswith("phone:")


@pytest.mark.parametrize(
    "name", ["phone:", "phone:1.2.3.4:x", "phone:1.2.3.4:99999", "phyphox", "phyphox:", "phyphox:a/b", "phone:a b"]
)
def test_an_address_that_is_none_is_said(name: str, spinae: Spinae) -> None:
    with pytest.raises(BadInput):
        phones.named(name, data_folder())
    ran = spinae("wear", "--headless", "--sensor", name)
    assert ran.code == 1
    assert f"--sensor {name}" in ran.err


def test_a_machine_in_no_network_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(SourceError, match="no network"):
        pairing.lan_address()


def test_a_pairing_that_is_none_is_said_and_a_new_one_helps(spinae: Spinae) -> None:
    path = data_folder() / pairing.FILE_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    for text in ("nonsense", "[]", '{"code": 3}', '{"code": "short", "device": ""}'):
        path.write_text(text)
        ran = spinae("wear", "--headless", "--sensor", "phone")
        assert ran.code == 1
        assert "--pair" in ran.err
    assert len(PhonePairings(data_folder()).renew().code) == pairing.CODE_LENGTH


def test_the_wearer_is_told_where_to_push_to_as_text_and_in_a_terminal_as_a_picture() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    source = PhoneReader(PhonePairings(data_folder()), "192.0.2.9", 8901)
    plain, terminal = io.StringIO(), Terminal()
    phones.invite(source, plain)
    phones.invite(source, terminal)
    phones.invite(object(), plain)
    beside = io.StringIO()
    phones.invite(PairSource(SimulatedSensor("workday-short"), source), beside)
    assert beside.getvalue() == plain.getvalue()
    assert plain.getvalue().count(source.url) == 1
    assert "192.0.2.9" in plain.getvalue()
    assert "▀" not in plain.getvalue()
    assert terminal.getvalue().startswith(plain.getvalue().rstrip("\n"))
    assert max(map(len, terminal.getvalue().splitlines())) <= 105
    assert terminal.getvalue().count("█") > 100


@pytest.mark.slow
def test_a_day_on_a_phone_is_worn_recorded_and_replayed() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    file = data_folder() / "phone.mcap"
    command = [*WEAR, "--sensor", f"phone:127.0.0.1:{port}", "--record", str(file)]
    worn = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert worn.stderr is not None
        said = ""
        while "does not send yet" not in said:
            line = worn.stderr.readline()
            assert line, said
            said += line
        (url, *_) = re.findall(r"http://127\.0\.0\.1:\d+/\w{10}", said)
        for _, message in SensorLogger("ios", sends="split").bodies(*smooth(500, 50.0), every_s=0.5):
            request = urllib.request.Request(url, body(message), {"User-Agent": "SensorLogger CFNetwork Darwin"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert answer.status == 200
        worn.send_signal(signal.SIGTERM)
        worn.communicate(timeout=60)
        assert worn.returncode == 0
    finally:
        worn.kill()
        worn.communicate()
    recording = open_recording(file)
    assert (recording.driver_name, recording.sealed) == ("phone", True)
    blocks = [item for item in recording.items() if isinstance(item, SampleBlock) and len(item)]
    assert sum(map(len, blocks)) > 400
    assert abs(float(blocks[0].acc_mps2[0, 2]) - 0.98 * STANDARD_GRAVITY_MPS2) < 0.6  # an iPhone's sign is turned
    assert (data_folder() / pairing.FILE_NAME).exists()
