"""The channels that the settings ask for."""

from __future__ import annotations

from sensorcore.channels.base import Channel
from sensorcore.channels.desktop import Desktop
from sensorcore.channels.mqtt import Mqtt
from sensorcore.channels.sound import Sound
from sensorcore.channels.webhook import Webhook
from sensorcore.settings import ChannelSettings


def chosen(settings: ChannelSettings) -> list[Channel]:
    """None by default: nothing leaves the machine unless somebody asked for it. Raises BadSetting."""
    found: list[Channel] = []
    if settings.desktop == "on":
        found.append(Desktop())
    if settings.sound == "on":
        found.append(Sound())
    if settings.mqtt:
        found.append(Mqtt(settings.mqtt))
    if settings.webhook:
        found.append(Webhook(settings.webhook))
    return found
