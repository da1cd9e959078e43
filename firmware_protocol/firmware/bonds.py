"""Bonding: the keys of bonded peers, and the minute in which a new one may be made.

The Bluetooth stack asks for keys and offers new ones in its interrupt; files are written later, by `save`.
"""

import time
from binascii import hexlify, unhexlify

import settings

WINDOW_MS = 60000
_PEER_KINDS = (1, 2)  # of secrets: our key for a peer, a peer's key; the others (subscriptions, our own identity) are harmless


class Bonds:
    def __init__(self, path):
        self._path = path
        self._changed = False
        self._hidden = {}
        self._opened_ms = None
        kept = settings.load(path)
        try:
            self._secrets = {(int(kind), unhexlify(key)): unhexlify(value) for kind, key, value in kept.get("secrets", ())}
        except (TypeError, ValueError):
            self._secrets = {}

    def open_window(self):
        self._opened_ms = time.ticks_ms()

    @property
    def window_open(self):
        if self._opened_ms is not None and time.ticks_diff(time.ticks_ms(), self._opened_ms) >= WINDOW_MS:
            self._opened_ms = None
        return self._opened_ms is not None

    def get(self, kind, index, key):
        """The value kept for the key, or the index-th of that kind when the key is None."""
        if key is not None:
            return self._secrets.get((kind, bytes(key)))
        for (its_kind, _), value in self._secrets.items():
            if its_kind == kind:
                if not index:
                    return value
                index -= 1
        return None

    def put(self, kind, key, value):
        """Keeps it, or for no value removes it; False when it did not. Outside the window no key comes, and none goes for good:
        the stack removes a peer's keys as soon as somebody with its address wants to pair again (and asks over and over while it
        still finds them), so they only hide until `restore`."""
        key = (kind, bytes(key))
        is_open = kind not in _PEER_KINDS or self.window_open
        if value is None:
            if key not in self._secrets:
                return False
            value = self._secrets.pop(key)
            if not is_open:
                self._hidden[key] = value
        elif is_open:
            self._secrets[key] = bytes(value)
        else:
            return False
        self._changed = self._changed or is_open
        return True

    def restore(self):
        """The link has ended."""
        self._secrets.update(self._hidden)
        self._hidden.clear()

    def forget(self):
        self._hidden.clear()
        self._secrets = {key: value for key, value in self._secrets.items() if key[0] not in _PEER_KINDS}
        self._opened_ms = None
        self._changed = True

    def save(self):
        if self._changed:
            self._changed = False
            secrets = [(kind, hexlify(key), hexlify(value)) for (kind, key), value in self._secrets.items()]
            settings.save(self._path, {"secrets": [(kind, key.decode(), value.decode()) for kind, key, value in secrets]})
