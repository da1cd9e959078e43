"""Cursor over results, the same for a recording that plays and for a worn sensor."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from sensorcore.commands import CommandKind
from sensorcore.events import Event
from sensorcore.model import StreamInfo
from sensorcore.posture.explain import Explanation
from sensorcore.settings import Settings
from sensorcore.track.posture_track import TICK_HZ, PostureTrack
from sensorcore.view.results import Results
from sensorcore.view.snapshot import Snapshot


class Cursor(ABC):
    """Base of `Player` and `sensorcore.session.live.Live`. May be moved and read in one thread while another adds results."""

    speed: float

    def __init__(self, info: StreamInfo, settings: Settings, shown: Results) -> None:
        self.info = info
        self.settings = settings
        self.paused = False
        self._shown = shown
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._problem: str | None = None
        self._jumps = 0

    @property
    def failed(self) -> str | None:
        """Sentence that says why the stream ended early; None while nothing went wrong."""
        return self._problem

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether nothing more will be shown."""

    @property
    @abstractmethod
    def cursor_s(self) -> float:
        """The moment shown, in stream time."""

    @property
    def _aimed_s(self) -> float:
        """The moment asked for last; results may not have reached it yet."""
        return self.cursor_s

    @abstractmethod
    def start(self) -> None:
        """Begin to compute or receive results, in a thread."""

    @abstractmethod
    def stop(self) -> None:
        """End the thread."""

    @abstractmethod
    def advance(self, dt_s: float) -> None:
        """`dt_s` seconds of real time have passed for the wearer."""

    @abstractmethod
    def seek(self, t_s: float) -> None:
        """Move to `t_s`; beyond the end means the end (`math.inf` for exactly that)."""

    @abstractmethod
    def say(self, kind: CommandKind, value: str = "") -> bool:
        """Command of the wearer; False when it cannot be obeyed. Raises BadInput for an invalid value."""

    @abstractmethod
    def use(self, settings: Settings) -> None:
        """Judge by `settings`. Raises BadSetting."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """Snapshot at the cursor."""

    def present(self) -> Snapshot:
        """Snapshot that the wearer's commands apply to: of a recording the one shown, for it has no other present."""
        return self.snapshot()

    def skip(self, dt_s: float) -> None:
        """Move by `dt_s` seconds, from the moment asked for last."""
        self.seek(self._aimed_s + dt_s)

    def step(self, ticks: int) -> None:
        """Move by so many decisions of the pipeline, and pause there."""
        here_s = self.cursor_s
        self.paused = True
        self.seek((round(here_s * TICK_HZ) + ticks) / TICK_HZ)

    def seek_alert(self, step: int) -> None:
        """Move to the next (`step` 1) or previous (-1) alert among the results so far; stay when there is none."""
        self._seek_found(self._shown.alert_from(self._beside_s(step), step))

    def seek_event(self, step: int) -> None:
        """The same for any event but minor ones."""
        self._seek_found(self._shown.event_from(self._beside_s(step), step))

    def _beside_s(self, step: int) -> float:
        """Where to search for another event: past the one under the cursor, and going back, past the one just left."""
        return self.cursor_s + (0.05 if step > 0 else -2.0)

    def _seek_found(self, found_s: float | None) -> None:
        if found_s is not None:
            self.seek(found_s)

    def events(self) -> tuple[Event, ...]:
        """All events so far, wherever the cursor stands."""
        return self._shown.events()

    def whole(self) -> tuple[PostureTrack, tuple[Event, ...]]:
        """All ticks and events so far."""
        return self._shown.whole()

    def explain(self) -> Explanation:
        """Why there was an alert, or none, at the cursor."""
        return self._shown.explain(self.cursor_s)
