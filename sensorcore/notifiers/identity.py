"""Identity of this wearer at an MQTT broker that several wearers share: a random name, made once and kept."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import secrets
import socket
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput, SpinaeError
from sensorcore.storage.plain import from_json
from sensorcore.storage.read import is_missing, read_text
from sensorcore.storage.write import replace_text

FILE_NAME: Final = "mqtt.json"
FORMER: Final = "spine"
"""The identity of every wearer in the first versions."""
_RIGHT: Final = re.compile("[A-Za-z0-9_-]{1,32}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """`name` is in topics, client id and unique ids. `retires`: topics of the `FORMER` name are still to be cleared."""

    name: str
    retires: bool = False


class Identities:
    """The file `mqtt.json` in the state folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def load(self) -> Identity:
        """The stored identity, or a new one; where none can be stored, one derived from machine and folder."""
        try:
            found = from_json(Identity, read_text(self.path, "read the name for MQTT"))
            if _RIGHT.fullmatch(found.name):
                return found
            raise BadInput(f"{found.name!r} cannot stand in a topic")
        except SpinaeError as error:
            if not is_missing(error):
                return self._fallback(error)
        return self._store(Identity(secrets.token_hex(4), retires=True))

    def retired(self, identity: Identity) -> None:
        """The former name is cleared."""
        self._store(replace(identity, retires=False))

    def _store(self, identity: Identity) -> Identity:
        text = json.dumps(asdict(identity)) + "\n"
        try:
            replace_text(self.path, text, "keep the name for MQTT")
        except SpinaeError as error:
            return self._fallback(error)
        return identity

    def _fallback(self, error: Exception) -> Identity:
        _log.warning("the name for MQTT cannot be read or kept, another one is used: %s: %s", self.path, error)
        return Identity(hashlib.sha256(f"{socket.gethostname()} {self.path}".encode("utf-8", "replace")).hexdigest()[:8])
