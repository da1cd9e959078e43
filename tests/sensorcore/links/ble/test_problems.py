"""What goes wrong with a radio, in words with a next step."""

from __future__ import annotations

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from firmware_protocol.errors import FrameError
from sensorcore.errors import SourceError
from sensorcore.links.ble import problems
from sensorcore.links.ble.problems import in_words

Reason = BleakBluetoothNotAvailableReason


def dbus(name: str, text: str = "") -> BleakDBusError:
    return BleakDBusError(f"org.bluez.Error.{name}", [text])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BleakBluetoothNotAvailableError("", Reason.POWERED_OFF), problems.OFF),
        (BleakBluetoothNotAvailableError("", Reason.NO_BLUETOOTH), problems.ABSENT),
        (BleakBluetoothNotAvailableError("", Reason.DENIED_BY_USER), problems.DENIED),
        (BleakDeviceNotFoundError("C4"), problems.OUT_OF_RANGE),
        (BleakCharacteristicNotFoundError("1caf0002"), problems.FOREIGN),
        (BleakGATTProtocolError(0x05), problems.UNPAIRED),
        (BleakGATTProtocolError(0x0F), problems.UNPAIRED),
        (BleakGATTProtocolError(0x0E), problems.BROKEN),
        (dbus("AuthenticationFailed"), problems.BOND_LOST),
        (dbus("AuthenticationCanceled"), problems.NO_AGENT),
        (dbus("Failed", "br-connection-canceled"), problems.BOND_LOST),
        (dbus("Failed", "le-connection-abort-by-local"), problems.HELD),
        (dbus("NotReady"), problems.OFF),
        (BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", []), problems.ABSENT),
        (BleakDBusError("org.freedesktop.DBus.Error.UnknownObject", []), problems.OUT_OF_RANGE),
        (dbus("Failed", "something else"), problems.LOST),
        (BleakError("Not connected"), problems.LOST),
        (TimeoutError(), problems.SLOW),
        (FrameError("too short"), problems.BROKEN),
        (FileNotFoundError("/run/dbus/system_bus_socket"), problems.ABSENT),
        (PermissionError(), problems.DENIED),
        (ConnectionResetError(), problems.LOST),
        (EOFError(), problems.LOST),
    ],
)
def test_each_has_its_words(error: Exception, words: tuple[str, str]) -> None:
    for raised in (error, ExceptionGroup("of a task group", [error])):
        said = in_words(raised, "spinae")
        assert (said.what, said.hint, said.where) == (*words, "spinae")


def test_what_is_in_no_table_is_named_as_it_is() -> None:
    assert "ZeroDivisionError: oh" in str(in_words(ZeroDivisionError("oh")))


def test_an_error_in_words_stays_as_it_is() -> None:
    error = SourceError("said")
    assert in_words(error, "spinae") is error
