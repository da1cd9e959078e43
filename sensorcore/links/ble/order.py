"""Reordering of frames: duplicates are dropped, missing frames are requested again while newer ones wait.

No I/O and no clock: time is a parameter. The order is the driver's (SPEC.md): by sequence modulo 2^32 within a session,
sessions one after the other. What cannot be had any more is skipped, and the jump of the sequence makes it an explicit gap
downstream.

One packet never suffices: a frame that leaps over others needs the next one to follow it, a new session a status and two frames
in a row, or three frames (`plausible` has the bounds)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from firmware_protocol import tables, wire
from firmware_protocol.packets import Start, Status
from sensorcore.devices.restart import signed
from sensorcore.devices.spinae_sensor import AHEAD_FRAMES, SESSIONS_KEPT
from sensorcore.links.ble.plausible import Claim, Header, Witness, is_consistent
from sensorcore.model import Notification

HOLD_FRAMES = 512
"""80 s of frames at 52 or 104 Hz."""
ASK_AGAIN_S = 2.0
CLAIMED_TO_BELIEVE, FRAMES_TO_BELIEVE = 2, 3
"""In a row, of another run of the sensor that a status spoke of, and of one that none did."""

_Arrived = tuple[Header, Notification]


@dataclass(slots=True)
class FrameCounts:
    """Frames so far. `accepted` had not been here before; `backfilled` are those delivered later than they should have been; `lost`
    those that will never come; `unbelieved` were sound and cannot be true (statuses, too)."""

    accepted: int = 0
    delivered: int = 0
    backfilled: int = 0
    lost: int = 0
    duplicates: int = 0
    unbelieved: int = 0


@dataclass(slots=True)
class FrameOrder:
    """Takes frames as they arrive and returns those whose turn it is. A frame waits at most `hold_s` for an older one, and not
    when more than `hold_frames` wait. Positions are sequences counted on beyond 2^32. `pace`: how many seconds the sensor's
    clock makes in one of ours."""

    hold_s: float
    hold_frames: int = HOLD_FRAMES
    pace: float = 1.0
    counts: FrameCounts = field(default_factory=FrameCounts)
    _session: int | None = None
    _next: int = 0
    _newest: int = -1
    """The newest frame known to exist: any that comes at or below it is late."""
    _held: dict[int, Notification] = field(default_factory=dict)
    _over: deque[int] = field(default_factory=lambda: deque(maxlen=SESSIONS_KEPT))
    _waiting_since_s: float | None = None
    _asked_s: float | None = None
    _witness: Witness | None = None
    _claim: Claim | None = None
    _arrived: int = -1
    """Position of the frame accepted last."""
    _leap: _Arrived | None = None
    """One that leapt over others, and what follows on it is not here yet."""
    _strange: list[_Arrived] = field(default_factory=list)
    """In a row, of another session than that which is read."""

    @property
    def has_begun(self) -> bool:
        """Whether there was a frame yet."""
        return self._session is not None

    @property
    def restarts(self) -> bool:
        """Whether the sensor seems to have begun again under the same session id, and no frame of it has come yet."""
        return self._claim is not None and self._claim.mark is not None and self._claim.status.session == self._session

    def start(self) -> Start:
        """The command that continues the stream where it stands."""
        if self._session is None:
            return Start(0, tables.LIVE_ONLY)
        if self._claim is not None and self.restarts:
            return Start(self._session, self._claim.status.oldest)
        return Start(self._session, self._next & wire.U32)

    def take(self, notification: Notification, header: Header, now_s: float) -> list[Notification]:
        """A frame has arrived; returns those whose turn it now is."""
        frame = header, notification
        leap, self._leap = self._leap, None
        is_claimed = self._claim is not None and self._is_claimed(self._claim, header, now_s)
        if is_claimed or header.session != self._session:
            return self._take_strange(frame, now_s, is_claimed=is_claimed)
        position = self._position(header.sequence)
        if position is None or position in self._held:
            self.counts.duplicates += 1
            return []
        if self._can_be(header, position, now_s):
            if position in (self._next, self._arrived + 1):
                return self._accept(frame, now_s)
            if leap is not None and header.follows(leap[0]):
                self.counts.unbelieved -= 1
                return self._accept(leap, now_s) + self._accept(frame, now_s)
            self._leap = frame
        self.counts.unbelieved += 1
        return []

    def heard(self, status: Status, now_s: float, mark: Notification | None = None) -> list[Notification]:
        """Apply a status, which names the frames held: older ones will never come, and of a newer session not even the rest.
        `mark`: the status as it arrived."""
        if status.session in self._over or not is_consistent(status):
            self.counts.unbelieved += 1
            return []
        has_lost = status.answered == tables.START and status.answer == tables.OVERWRITTEN
        if status.session != self._session:
            self._claim = Claim(status, now_s, self.pace, has_lost)
            return []
        oldest, newest = self._near(status.oldest), self._near(status.newest)
        witness = self._witness
        if witness is not None and witness.has_restarted(status, now_s):
            if witness.can_be_new(status.newest, now_s):
                self._claim = Claim(status, now_s, self.pace, has_lost, mark)
            else:
                self.counts.unbelieved += 1
            return []
        if witness is not None and (not witness.reaches(newest, now_s) or witness.is_outrun(status, newest)):
            self.counts.unbelieved += 1
            return []
        self._witness = None if witness is None else witness.with_status(newest, now_s)
        self._newest = max(self._newest, newest)
        released = self._skip_to(oldest) if has_lost else []
        self._watch(now_s)
        return released

    def restart(self, status: Status, now_s: float, mark: Notification) -> None:
        """Nothing was accepted for long: go on from the sensor's status, not from earlier assumptions."""
        self._witness = self._leap = self._claim = None
        self._strange.clear()
        if status.session in self._over:
            self._over.remove(status.session)
        if status.session != self._session:
            self._claim = Claim(status, now_s, self.pace)
        elif self._near(status.newest) + 1 < self._next:
            self._claim = Claim(status, now_s, self.pace, mark=mark)

    def lags(self, status: Status) -> bool:
        """Whether the sensor has taken frames that have not arrived here."""
        return status.session != self._session or self.restarts or self._position(status.newest) is not None

    def elapse(self, now_s: float) -> list[Notification]:
        """Time has passed on a working link: frames that waited long enough are passed on, with a gap before them."""
        if self._waiting_since_s is None or now_s - self._waiting_since_s < self.hold_s:
            return []
        self._waiting_since_s = None
        released = self._skip_to(min(self._held))
        self._watch(now_s)
        return released

    def drain(self) -> list[Notification]:
        """Nothing more will come: all that waited, with gaps where something is missing."""
        self._waiting_since_s = None
        return self._skip_to(max(self._held) + 1) if self._held else []

    def is_missing(self, now_s: float) -> bool:
        """Whether `ask` has something to ask for."""
        return bool(self._held) and (self._asked_s is None or now_s - self._asked_s >= ASK_AGAIN_S)

    def ask(self, now_s: float) -> Start | None:
        """Request for missing frames, unless one was sent less than `ASK_AGAIN_S` ago."""
        if not self.is_missing(now_s):
            return None
        self._asked_s = now_s
        return self.start()

    def link_lost(self) -> None:
        """Nothing can come for now: waiting does not count until frames flow again."""
        self._waiting_since_s = self._asked_s = None

    def _position(self, sequence: int) -> int | None:
        """Position of a frame; None before what was passed on."""
        ahead = (sequence - self._next) & wire.U32
        return self._next + ahead if ahead <= AHEAD_FRAMES else None

    def _near(self, sequence: int) -> int:
        """Position of a sequence, before or after what was passed on."""
        return self._next + signed(sequence - self._next)

    def _can_be(self, header: Header, position: int, now_s: float) -> bool:
        witness = self._witness
        if witness is None:
            return True
        return witness.fits(header, position) and (position == self._next or witness.reaches(position, now_s))

    def _is_claimed(self, claim: Claim, header: Header, now_s: float) -> bool:
        """Whether this is of the run that a status spoke of, and not of the one that is read."""
        if not claim.holds(header, now_s):
            return False
        return header.session != self._session or (self.restarts and self._position(header.sequence) != self._next)

    def _take_strange(self, frame: _Arrived, now_s: float, *, is_claimed: bool) -> list[Notification]:
        """A frame of another run of the sensor than the one that is read."""
        if frame[0].session in self._over:
            self.counts.duplicates += 1
            return []
        in_a_row = self._strange if self._strange and frame[0].follows(self._strange[-1][0]) else []
        self._strange = [*in_a_row, frame][-FRAMES_TO_BELIEVE:]
        self.counts.unbelieved += 1
        first = self._strange[0][0]
        is_possible = is_claimed or self._witness is None or self._witness.can_be_new(first.sequence, now_s)
        if len(self._strange) < (CLAIMED_TO_BELIEVE if is_claimed else FRAMES_TO_BELIEVE) or not is_possible:
            return []
        frames = self._strange
        self.counts.unbelieved -= len(frames)
        released = self._follow(self._claim, first) if is_claimed and self._claim is not None else self._begin(first)
        for each in frames:
            released += self._accept(each, now_s)
        return released

    def _follow(self, claim: Claim, first: Header) -> list[Notification]:
        """A status and frames agree on another run."""
        released = self._begin(first, claim.mark if self.restarts else None)
        self._newest = max(self._newest, self._near(claim.status.newest))
        return released + (self._skip_to(claim.status.oldest) if claim.has_lost else [])

    def _accept(self, frame: _Arrived, now_s: float) -> list[Notification]:
        header, notification = frame
        position = self._position(header.sequence)
        if position is None or position in self._held:
            self.counts.duplicates += 1
            return []
        if self._witness is None:
            self._witness = Witness.first(header, position, now_s, self.pace)
        else:
            self._witness = self._witness.and_then(header, position, now_s)
        self._claim = None
        self._strange = []
        self._arrived = position
        self.counts.accepted += 1
        self.counts.backfilled += position <= self._newest
        self._newest = max(self._newest, position)
        self._held[position] = notification
        released = self._run()
        if len(self._held) > self.hold_frames:
            released += self._skip_to(min(self._held))
        self._watch(now_s)
        return released

    def _begin(self, header: Header, mark: Notification | None = None) -> list[Notification]:
        """Another run of the sensor; with `mark`, which is passed on, under the same session id. What is missing since its frame 0
        is wanted, too, unless it is the first that is read."""
        position = 0 if self._session is not None and header.sequence <= AHEAD_FRAMES else header.sequence
        released: list[Notification] = []
        if self._session is not None:
            released = [self._held[at] for at in sorted(self._held)]
            self.counts.delivered += len(released)
            if released:
                self.counts.lost += max(self._held) + 1 - self._next - len(released)
            self._held.clear()
        if mark is not None:
            released.append(mark)
        elif self._session is not None:
            self._over.append(self._session)
        self._session, self._next, self._newest, self._arrived = header.session, position, position - 1, position - 1
        self._waiting_since_s = self._asked_s = self._witness = self._claim = self._leap = None
        self._strange = []
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
