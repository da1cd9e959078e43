"""Frames in order, each once: what came twice is dropped, what is missing is asked for again while newer frames wait.

No I/O and no clock: time is handed in. The order is the driver's (SPEC.md): by sequence modulo 2^32 within a session, sessions one
after the other. What cannot be had any more is skipped, and the jump of the sequence makes it an explicit gap downstream.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from firmware_protocol import tables, wire
from firmware_protocol.packets import Start, Status
from sensorcore.model import Notification
from sensorcore.source.drivers.spinae_sensor import AHEAD_FRAMES, SESSIONS_KEPT

HOLD_FRAMES = 512
"""80 s of frames at 52 or 104 Hz."""
ASK_AGAIN_S = 2.0


@dataclass(slots=True)
class Counts:
    """Frames so far. `accepted` had not been here before; `backfilled` are those delivered later than they should have been; `lost`
    those that will never come."""

    accepted: int = 0
    delivered: int = 0
    backfilled: int = 0
    lost: int = 0
    duplicates: int = 0


@dataclass(slots=True)
class Order:
    """Give it what arrives; it gives back what may be passed on. A frame waits at most `hold_s` for an older one, and not when more
    than `hold_frames` wait. Positions are sequences counted on beyond 2^32."""

    hold_s: float
    hold_frames: int = HOLD_FRAMES
    counts: Counts = field(default_factory=Counts)
    _session: int | None = None
    _next: int = 0
    _newest: int = -1
    """The newest frame known to exist: any that comes at or below it is late."""
    _held: dict[int, Notification] = field(default_factory=dict)
    _over: deque[int] = field(default_factory=lambda: deque(maxlen=SESSIONS_KEPT))
    _waiting_since_s: float | None = None
    _asked_s: float | None = None

    @property
    def has_begun(self) -> bool:
        """Whether there was a frame yet."""
        return self._session is not None

    def start(self) -> Start:
        """The command that continues the stream where it stands."""
        if self._session is None:
            return Start(0, tables.LIVE_ONLY)
        return Start(self._session, self._next & wire.U32)

    def take(self, notification: Notification, session: int, sequence: int, now_s: float) -> list[Notification]:
        """A frame has arrived; returns those whose turn it now is."""
        released: list[Notification] = []
        if session in self._over:
            self.counts.duplicates += 1
            return released
        if session != self._session:
            unheard = self._session is not None and sequence <= AHEAD_FRAMES  # its frames since 0 are missing, too
            released = self._begin(session, 0 if unheard else sequence)
        position = self._position(sequence)
        if position is None or position in self._held:
            self.counts.duplicates += 1
            return released
        self.counts.accepted += 1
        self.counts.backfilled += position <= self._newest
        self._newest = max(self._newest, position)
        self._held[position] = notification
        released += self._run()
        if len(self._held) > self.hold_frames:
            released += self._skip_to(min(self._held))
        self._watch(now_s)
        return released

    def heard(self, status: Status, now_s: float) -> list[Notification]:
        """The sensor says what it holds: frames older than that will never come, and of a newer session not even the rest."""
        if self._session is None or status.session in self._over:
            return []
        released: list[Notification] = []
        refused = status.answered == tables.START and status.answer == tables.OVERWRITTEN
        if refused and status.session != self._session:  # the session we asked for is gone; the new one lacks its first frames
            released = self._begin(status.session, 0)
        if status.session == self._session:
            oldest, newest = self._position(status.oldest), self._position(status.newest)
            if refused and oldest is not None:
                released += self._skip_to(oldest)
            if newest is not None:
                self._newest = max(self._newest, newest)
        self._watch(now_s)
        return released

    def lags(self, status: Status) -> bool:
        """Whether the sensor has taken frames that have not arrived here."""
        return status.session != self._session or self._position(status.newest) is not None

    def elapse(self, now_s: float) -> list[Notification]:
        """Time has passed on a working link: frames that waited long enough are passed on, with a gap before them."""
        if self._waiting_since_s is None or now_s - self._waiting_since_s < self.hold_s:
            return []
        self._waiting_since_s = None
        released = self._skip_to(min(self._held))
        self._watch(now_s)
        return released

    def rest(self) -> list[Notification]:
        """Nothing more will come: all that waited, with gaps where something is missing."""
        self._waiting_since_s = None
        return self._skip_to(max(self._held) + 1) if self._held else []

    def is_missing(self, now_s: float) -> bool:
        """Whether `ask` has something to ask for."""
        return bool(self._held) and (self._asked_s is None or now_s - self._asked_s >= ASK_AGAIN_S)

    def ask(self, now_s: float) -> Start | None:
        """What to ask the sensor for now, when something is missing and was not asked for a moment ago."""
        if not self.is_missing(now_s):
            return None
        self._asked_s = now_s
        return self.start()

    def link_lost(self) -> None:
        """Nothing can come for now: waiting does not count until frames flow again."""
        self._waiting_since_s = self._asked_s = None

    def _position(self, sequence: int) -> int | None:
        """Where a frame belongs; None before what was passed on."""
        ahead = (sequence - self._next) & wire.U32
        return self._next + ahead if ahead <= AHEAD_FRAMES else None

    def _begin(self, session: int, position: int) -> list[Notification]:
        released: list[Notification] = []
        if self._session is not None:
            released = [self._held[at] for at in sorted(self._held)]
            self.counts.delivered += len(released)
            if released:
                self.counts.lost += max(self._held) + 1 - self._next - len(released)
            self._held.clear()
            self._over.append(self._session)
        self._session, self._next, self._newest = session, position, position - 1
        self._waiting_since_s = self._asked_s = None
        return released

    def _run(self) -> list[Notification]:
        """The held frames that follow directly on what was passed on."""
        released = []
        while (notification := self._held.pop(self._next, None)) is not None:
            released.append(notification)
            self._next += 1
        self.counts.delivered += len(released)
        if released:
            self._waiting_since_s = self._asked_s = None
        return released

    def _skip_to(self, position: int) -> list[Notification]:
        """Give up what is missing before `position`."""
        if position <= self._next:
            return []
        passed = sorted(at for at in self._held if at < position)
        self.counts.lost += position - self._next - len(passed)
        self.counts.delivered += len(passed)
        self._next = position
        return [self._held.pop(at) for at in passed] + self._run()

    def _watch(self, now_s: float) -> None:
        if not self._held:
            self._waiting_since_s = self._asked_s = None
        elif self._waiting_since_s is None:
            self._waiting_since_s = now_s
