"""A session in this process with the notifiers of the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from sensorcore.daemon.hub import Hub
from sensorcore.daemon.supervisor import UPDATE_EVERY_S, present
from sensorcore.model import StreamInfo
from sensorcore.notifiers.base import Notifiers
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.session.session import WearSession
from sensorcore.session.wearing import Viewer


@dataclass(slots=True)
class NotifyingSession(WearSession):
    """`WearSession` with notifiers; back-filled data notifies nobody, as in the daemon."""

    notifiers: Notifiers = field(default_factory=lambda: Notifiers(()))

    async def run(self, viewer: Viewer) -> None:
        """As `WearSession.run`."""
        hub = Hub(self.settings, [self.notifiers])
        async with self.notifiers.running(partial(present, hub)):
            following = asyncio.create_task(self._follow(hub))
            try:
                await WearSession.run(self, _Both(viewer, hub))  # slots make another class of it, which super() does not know
            finally:
                following.cancel()

    async def _follow(self, hub: Hub) -> None:
        while True:
            hub.update(self.status, self.clock.start_unix_ns, self.clock.lag_s)
            await asyncio.sleep(UPDATE_EVERY_S)


class _Both:
    def __init__(self, *viewers: Viewer) -> None:
        self._viewers = viewers

    def begin(self, info: StreamInfo) -> None:
        for each in self._viewers:
            each.begin(info)

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        arrived = tuple(arrived)
        for each in self._viewers:
            each.take(arrived, output)
