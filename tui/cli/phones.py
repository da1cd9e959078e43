"""A phone as the sensor: which one is meant, its reader, and instructions for its wearer."""

from __future__ import annotations

import asyncio
import select
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TextIO, runtime_checkable

from sensorcore.daemon.remote import ask
from sensorcore.devices.phone import Phone
from sensorcore.errors import BadInput
from sensorcore.links.known import KnownSensor, KnownSensors
from sensorcore.links.phone.pairing import PORT, PhonePairings, lan_address
from tui.terminal.guarded import unguarded

if TYPE_CHECKING:
    from sensorcore.links.reconnecting import ReconnectingSource

PUSHED: Final = "phone"
ASKED: Final = "phyphox"
LOOK_EVERY_S: Final = 0.3
NOT_YET: Final = "does not send yet"
STEPS: Final = """On the phone, in the app Sensor Logger: switch on the gyroscope and the acceleration with gravity
(Android: Total Acceleration; iPhone: Accelerometer and Gravity). Behind the gear on the page Logger
enable HTTP Push, choose a batch period of 200 to 500 ms, and put in as Push URL

  {url}

then start recording, and strap the phone flat to your back. Only one phone is taken, and only if it
knows this address. spinae listens for it at {host}, this machine's address in its network,
port {port}, as long as the phone is worn, and nowhere else. Keep the address to yourself."""


@runtime_checkable
class Pushed(Protocol):
    """Source that a phone sends to, and its address."""

    @property
    def url(self) -> str: ...


def named(name: str, folder: Path) -> KnownSensor | None:
    """`phone`, `phone:ADDRESS[:PORT]` or `phyphox:HOST[:PORT]`; None for what is no phone. Raises SpinaeError."""
    kind, colon, rest = name.partition(":")
    if kind == PUSHED:
        if colon:
            _host_and_port(name, rest)
        return KnownSensor(PhonePairings(folder).load().device, PUSHED, rest, Phone.name)
    if kind == ASKED:
        _host_and_port(name, rest)
        return KnownSensor(name, name, rest, Phone.name)
    return None


def is_pushed(sensor: KnownSensor) -> bool:
    """Whether the phone sends by itself."""
    return sensor.family == Phone.name and sensor.name == PUSHED


def argument(sensor: KnownSensor) -> str:
    """`named` with the address settled: the daemon listens at the address given to the wearer."""
    if not is_pushed(sensor):
        return sensor.name
    return ":".join(map(str, (PUSHED, *place(sensor))))


def place(sensor: KnownSensor) -> tuple[str, int]:
    """Address at which a pushing phone is awaited. Raises SpinaeError when this machine is in no network."""
    if not sensor.address:
        return lan_address(), PORT
    host, port = _host_and_port(f"{PUSHED}:{sensor.address}", sensor.address)
    return host, PORT if port is None else port


def reader(sensor: KnownSensor, folder: Path, known: KnownSensors, *, pair_again: bool = False) -> ReconnectingSource:
    """Reader of the phone."""
    if is_pushed(sensor):
        from sensorcore.links.phone.receiver import PhoneReader  # noqa: PLC0415 - the radio needs no web server

        return PhoneReader(PhonePairings(folder), *place(sensor), pair_again=pair_again, remember=known.remember)
    from sensorcore.links.phone.poller import PhyphoxReader  # noqa: PLC0415 - as above

    host, port = _host_and_port(sensor.name, sensor.name.partition(":")[2])
    return PhyphoxReader(host, port, remember=known.remember)


def invite(source: object, out: TextIO, *, stay: bool = True) -> None:
    """Print where the phone is to send to, if it is one that sends; `stay`: until the wearer has seen it."""
    pushed = [each for each in getattr(source, "sources", (source,)) if isinstance(each, Pushed)]  # one of two, perhaps
    for each in pushed:
        _show(each.url, out)
    if pushed and stay and _is_somebody_there():
        input("\nEnter goes on. ")


def welcome(arguments: Sequence[str], folder: Path, path: Path, *, wait: bool = True) -> None:
    """The same for a daemon that was started with `arguments` and listens at `path`; then wait until it gets data from the phone,
    or the wearer wants the dashboard meanwhile."""
    meant = [named(value, folder) for option, value in pairwise(arguments) if option == "--sensor"]
    sensor = next((each for each in meant if each is not None and is_pushed(each)), None)
    if sensor is None:
        return
    from sensorcore.links.phone.receiver import url  # noqa: PLC0415 - the radio needs no web server

    _show(url(*place(sensor), PhonePairings(folder).load().code), sys.stdout)
    if not wait:
        return
    print("\nWaiting for the phone; Enter shows the dashboard meanwhile.", flush=True)
    shown = ""
    while (heard := asyncio.run(ask(path, "status"))["sensor"])["state"] not in ("streaming", "paused"):
        problem = heard["problem"] or ""
        if problem != shown and NOT_YET not in problem:
            print(problem, flush=True)
        shown = problem
        if _entered():
            return


def _show(address: str, out: TextIO) -> None:
    host, port = address.split("/")[2].split(":")
    print(STEPS.format(url=address, host=host, port=port), file=out)
    if out.isatty():
        import segno  # noqa: PLC0415 - only for this

        print("\nThe phone's camera reads the address here:", file=out)
        segno.make(address, error="l", micro=False).terminal(out=unguarded(out), border=2, compact=True)
    out.flush()


def _is_somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _entered() -> bool:
    """Whether Enter was pressed within a moment."""
    if not _is_somebody_there():
        time.sleep(LOOK_EVERY_S)
        return False
    if select.select([sys.stdin], [], [], LOOK_EVERY_S)[0]:
        sys.stdin.readline()
        return True
    return False


def _host_and_port(name: str, rest: str) -> tuple[str, int | None]:
    host, colon, port = rest.partition(":")
    if not host or any(letter.isspace() or letter in "/?#@" for letter in host):
        example = f"{ASKED}:192.168.1.7" if name.startswith(ASKED) else f"{PUSHED}:192.168.1.5"
        raise BadInput("it names no address", where=f"--sensor {name}", hint=f"For example --sensor {example}")
    if not colon:
        return host, None
    if not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadInput(f"'{port}' is no port", where=f"--sensor {name}", hint="A port is a number up to 65535")
    return host, int(port)
