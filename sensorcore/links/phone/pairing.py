"""Pairing of a phone: the code in the address that it sends to, kept until the wearer asks for another."""

from __future__ import annotations

import json
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sensorcore.errors import SourceError, StorageError
from sensorcore.storage.plain import read_json
from sensorcore.storage.write import replace_text

FILE_NAME: Final = "phone.json"
ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that looks like something else: it may be typed on a phone."""
CODE_LENGTH: Final = 10
"""50 bits: at the few thousand requests a second that one machine answers, a thousand years of guessing."""
PORT: Final = 8901


@dataclass(frozen=True, slots=True)
class PhonePairing:
    """`device`: what the phone calls itself; empty until one has sent something."""

    code: str
    device: str = ""


class PhonePairings:
    """A small file, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def load(self) -> PhonePairing:
        """The stored pairing, or a new one. Raises StorageError when it cannot be read or stored."""
        problem, hint = "this is no pairing", "`spinae wear --sensor phone --pair` makes a new one"
        found = read_json(PhonePairing, self.path, "read the phone's pairing", (problem, hint))
        if found is not None and len(found.code) < CODE_LENGTH:
            raise StorageError(problem, where=str(self.path), hint=hint)
        return found or self.renew()

    def renew(self) -> PhonePairing:
        """Forget the phone, and have another code."""
        made = PhonePairing("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)))
        self.save(made)
        return made

    def save(self, pairing: PhonePairing) -> None:
        """Keep it in place of the one before. Raises StorageError."""
        replace_text(self.path, json.dumps(asdict(pairing)) + "\n", "keep the phone's pairing")


def lan_address() -> str:
    """This machine's address where others in its network reach it. Raises SourceError when it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # nothing is sent: it only asks which way it would go
            found = str(probe.getsockname()[0])
        except OSError:
            found = ""
    if not found or found.startswith(("127.", "0.")):
        hint = "Join the Wi-Fi that the phone is in, or name the address: --sensor phone:192.168.1.5"
        raise SourceError("this machine is in no network", where="phone", hint=hint)
    return found
