"""What a view may look at: a sensor worn here (`sensorcore.session.session.Wear`), or one that the daemon wears
(`sensorcore.daemon.remote.RemoteWear`)."""

from __future__ import annotations

from typing import Protocol

from sensorcore.commands import Command
from sensorcore.link import LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.posture.explain import Explanation
from sensorcore.session.session import Viewer
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals


class Wearing(Protocol):
    """`catching_up`: what comes is of before the view came. `unheard_s`: for how long nothing has been heard of what keeps the day;
    `silent_s`: how long ago the newest tick came, None where the view sees that itself."""

    @property
    def about(self) -> StreamInfo: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def daily_totals(self) -> DailyTotals: ...

    @property
    def status(self) -> LinkStatus: ...

    @property
    def source(self) -> HasStatus: ...

    @property
    def clock(self) -> HasStart: ...

    @property
    def catching_up(self) -> bool: ...

    @property
    def unheard_s(self) -> float: ...

    @property
    def silent_s(self) -> float | None: ...

    def say(self, command: Command) -> bool: ...

    def use(self, settings: Settings) -> None: ...

    def hear(self, *, on: bool) -> None: ...

    def explain(self, t_s: float) -> Explanation | None: ...

    async def run(self, viewer: Viewer) -> None: ...


class HasStatus(Protocol):
    """How the link to the sensor does."""

    @property
    def status(self) -> LinkStatus: ...


class HasStart(Protocol):
    """When the stream began, by the wall clock, and how long ago the newest sample was taken."""

    @property
    def start_unix_ns(self) -> int | None: ...

    @property
    def lag_s(self) -> float: ...
