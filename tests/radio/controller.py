"""Bumble's virtual Bluetooth controller, with three of its faults mended (version 0.0.236)."""

from __future__ import annotations

import asyncio
from typing import Any

from bumble import core, hci
from bumble.controller import Controller
from bumble.link import LocalLink

ACL_BYTES = 251
"""What a chip has since Bluetooth 4.2; Bumble's default of 27 cuts a frame into nine pieces."""


class MendedLink(LocalLink):
    """Labels data with the address that the connection was made with. Bumble takes the sender's random address even for a central
    that connected with its public one, as BlueZ does; the receiver then drops it."""

    def send_acl_data(self, sender_controller: Controller, destination_address: hci.Address, transport: Any, data: bytes) -> None:
        if transport != core.PhysicalTransport.LE:
            super().send_acl_data(sender_controller, destination_address, transport, data)
            return
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if connection is not None and receiver is not None:
            asyncio.get_running_loop().call_soon(receiver.on_link_acl_data, connection.self_address, transport, data)


class MendedController(Controller):
    """Completes a cancelled connect, as the core specification says (7.8.13); Bumble's never does, and a time-out then hangs."""

    def on_hci_le_create_connection_cancel_command(self, _command: Any) -> Any:
        pending = self.pending_le_connection
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.pending_le_connection = None
        event = hci.HCI_LE_Connection_Complete_Event(
            status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
            connection_handle=0,
            role=hci.Role.CENTRAL,
            peer_address_type=pending.peer_address.address_type,
            peer_address=pending.peer_address,
            connection_interval=0,
            peripheral_latency=0,
            supervision_timeout=0,
            central_clock_accuracy=0,
        )
        asyncio.get_running_loop().call_soon(self.send_hci_packet, event)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


def make_controller(name: str, link: LocalLink) -> Controller:
    """A chip on the link."""
    controller = MendedController(name, link=link)
    controller.le_acl_data_packet_length = ACL_BYTES
    return controller
