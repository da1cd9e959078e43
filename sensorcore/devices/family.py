"""Description of a third-party sensor for the radio, as data: characteristics, commands, and how a scan recognises it.

A family's file declares one `Family`; the radio side (`sensorcore.links.ble.family_reader`) carries it out. Conversations are
generators: they yield an `Ask` and are sent the reply, so a set-up of several steps is written down in order and does no I/O.

What is recorded is what the characteristics sent, each value with one byte before it: the place of its characteristic in
`Family.take`. `LINK_BEGAN` alone stands for a new connection, after which nothing is consecutive.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, TypeAlias

from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, GyroSampling

LINK_BEGAN: Final = 0xFF
RADPS_PER_DPS: Final = 0.017453292519943295
BASE: Final = "0000{:04x}-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True)
class Ask:
    """Write `value` to the characteristic `to`, then wait `wait_s`; with `reply`, until one of those taken sends a value that
    begins so (at most the operation's time-out): that value is the answer, else empty bytes."""

    to: str
    value: bytes
    reply: bytes | None = None
    wait_s: float = 0.0
    with_response: bool = True


Talk: TypeAlias = Generator[Ask, bytes, None]
"""Raises SourceError when the sensor refuses."""


def silence() -> Talk:
    """No conversation."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Family:
    """`name`: the driver's. `service`: holds the stream; where a batch swaps characteristics, the ones meant are found in it by
    what they can do. `called`: beginnings of names that give it away in a scan; `advertised`: service UUIDs that do under any
    name, for owners rename sensors. `take`: characteristics to be notified of, `optional`: those of them that a device may lack.
    `wear`: the wear signal, if there is one. `talk`: the set-up; `ask_often`: what to ask again every
    `ask_every_s`; `stop_sequence`: sent before every disconnect. `battery`: whether it has the standard Battery service.
    `full_scale`: in g and °/s, where a sensor may be set to more than the profile takes it for (0: it may not); `no_gravity`:
    what a stream without gravity is likely to come from."""

    name: str
    title: str
    gives: str
    profile: DeviceProfile
    service: str
    take: tuple[str, ...]
    advertised: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    wear: str = ""
    talk: Callable[[], Talk] = silence
    ask_often: Callable[[], Talk] = silence
    stop_sequence: Callable[[], Talk] = silence
    ask_every_s: float = 60.0
    battery: bool = True
    full_scale: tuple[float, float] = (0.0, 0.0)
    no_gravity: str = ""

    def largest(self, seen: DeviceProfile) -> tuple[float, float]:
        """Acceleration (g) and angular rate (°/s) that a sensor with this profile can send at most."""
        acc_g, gyr_dps = self.full_scale
        return acc_g or seen.acc_range_mps2 / STANDARD_GRAVITY_MPS2, gyr_dps or seen.gyr_range_radps / RADPS_PER_DPS

    def worded(self, why: str) -> str:
        """The reason for refusing the stream, with the family's likely cause."""
        return f"{why}: {self.no_gravity}" if self.no_gravity and "about 1 g (" in why else why

    def is_seen_in(self, name: str, service_uuids: tuple[str, ...]) -> bool:
        """Whether an advertisement is this family's."""
        if self.called and name.casefold().startswith(tuple(each.casefold() for each in self.called)):
            return True
        return any(uuid.lower() in self.advertised for uuid in service_uuids)


def profile(
    name: str, rate_hz: float, acc_g: float, gyr_dps: float = 2000.0, gyro_sampling: GyroSampling | None = "point"
) -> DeviceProfile:
    """A profile in the units of data sheets."""
    return DeviceProfile(name, rate_hz, gyro_sampling, acc_g * STANDARD_GRAVITY_MPS2, gyr_dps * RADPS_PER_DPS)
