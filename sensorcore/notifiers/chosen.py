"""The notifiers that the settings ask for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sensorcore.notifiers.base import Notifier
from sensorcore.notifiers.desktop import Desktop
from sensorcore.notifiers.identity import Identities
from sensorcore.notifiers.mqtt import Mqtt
from sensorcore.notifiers.sound import Sound
from sensorcore.notifiers.webhook import Webhook
from sensorcore.settings import NotifierSettings


def chosen(settings: NotifierSettings, state_folder: Path, *, is_trial: bool = False) -> list[Notifier]:
    """None by default: nothing leaves the machine unasked. `state_folder` keeps the wearer's identity for MQTT; `is_trial`: for
    a test message. Raises BadSetting."""
    found: list[Notifier] = []
    if settings.desktop == "on":
        found.append(Desktop())
    if settings.sound == "on":
        found.append(Sound())
    if settings.mqtt:
        identities = Identities(state_folder)
        own = identities.load()
        retired = partial(identities.retired, own) if own.retires else None
        found.append(Mqtt(settings.mqtt, own.name, wearer=settings.mqtt_name, is_trial=is_trial, retired=retired))
    if settings.webhook:
        found.append(Webhook(settings.webhook))
    return found
