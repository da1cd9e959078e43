"""Addresses with a secret: parsing, and masking for screens and logs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

HIDDEN: Final = "***"


def address_parts(value: str, schemes: Collection[str]) -> SplitResult | None:
    """None for what is no address of these schemes."""
    try:
        parts = urlsplit(value)
        return parts if parts.scheme in schemes and parts.hostname and parts.port != 0 else None
    except ValueError:  # a port that is no number, brackets that do not match
        return None


def masked(value: str) -> str:
    """An address with its user, host and port; the rest (password, path, query: a webhook is a secret by its path) is left out."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        if not parts.scheme or not host:
            return HIDDEN
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return HIDDEN
    user = "" if parts.username is None else f"{HIDDEN if parts.password is None else parts.username + ':' + HIDDEN}@"
    rest = f"/{HIDDEN}" if parts.path.strip("/") or parts.query or parts.fragment else ""
    return f"{parts.scheme}://{user}{host}{port}{rest}"
