"""Diagnosis of a connection without frames: a resting sensor, or a link that only looks alive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_protocol import wire
from firmware_protocol.packets import Status
from sensorcore.links.ble import problems
from sensorcore.links.ble.order import FrameOrder

FRUITLESS_STARTS: Final = 2
"""So many STARTs may be of no use before the connection is given up. One cures a full queue; what two do not cure are notifications
that died under us (a suspend, a lost subscription), and only a new connection subscribes again."""
SHORTEST_MTU_BYTES: Final = 20
"""Payload of a notification at the default ATT_MTU (23 less a header of 3)."""


@dataclass(slots=True)
class Silence:
    """State of one connection. `first`: the status at its set-up. `starts`: written since a frame was accepted last."""

    first: Status | None
    starts: int = 0
    _cut_short: bool = False
    _senseless: bool = False

    def has_more(self, status: Status, order: FrameOrder) -> bool:
        """Whether the sensor has taken frames that have not arrived. Before the first, its own count must have gone on."""
        if order.has_begun:
            return order.lags(status)
        return self.first is None or (status.session, status.newest) != (self.first.session, self.first.newest)

    def accepted(self) -> None:
        """A frame was."""
        self.starts = 0
        self._cut_short = self._senseless = False

    def refused(self, payload: bytes) -> None:
        """This came and could not be used."""
        is_short = payload[:1] == bytes((wire.DATA_TAG,)) and len(payload) == SHORTEST_MTU_BYTES
        self._cut_short |= is_short
        self._senseless |= not is_short

    @property
    def why(self) -> tuple[str, str]:
        """The problem and its remedy."""
        if self._cut_short:
            return problems.CUT_SHORT
        return problems.SENSELESS if self._senseless else problems.SILENT
