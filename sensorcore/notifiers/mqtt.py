"""Notifier: MQTT for home automation, messages and the present state, with Home Assistant's discovery."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import unquote

from sensorcore.errors import BadSetting, SourceError
from sensorcore.notifiers.base import Notifier
from sensorcore.notifiers.identity import FORMER
from sensorcore.notifiers.words import Message
from sensorcore.text.secrets import address_parts

RETAINED_WITHIN_S: Final = 2.0
"""A broker sends what it retains with the answer to a subscription."""
DISCOVERY: Final = "homeassistant"
EXPIRES_AFTER_S: Final = 30
"""Three missed states (`sensorcore.notifiers.base.STATE_EVERY_S`): Home Assistant then shows "unknown"."""
DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
_SENSORS: Final = {
    "posture": {"name": "Posture", "value_template": "{{ value_json.posture }}", "icon": "mdi:human-handsup"},
    "context": {"name": "Doing", "value_template": "{{ value_json.context }}", "icon": "mdi:walk"},
    "inclination": {"name": "Lean", "value_template": "{{ value_json.inclination_deg }}", "unit_of_measurement": "°"},
    "alerts": {"name": "Alerts today", "value_template": "{{ value_json.alerts }}", "icon": "mdi:bell"},
}


class Mqtt(Notifier):
    """Client of the broker at `url` (mqtt://user:password@host:port, or mqtts for TLS) under the topic `spinae/<identity>`.

    `wearer`: the name shown in Home Assistant. `is_trial`: a test message beside a daemon that may be running, whose presence
    it must not touch. `retired` is called once the broker holds nothing of the `FORMER` name."""

    name = "mqtt"

    def __init__(
        self,
        url: str,
        identity: str,
        *,
        wearer: str = "",
        is_trial: bool = False,
        retired: Callable[[], None] | None = None,
    ) -> None:
        """Raises BadSetting for an address that is none."""
        parts = address_parts(url, DEFAULT_PORTS)
        if parts is None:
            raise BadSetting("this is no broker", where="channels.mqtt", hint="Write for example mqtt://localhost:1883.")
        self._where = f"{parts.hostname}:{parts.port or DEFAULT_PORTS[parts.scheme]}"
        self._options: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or DEFAULT_PORTS[parts.scheme],
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
        }
        self._encrypted = parts.scheme == "mqtts"
        self._identity = identity
        self._topic = f"spinae/{identity}"
        self._options["identifier"] = f"spinae-{identity}{'-trial' if is_trial else ''}"
        self._wearer = wearer
        self._is_trial = is_trial
        self._retired = retired
        self._stack: AsyncExitStack | None = None
        self._client: Any = None

    async def notify(self, message: Message) -> None:
        """Raises SourceError when the broker cannot be reached."""
        await self._publish(f"{self._topic}/message", asdict(message))

    async def state(self, status: dict[str, Any]) -> None:
        await self._publish(f"{self._topic}/state", status, retain=True)

    async def close(self) -> None:
        if self._client is not None and not self._is_trial:
            await self._publish(f"{self._topic}/online", "offline", retain=True)
        await self._drop()

    async def _publish(self, topic: str, value: object, *, retain: bool = False) -> None:
        from aiomqtt import MqttError  # noqa: PLC0415 - only paid for when used

        try:
            if self._client is None:
                await self._connect()
            await self._client.publish(topic, value if isinstance(value, str) else json.dumps(value), qos=1, retain=retain)
        except (MqttError, OSError) as error:
            await self._drop()
            hint = "Is the broker running, and are user and password in channels.mqtt right?"
            raise SourceError(f"the broker cannot be reached ({error})", where=self._where, hint=hint) from None

    async def _connect(self) -> None:
        from aiomqtt import Client, TLSParameters, Will  # noqa: PLC0415

        online = f"{self._topic}/online"
        will = None if self._is_trial else Will(online, "offline", qos=1, retain=True)  # the broker says it when we die
        tls = TLSParameters() if self._encrypted else None
        stack = AsyncExitStack()
        self._client = await stack.enter_async_context(Client(**self._options, will=will, tls_params=tls, timeout=5.0))
        self._stack = stack
        if self._is_trial:
            return
        await self._retire()
        for topic, description in self.discovery().items():
            await self._client.publish(topic, json.dumps(description), qos=1, retain=True)
        await self._client.publish(online, "online", qos=1, retain=True)

    async def _retire(self) -> None:
        """Clear the topics of the `FORMER` name, unless it is online: an older version of spinae, or a wearer who chose it."""
        if self._retired is None or self._identity == FORMER:
            return
        online = f"spinae/{FORMER}/online"
        await self._client.subscribe(online, qos=1)
        said = ""
        try:
            async with asyncio.timeout(RETAINED_WITHIN_S):
                async for message in self._client.messages:
                    if str(message.topic) == online:  # some brokers send more than was asked for
                        said = bytes(message.payload).decode(errors="replace")
                        break
        except TimeoutError:
            pass
        await self._client.unsubscribe(online)
        if said == "online":
            return
        if said:
            former = Mqtt(f"mqtt://{self._options['hostname']}", FORMER)
            for topic in (*former.discovery(), *(f"spinae/{FORMER}/{part}" for part in ("state", "online", "message"))):
                await self._client.publish(topic, b"", qos=1, retain=True)
        self._retired()
        self._retired = None

    async def _drop(self) -> None:
        stack, self._stack, self._client = self._stack, None, None
        if stack is not None:
            from aiomqtt import MqttError  # noqa: PLC0415

            with suppress(MqttError, OSError):  # it is gone already
                await stack.aclose()

    def discovery(self) -> dict[str, dict[str, Any]]:
        """Topic → description, as Home Assistant's MQTT discovery wants them."""
        name = f"spinae {self._wearer}".strip()
        device = {"identifiers": [f"spinae_{self._identity}"], "name": name, "manufacturer": "spinae"}
        common = {
            "state_topic": f"{self._topic}/state",
            "availability_topic": f"{self._topic}/online",
            "expire_after": EXPIRES_AFTER_S,
            "device": device,
        }
        found = {
            f"{DISCOVERY}/sensor/spinae_{self._identity}/{name}/config": {
                **common,
                **about,
                "unique_id": f"spinae_{self._identity}_{name}",
            }
            for name, about in _SENSORS.items()
        }
        slouched = {
            **common,
            "name": "Slouched",
            "device_class": "problem",
            "value_template": "{{ 'ON' if value_json.posture == 'slouched' else 'OFF' }}",
            "unique_id": f"spinae_{self._identity}_slouched",
        }
        return {**found, f"{DISCOVERY}/binary_sensor/spinae_{self._identity}/slouched/config": slouched}
