"""What a view may look at: a sensor worn here (`sensorcore.session.session.WearSession`), or one that the daemon wears
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
    """When the stream began, by the wall clock, and how long ago the newest sample was taken."""

    @property
    def start_unix_ns(self) -> int | None: ...

    @property
    def lag_s(self) -> float: ...


class Viewer(Sink, Protocol):
    """A sink that learns what the stream is before it begins."""

    def begin(self, info: StreamInfo) -> None: ...


class Wearing(ABC):
    """A worn sensor. The defaults are those of one worn here, where nothing lies between sensor and viewer. `daily_totals`: what is
    known of the day before this stream; `catching_up`: what comes is of before the viewer came."""

    about: StreamInfo
    settings: Settings
    daily_totals: DailyTotals
    clock: StreamTime
    catching_up = False

    @property
    def unheard_s(self) -> float:
        """For how long nothing has come from the process that keeps the day."""
        return 0.0

    @property
    def silent_s(self) -> float | None:
        """How long ago the newest tick came; None where the viewer sees that itself."""
        return None

    @property
    @abstractmethod
    def status(self) -> LinkStatus:
        """How the link does, and the recording."""

    @abstractmethod
    def say(self, command: Command) -> bool:
        """The wearer's word, for the pipeline and the recording. From the loop that runs `run`."""

    @abstractmethod
    def use(self, settings: Settings) -> None:
        """Judge by these from now on. For any thread."""

    def hear(self, *, on: bool) -> None:  # noqa: B027 - nothing to do here
        """Whether what the sensor sends shall be handed on. A viewer here gets it anyway."""

    def explain(self, t_s: float) -> Explanation | None:  # noqa: ARG002 - for others to override
        """What a viewer cannot find in its own results: nothing here."""
        return None

    @abstractmethod
    async def run(self, viewer: Viewer) -> None:
        """Until the stream ends or the run is cancelled."""
