"""The air between two radios: within range or not. What is sent out of range waits (the link layer sends it again, late but whole)
until it is back or the supervision time-out ends the connection, and with it what waited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bumble import hci
from bumble.controller import Controller

from tests.radio.controller import MendedLink

_ATT_CHANNEL = 4
_ATT_REQUESTS = frozenset({0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x0E, 0x10, 0x12, 0x16, 0x18, 0x52})
"""What only a central sends: opcodes of requests and commands."""


class Air(MendedLink):
    """A link that can be cut. `supervision_s`: how long both sides wait before they call the connection lost. `requests`: opcodes
    of the ATT requests since the link was cut last; the one after the first `cut_after` is lost, and the link is cut."""

    def __init__(self, supervision_s: float) -> None:
        super().__init__()
        self.supervision_s = supervision_s
        self.in_range = True
        self.requests: list[int] = []
        self.cut_after: int | None = None
        self._waiting: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def walk_away(self) -> None:
        """Nothing gets through from now on."""
        self.in_range = False
        self._timer = asyncio.get_running_loop().call_later(self.supervision_s, self.cut)

    def come_back(self) -> None:
        """Everything gets through again, what waited first."""
        self.in_range = True
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._waiting = self._waiting, []
        for send in waiting:
            send()

    def cut(self) -> None:
        """The supervision time-out, on both sides."""
        self._waiting.clear()
        self.requests.clear()
        for controller in list(self.controllers):
            for connection in list(controller.le_connections.values()):
                controller.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def _send(self, send: Callable[[], None]) -> None:
        if self.in_range:
            send()
        else:
            self._waiting.append(send)

    def send_acl_data(self, sender_controller: Controller, destination_address: hci.Address, transport: Any, data: bytes) -> None:
        if data[2:4] == _ATT_CHANNEL.to_bytes(2, "little") and data[4] in _ATT_REQUESTS:
            if self.cut_after == len(self.requests):
                self.cut_after = None
                asyncio.get_running_loop().call_soon(self.cut)
                return
            self.requests.append(data[4])
        self._send(lambda: super(Air, self).send_acl_data(sender_controller, destination_address, transport, data))

    def send_ll_control_pdu(self, sender_address: hci.Address, receiver_address: hci.Address, packet: Any) -> None:
        def send() -> None:
            if self.find_le_controller(receiver_address) is not None:
                super(Air, self).send_ll_control_pdu(sender_address, receiver_address, packet)

        self._send(send)

    def send_advertising_pdu(self, sender: Controller, packet: Any) -> None:
        if self.in_range:
            super().send_advertising_pdu(sender, packet)
