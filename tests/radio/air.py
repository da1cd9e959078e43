"""The air between two radios: within range or not. What is sent out of range waits (the link layer sends it again, late but whole)
until it is back or the supervision time-out ends the connection, and with it what waited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from bumble import hci
from bumble.controller import Controller

from tests.radio.controller import MendedLink


class Air(MendedLink):
    """A link that can be cut. `supervision_s`: how long both sides wait before they call the connection lost."""

    def __init__(self, supervision_s: float) -> None:
        super().__init__()
        self.supervision_s = supervision_s
        self.in_range = True
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
        for controller in list(self.controllers):
            for connection in list(controller.le_connections.values()):
                controller.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def _send(self, send: Callable[[], None]) -> None:
        if self.in_range:
            send()
        else:
            self._waiting.append(send)

    def send_acl_data(self, sender_controller: Controller, destination_address: hci.Address, transport: Any, data: bytes) -> None:
        self._send(lambda: super(Air, self).send_acl_data(sender_controller, destination_address, transport, data))

    def send_ll_control_pdu(self, sender_address: hci.Address, receiver_address: hci.Address, packet: Any) -> None:
        def send() -> None:
            if self.find_le_controller(receiver_address) is not None:
                super(Air, self).send_ll_control_pdu(sender_address, receiver_address, packet)

        self._send(send)

    def send_advertising_pdu(self, sender: Controller, packet: Any) -> None:
        if self.in_range:
            super().send_advertising_pdu(sender, packet)
