"""Worn sensor as a viewer sees it: worn here (`sensorcore.session.session.WearSession`) or by the daemon
(`sensorcore.daemon.remote.RemoteSession`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from sensorcore.commands import Command
from sensorcore.link import LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.posture.explain import Explanation
from sensorcore.session.engine import Sink
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals


class StreamTime(Protocol):
    """Start of the stream by the wall clock, and the age of the newest sample."""

    @property
    def start_unix_ns(self) -> int | None: ...

    @property
    def lag_s(self) -> float: ...


class Viewer(Sink, Protocol):
    """Sink that gets the stream's description before it begins."""

    def begin(self, info: StreamInfo) -> None: ...


class Wearing(ABC):
    """Base of worn sensors, with the defaults of one worn here, where nothing lies between sensor and viewer. `daily_totals`: of
    the day before this stream; `catching_up`: arrivals are from before the viewer came."""

    about: StreamInfo
    settings: Settings
    daily_totals: DailyTotals
    clock: StreamTime
    catching_up = False

    @property
    def unheard_s(self) -> float:
        """Time since the process that keeps the day last sent anything."""
        return 0.0

    @property
    def silent_s(self) -> float | None:
        """Age of the newest tick; None where the viewer sees that itself."""
        return None

    @property
    @abstractmethod
    def status(self) -> LinkStatus:
        """State of the link and the recording."""

    @abstractmethod
    def say(self, command: Command) -> bool:
        """Command of the wearer, for the pipeline and the recording. From the loop that runs `run`."""

    @abstractmethod
    def use(self, settings: Settings) -> None:
        """Judge by these from now on. For any thread."""

    def hear(self, *, on: bool) -> None:  # noqa: B027 - nothing to do here
        """Ask for notifications to be handed on, or not. A viewer here gets them anyway."""

    def explain(self, t_s: float) -> Explanation | None:  # noqa: ARG002 - for others to override
        """Explanation of a moment that the viewer's own results no longer cover: none here."""
        return None

    @abstractmethod
    async def run(self, viewer: Viewer) -> None:
        """Run until the stream ends or the run is cancelled."""
