"""Access control of the phone receiver: one phone, by its pairing code, with rate limits for everybody else. No I/O."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from sensorcore.timing.rate_limit import Bucket

PUSHES_PER_S, PUSHES_AT_ONCE = 20.0, 60
"""The app sends once a batch period, of 0.1 s at least; after a broken network much at once."""
GUESSES_PER_S, GUESSES_AT_ONCE = 0.2, 10
MOST_GUESSERS: Final = 256
MOST_BODY_BYTES: Final = 1 << 20
"""About ten seconds of four sensors at 200 Hz."""
MOST_BODIES_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP status and the sentence that goes with it."""

    status: int
    why: str


UNKNOWN: Final = Refusal(403, "This is not the pairing code. Use the address that spinae shows.")
OTHER_PHONE: Final = Refusal(403, "Another phone is paired. `spinae wear --sensor phone --pair` pairs this one instead.")
TOO_LARGE: Final = Refusal(413, f"A batch may have {MOST_BODY_BYTES // 1024} KiB. Choose a shorter batch period or fewer sensors.")
TOO_MANY: Final = Refusal(429, "That is more than a phone sends. Wait a moment.")
EARLIER: Final = Refusal(409, "This is of an earlier recording than the one that arrives now.")
GUESSED: Final = Refusal(429, "Too many wrong codes came from there. Wait a minute.")


class Door:
    """`device`: the phone that is paired, if one is."""

    def __init__(self, code: str, device: str) -> None:
        self._code = code.encode()
        self.device = device
        self._pushes = Bucket(PUSHES_PER_S, PUSHES_AT_ONCE)
        self._guesses: dict[str, Bucket] = {}
        self.refused = 0

    def refuses(self, code: str, remote: str, now_s: float) -> Refusal | None:
        """Whether a request from `remote` with that code may go on."""
        refusal = self._refuses(code, remote, now_s)
        self.refused += refusal is not None
        return refusal

    def refuses_phone(self, device: str) -> Refusal | None:
        """The first phone that knows the code is the one; no other is taken."""
        if not self.device:
            self.device = device
        if device == self.device:
            return None
        self.refused += 1
        return OTHER_PHONE

    def _refuses(self, code: str, remote: str, now_s: float) -> Refusal | None:
        # the right code is always heard: who shares an address with the phone must not be able to lock it out
        if hmac.compare_digest(code.encode(errors="replace"), self._code):
            return None if self._pushes.take(now_s) else TOO_MANY
        guesses = self._guesses.get(remote)
        if guesses is None:
            while len(self._guesses) >= MOST_GUESSERS:
                del self._guesses[next(iter(self._guesses))]
            guesses = self._guesses[remote] = Bucket(GUESSES_PER_S, GUESSES_AT_ONCE)
            guesses.level(now_s)
        return UNKNOWN if guesses.take(now_s) else GUESSED
