"""The newest frames of a session, for back-fill. The host pulls: its START puts the cursor; the cursor moves after a send that
succeeded, and never otherwise, so a full queue or a lost link loses nothing that is still held."""

import gc

U32 = 0xFFFFFFFF


INTERNAL = 100000
PSRAM_AT_LEAST = 500000


def memory(most, spare=40000):
    """The largest block of up to `most` bytes that leaves `spare` for everything else. Without PSRAM the memory is shared with the
    radio, which cannot be asked how much it will want: then no more than INTERNAL unless `most` says so."""
    while most > 4096:
        try:
            block = bytearray(most)
            rest = bytearray(spare)  # only to see that it is there
            del rest
        except MemoryError:
            block = None
            gc.collect()
            most = most * 3 // 4
            if INTERNAL < most < PSRAM_AT_LEAST:
                most = INTERNAL
            continue
        gc.collect()
        return block
    return bytearray(4096)


class Ring:
    """Frames of one size, counted from 0 in a session; `oldest`, `newest` and sequences on the wire are modulo 2^32."""

    def __init__(self, block):
        self.drops = 0
        self._next = self._held = self._cursor = self._unsent = 0
        self._block = memoryview(block)
        self._size = self._room = 1

    def begin(self, frame_bytes):
        """Empty, for a new session; what was never sent is lost."""
        self.drops = (self.drops + self._next - max(self._unsent, self._next - self._held)) & U32
        self._size = frame_bytes
        self._room = len(self._block) // frame_bytes
        self._next = self._held = self._cursor = self._unsent = 0

    @property
    def sequence(self):
        """The number of the frame to push next."""
        return self._next & U32

    @property
    def oldest(self):
        return (self._next - self._held) & U32

    @property
    def newest(self):
        """One less than `oldest` when nothing is held."""
        return (self._next - 1) & U32

    def push(self, frame):
        at = self._next % self._room * self._size
        self._block[at : at + self._size] = frame
        self._next += 1
        if self._held < self._room:
            self._held += 1
            return
        oldest = self._next - self._held
        if self._unsent < oldest:
            self._unsent = oldest
            self.drops = (self.drops + 1) & U32
        self._cursor = max(self._cursor, oldest)

    def seek(self, sequence):
        """Send from this frame on. False when it is not held (any more): from the oldest, then."""
        ahead = (sequence - self.oldest) & U32
        found = ahead <= self._held
        self._cursor = self._next - self._held + (ahead if found else 0)
        return found

    def seek_live(self):
        """Send new frames only; those held count as given up by the host."""
        self._cursor = self._unsent = self._next

    def peek(self):
        """The frame to send, or None. It stays where it is until `sent`."""
        if self._cursor >= self._next:
            return None
        at = self._cursor % self._room * self._size
        return self._block[at : at + self._size]

    def sent(self):
        """The frame that `peek` gave is on its way."""
        self._cursor += 1
        self._unsent = max(self._unsent, self._cursor)
