"""Notifier: the desktop's notification service."""

from __future__ import annotations

import os
import sys
from typing import Any

from sensorcore.errors import SourceError
from sensorcore.notifiers.base import Notifier
from sensorcore.notifiers.words import Message
from sensorcore.text.escape import one_line


class Desktop(Notifier):
    """Notifications by `desktop-notifier`."""

    name = "desktop"

    def __init__(self) -> None:
        self._notifier: Any = None

    async def notify(self, message: Message) -> None:
        """Raises SourceError without a desktop, where the library would log a traceback and report success."""
        if sys.platform.startswith("linux") and not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            raise SourceError("there is no desktop session here", hint="Set channels.desktop to off, or start from the desktop.")
        from desktop_notifier import DesktopNotifier, Urgency  # noqa: PLC0415 - only paid for when used

        if self._notifier is None:
            self._notifier = DesktopNotifier(app_name="spinae")
        urgency = Urgency.Normal if message.urgent else Urgency.Low
        await self._notifier.send(title=one_line(message.title), message=one_line(message.text), urgency=urgency)
