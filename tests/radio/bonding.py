"""A fault of Bumble's mended (version 0.0.236): it keeps the keys of a pairing that was made without bonding."""

from __future__ import annotations

from typing import Any

from bumble.device import Device


def honour_bonding(device: Device) -> None:
    """Keep keys only when both sides said that they would, as the core specification has it (3.C.9.4.3)."""
    manager = device.smp_manager
    on_pairing = manager.on_pairing

    async def on_pairing_if_bonding(session: Any, identity_address: Any, keys: Any) -> None:
        await on_pairing(session, identity_address if session.bonding else None, keys)

    manager.on_pairing = on_pairing_if_bonding  # type: ignore[method-assign]
