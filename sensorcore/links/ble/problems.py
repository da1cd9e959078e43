"""Error messages for bleak's exceptions, each with the next step, as one table."""

from __future__ import annotations

from collections.abc import Callable

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
from sensorcore.links.cancellation import StrayCancellation

OFF = ("Bluetooth is switched off", "Switch it on (Linux: `bluetoothctl power on`, and `rfkill unblock bluetooth`)")
ABSENT = (
    "this machine has no Bluetooth LE that spinae can reach",
    "Plug in an adapter, and on Linux start the service `bluetooth`",
)
DENIED = (
    "this program may not use Bluetooth",
    "Allow it in the system's privacy settings; on Linux your user needs access to BlueZ (group `bluetooth`)",
)
OUT_OF_RANGE = (
    "the sensor is not to be heard",
    "Bring it nearer, charge it, and close other apps that may hold it: a sensor talks to one at a time",
)
HELD = (
    "the sensor is near but does not accept the connection",
    "Another phone or computer may hold it: free it there. If its pairing was lost, press its button, then `spinae wear --pair`",
)
HELD_HERE = (
    "this machine is connected to it already: a program uses it, or was killed and left it connected",
    "`spinae wear` takes it over; to free it for another machine: `bluetoothctl disconnect` and its address",
)
UNPAIRED = (
    "the sensor wants to be paired first",
    "Press its button and, within a minute, run `spinae wear --pair`",
)
NO_AGENT = (
    "pairing failed: nobody answered for this machine",
    "On Linux without a desktop start `bluetoothctl agent NoInputNoOutput`; press the sensor's button, then `spinae wear --pair`",
)
BOND_LOST = (
    "the sensor and this machine do not remember the same pairing",
    "Press the sensor's button and run `spinae wear --pair`: it forgets the old pairing and makes a new one",
)
SLOW = ("the sensor did not answer in time", "Bring it nearer; if that does not help, switch it off and on")
SILENT = (
    "the sensor is connected but sends nothing",
    "Switch it off and on and close other apps that use it; if that does not help, switch this machine's Bluetooth off and on",
)
CUT_SHORT = (
    "what the sensor sends arrives cut short",
    "This machine's Bluetooth carries too few bytes at once: switch it off and on, update its software, or use another adapter",
)
SENSELESS = (
    "the sensor is connected but nothing that it sends can be used",
    "Switch it off and on; if that does not help, update its firmware",
)
LOST = ("the connection broke", "Bring the sensor nearer")
FOREIGN = ("this is not a sensor that spinae understands", "Update its firmware, or choose another with `spinae scan`")
BROKEN = ("the sensor's answer cannot be understood", "Update its firmware")

SECURITY_CODES = frozenset({0x05, 0x08, 0x0C, 0x0F})
"""ATT errors that pairing cures: authentication, authorization, key size, encryption."""

_REASONS = {
    BleakBluetoothNotAvailableReason.POWERED_OFF: OFF,
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: DENIED,
    BleakBluetoothNotAvailableReason.DENIED_BY_UNKNOWN: DENIED,
}
# a part of BlueZ's error name or text, as seen on 5.66 and 5.82
_DBUS = (
    ("AuthenticationCanceled", NO_AGENT),
    ("AuthenticationRejected", NO_AGENT),
    ("AuthenticationTimeout", NO_AGENT),
    ("AuthenticationFailed", BOND_LOST),
    ("br-connection-canceled", BOND_LOST),
    ("le-connection-abort-by-local", HELD),
    ("AccessDenied", DENIED),
    ("ServiceUnknown", ABSENT),
    ("NotReady", OFF),
    ("NotPermitted", UNPAIRED),
    ("NotAuthorized", UNPAIRED),
    ("InProgress", HELD),
    ("UnknownObject", OUT_OF_RANGE),
    ("DoesNotExist", OUT_OF_RANGE),
    ("NoReply", SLOW),
)

_Words = tuple[str, str]
# the first that fits; subclasses before BleakError
_TABLE: tuple[tuple[type[BaseException], Callable[[BaseException], _Words]], ...] = (
    (BleakBluetoothNotAvailableError, lambda e: _REASONS.get(getattr(e, "reason", None), ABSENT)),  # type: ignore[arg-type]
    (BleakDeviceNotFoundError, lambda _: OUT_OF_RANGE),
    (BleakCharacteristicNotFoundError, lambda _: FOREIGN),
    (BleakGATTProtocolError, lambda e: UNPAIRED if needs_pairing(e) else BROKEN),
    (BleakDBusError, lambda e: next((words for part, words in _DBUS if part in " ".join(map(str, e.args))), LOST)),
    (BleakError, lambda _: LOST),
    (TimeoutError, lambda _: SLOW),
    (FrameError, lambda _: BROKEN),
    (FileNotFoundError, lambda _: ABSENT),  # no system bus
    (PermissionError, lambda _: DENIED),
    (OSError, lambda _: LOST),
    (EOFError, lambda _: LOST),
)


def needs_pairing(error: BaseException) -> bool:
    """Whether the sensor refused because the link is not encrypted with a bonded peer."""
    return isinstance(error, BleakGATTProtocolError) and error.code in SECURITY_CODES


def said(words: _Words, sensor: str = "") -> SourceError:
    """The error with these words for this sensor."""
    return SourceError(words[0], where=sensor, hint=words[1])


def senseless(why: str, sensor: str) -> SourceError:
    """Error for data that is refused, with the reason `why` if one is known."""
    what, hint = SENSELESS
    return SourceError(f"{what} ({why})" if why else what, where=sensor, hint=hint)


def ambiguous(name: str, addresses: list[str]) -> SourceError:
    """Several answer to that name, and nothing tells which of them is meant."""
    which = " or ".join(f"--sensor {address}" for address in addresses)
    return SourceError(f"{len(addresses)} sensors have this name", where=name, hint=f"Say which one you wear: {which}")


def in_words(error: BaseException, sensor: str = "") -> SourceError:
    """The error for people; what is in no table is named as it is."""
    if isinstance(error, StrayCancellation):
        return said(LOST, sensor)
    if isinstance(error, SourceError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return in_words(error.exceptions[0], sensor)
    for kind, words in _TABLE:
        if isinstance(error, kind):
            found = said(words(error), sensor)
            break
    else:
        found = said((f"the radio failed ({type(error).__name__}: {error})", "Switch Bluetooth off and on"), sensor)
    found.__cause__ = error
    return found
