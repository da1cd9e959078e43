"""What a driver is: bytes in, samples out, no I/O. One file a sensor family.

A driver is pure: `decode(state, payloads) -> (state, decoded)`. The result does not depend on how the stream of payloads is
cut into calls (property-tested). Whatever it does not understand it rejects and counts; it never invents a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sensorcore.model import DeviceProfile, SampleBlock


@dataclass(frozen=True, slots=True)
class Decoded:
    """Samples on the stream's clock (possibly none), and how many payloads were rejected or had been seen before."""

    block: SampleBlock
    rejected: int = 0
    duplicates: int = 0


class Driver(Protocol):
    """A sensor family. `name` is what a recording's metadata calls it (see `sensorcore.source.drivers.DRIVERS`)."""

    name: str
    profile: DeviceProfile

    def initial(self) -> Any:
        """The state before the first payload."""

    def decode(self, state: Any, payloads: Sequence[bytes]) -> tuple[Any, Decoded]:
        """Samples from consecutive payloads. Fast for many at once (a whole day is decoded in a few calls)."""
