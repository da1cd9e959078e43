"""Sensors remembered by serial."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sensorcore.errors import StorageError
from sensorcore.links.known import KnownSensor, KnownSensors

ONE = KnownSensor("SP-1", "spinae", "C4:11:22:33:44:55")
TWO = KnownSensor("SP-2", "spinae", "C4:11:22:33:44:56")


def test_the_one_worn_last_comes_first_and_an_address_is_only_its_latest(tmp_path: Path) -> None:
    known = KnownSensors(tmp_path / "spinae")
    assert known.load() == ()
    known.remember(ONE)
    known.remember(TWO)
    moved = KnownSensor("SP-1", "spinae", "C4:99:99:99:99:99")
    known.remember(moved)
    assert known.load() == (moved, TWO)
    known.forget("SP-1")
    assert known.load() == (TWO,)


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    known = KnownSensors(tmp_path / "spinae")
    known.remember(ONE)
    assert known.path.stat().st_mode & 0o777 == 0o600
    assert known.path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1}', '[{"serial": "x"}]', "[[]]", "null", "[" * 100_000])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    known = KnownSensors(tmp_path)
    known.path.write_text(text)
    with pytest.raises(StorageError, match=r"known_sensors\.json: this is not a list of sensors"):
        known.load()
    assert known.path.read_text() == text


def test_a_person_may_say_serial_name_or_address() -> None:
    assert all(ONE.is_called(text) for text in ("sp-1", "Spinae", "c4:11:22:33:44:55"))
    assert not ONE.is_called("SP-2")


def test_sensors_worn_at_once_are_all_remembered(tmp_path: Path) -> None:
    """Each reader does it in a thread of its own, with a list of its own."""
    sensors = [KnownSensor(f"SP-{number}", "back", f"C4:{number}") for number in range(12)]
    with ThreadPoolExecutor(len(sensors)) as pool:
        list(pool.map(lambda sensor: KnownSensors(tmp_path).remember(sensor), sensors))
    assert sorted(each.serial for each in KnownSensors(tmp_path).load()) == sorted(each.serial for each in sensors)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (KnownSensor("SP-1", "back", "C4:1"), KnownSensor("sp-1", "neck", "C4:2"), True),  # an address changes, a name too
        (KnownSensor("SP-1", "back", "C4:1"), KnownSensor("SP-2", "back", "C4:1"), False),
        (KnownSensor("", "back", "back"), KnownSensor("SP-1", "Back", "C4:1"), True),
        (KnownSensor("", "c4:1", "c4:1"), KnownSensor("SP-1", "back", "C4:1"), True),
        (KnownSensor("", "SP-1", "SP-1"), KnownSensor("SP-1", "back", "C4:1"), True),
        (KnownSensor("", "back", "back", "uart-text"), KnownSensor("C4:1", "back", "C4:1", "movesense"), False),
        (KnownSensor("", "", ""), KnownSensor("", "", ""), False),
    ],
)
def test_two_are_one_by_serial_or_by_a_name_they_share(one: KnownSensor, other: KnownSensor, same: bool) -> None:
    assert one.is_same(other) is same
    assert other.is_same(one) is same
