"""Driver protocol: bytes in, samples out, no I/O. One file a sensor family.

A driver is pure: `decode(state, notifications) -> (state, decoded)`. The result does not depend on how the stream is cut into
calls (property-tested). Payloads that it cannot decode are rejected and counted; it never invents a sample. Arrival times are
part of the input because only they show how long a sensor was away that restarted its clock; they are recorded, so a replay is
exact. They never time a sample otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sensorcore.model import DeviceProfile, DeviceReport, Notification, SampleBlock


@dataclass(frozen=True, slots=True)
class Decoded:
    """Samples on the stream's clock (possibly none), how many payloads were rejected or came too late (seen
    before, or older than what was delivered), and the sensor's reports, each with the sample it precedes. `battery_percent`: the
    newest, of sensors that have it in their stream; `refused`: why this cannot be the sensor it looks like; `reasons`: why
    payloads were rejected, and how many for each reason."""

    block: SampleBlock
    rejected: int = 0
    duplicates: int = 0
    reports: tuple[tuple[int, DeviceReport], ...] = ()
    battery_percent: int | None = None
    refused: str = ""
    reasons: tuple[tuple[str, int], ...] = ()

    def items(self) -> Iterator[SampleBlock | DeviceReport]:
        """Samples and reports in their order."""
        begin = 0
        for place, report in self.reports:
            if place > begin:
                yield self.block[begin:place]
            yield report
            begin = place
        if len(self.block) > begin:
            yield self.block[begin:]


class Driver(Protocol):
    """A sensor family. `name` is what a recording's metadata calls it (see `sensorcore.devices.DRIVERS`)."""

    name: str
    profile: DeviceProfile

    def initial(self) -> Any:
        """The state before the first payload."""

    def decode(self, state: Any, notifications: Sequence[Notification]) -> tuple[Any, Decoded]:
        """Samples from consecutive notifications. Fast for many at once (a whole day is decoded in a few calls)."""
