"""Notifier: a POST of `{"schema": "spinae.message/1", "event", "title", "text"}` to the wearer's address."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from sensorcore.errors import SourceError
from sensorcore.notifiers.base import Notifier
from sensorcore.notifiers.words import Message
from sensorcore.text.secrets import masked

SCHEMA: Final = "spinae.message/1"


class Webhook(Notifier):
    """Posts messages to `url`."""

    name = "webhook"

    def __init__(self, url: str) -> None:
        self._url = url

    async def notify(self, message: Message) -> None:
        """Raises SourceError when the address does not accept it."""
        import aiohttp  # noqa: PLC0415 - only paid for when used

        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._url, json={"schema": SCHEMA, **asdict(message)}, allow_redirects=False) as answer,
            ):
                if answer.status >= 300:
                    raise SourceError(f"it answered {answer.status}", where=masked(self._url), hint="Check channels.webhook.")
        except aiohttp.ClientError as error:
            why = str(error).replace(self._url, masked(self._url))
            raise SourceError(f"nobody answers ({why})", where=masked(self._url), hint="Check channels.webhook.") from None
