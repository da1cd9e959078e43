"""Channels against the real thing: an MQTT broker, a web server, a player, a desktop that is not there. None may touch the day."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import stat
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import pytest
from aiohttp import web
from amqtt.broker import Broker

from sensorcore.errors import BadSetting, SourceError
from sensorcore.events import AlertRaised, Corrected, Event, GapFound, Why
from sensorcore.notifiers import base
from sensorcore.notifiers.base import Notifiers
from sensorcore.notifiers.chosen import chosen
from sensorcore.notifiers.desktop import Desktop
from sensorcore.notifiers.mqtt import Mqtt
from sensorcore.notifiers.sound import RATE_HZ, Sound, notes
from sensorcore.notifiers.webhook import Webhook
from sensorcore.notifiers.words import Message, message_of
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.settings import NotifierSettings, Settings
from sensorcore.track.track_log import empty_track

ALERT = AlertRaised(60.0, "slouch", 1, Why("sitting", "forward", 22.4, 15.0, 15.0, "sitting", False))
URGENT = Message("AlertRaised", "Time to sit up", "Leaned forward 22° for 15 s (limit 15°).", urgent=True)
PATIENCE_S = 20.0


def happened(*events: Event) -> PipelineOutput:
    return PipelineOutput(empty_track(), events)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def broker(port: int) -> AsyncIterator[None]:
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    running = Broker({"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, "plugins": plugins})
    await running.start()
    try:
        yield
    finally:
        await running.shutdown()


def test_what_is_told_and_what_is_not() -> None:
    assert message_of(ALERT) == URGENT
    good = message_of(Corrected(70.0, 8.0))
    assert good is not None
    assert (good.title, good.text, good.urgent) == ("Good again", "8 s after the alert.", False)
    assert message_of(GapFound(1.0, 0.5)) is None


@pytest.mark.filterwarnings("ignore")  # the broker's, not ours
async def test_home_assistant_finds_the_state_and_hears_when_we_are_gone() -> None:
    port = free_port()
    heard: dict[str, str] = {}
    async with broker(port), aiomqtt.Client("127.0.0.1", port) as listener:
        await listener.subscribe("#")

        async def listen() -> None:
            async for message in listener.messages:
                heard[str(message.topic)] = bytes(message.payload).decode()  # type: ignore[arg-type]

        listening = asyncio.create_task(listen())
        notifiers = Notifiers([Mqtt(f"mqtt://127.0.0.1:{port}", "spine")])
        async with notifiers.running(lambda: {"posture": "slouched", "alerts": 1}):
            notifiers.take((), happened(ALERT))
            await until(lambda: "spinae/spine/state" in heard)
        await until(lambda: heard["spinae/spine/online"] == "offline")
        listening.cancel()
    assert json.loads(heard["spinae/spine/message"])["title"] == "Time to sit up"
    assert json.loads(heard["spinae/spine/state"])["posture"] == "slouched"
    config = json.loads(heard["homeassistant/binary_sensor/spinae_spine/slouched/config"])
    assert config["state_topic"] == "spinae/spine/state"
    assert config["availability_topic"] == "spinae/spine/online"
    assert notifiers.problems == {}


@pytest.mark.filterwarnings("ignore")
async def test_a_broker_that_goes_and_comes_back_is_found_again() -> None:
    port = free_port()
    notifier = Mqtt(f"mqtt://127.0.0.1:{port}", "spine")
    for _ in range(2):
        with pytest.raises(SourceError, match="cannot be reached"):
            await notifier.notify(URGENT)
        async with broker(port):
            await notifier.notify(URGENT)
        await asyncio.sleep(0.1)
    await notifier._drop()


async def test_a_webhook_gets_json_and_a_refusal_is_told() -> None:
    got: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=500 if len(got) > 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    hook = Webhook(f"http://127.0.0.1:{port}/hook")
    await hook.notify(URGENT)
    with pytest.raises(SourceError, match="answered 500"):
        await hook.notify(URGENT)
    await runner.cleanup()
    with pytest.raises(SourceError, match="nobody answers"):
        await hook.notify(URGENT)
    assert got[0] == {
        "schema": "spinae.message/1",
        "event": "AlertRaised",
        "title": URGENT.title,
        "text": URGENT.text,
        "urgent": True,
    }


async def test_sound_goes_to_a_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    player, heard = tmp_path / "pw-play", tmp_path / "heard.wav"
    player.write_text(f'#!/bin/sh\ncp "$1" {heard}\n')
    player.chmod(player.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    await Sound().notify(Message("Corrected", "Good again", ""))
    assert not heard.exists()
    await Sound().notify(URGENT)
    with wave.open(io.BytesIO(heard.read_bytes())) as file:
        assert (file.getframerate(), file.getnchannels()) == (RATE_HZ, 1)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert 3000 < np.abs(samples).max() < 16000
    assert heard.read_bytes() == notes()
    player.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(SourceError, match="could not play"):
        await Sound().notify(URGENT)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(SourceError, match="is installed"):
        await Sound().notify(URGENT)


async def test_without_a_desktop_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(SourceError, match="no desktop session"):
        await Desktop().notify(URGENT)


class Odd:
    """A channel that hangs, or raises what it likes."""

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        self.name = name
        self.told: list[Message] = []
        self._fault = fault

    async def notify(self, message: Message) -> None:
        self.told.append(message)
        if self._fault is not None:
            raise self._fault
        if self.name == "hangs":
            await asyncio.sleep(3600)

    async def state(self, status: dict[str, Any]) -> None: ...

    async def close(self) -> None: ...


async def test_a_channel_that_hangs_or_fails_costs_only_its_own_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "GIVE_UP_S", 0.05)
    hangs, fails, works = Odd("hangs"), Odd("fails", ValueError("oops")), Odd("works")
    notifiers = Notifiers([hangs, fails, works])
    async with notifiers.running(dict):
        for _ in range(100):
            notifiers.take((), happened(ALERT))
        await until(lambda: len(works.told) == base.WAITING)
        await until(lambda: len(hangs.told) > 2)
        assert notifiers.problems["fails"] == "ValueError: oops"
        assert "no answer" in notifiers.problems["hangs"]
        assert "works" not in notifiers.problems
        assert notifiers.dropped == 3 * (100 - base.WAITING)


async def test_nothing_leaves_the_machine_unless_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert chosen(Settings().channels, tmp_path) == []
    asked = chosen(NotifierSettings(desktop="on", sound="on", mqtt="mqtt://localhost", webhook="http://localhost/x"), tmp_path)
    assert [notifier.name for notifier in asked] == ["desktop", "sound", "mqtt", "webhook"]
    for key, wrong in (("mqtt", "localhost"), ("mqtt", "http://x"), ("webhook", "mqtt://x"), ("webhook", "nonsense")):
        with pytest.raises(BadSetting, match="is no address"):
            Settings().with_value(f"channels.{key}", wrong, "here")
    with pytest.raises(BadSetting):
        Mqtt("localhost", "spine")
    secret = Settings().with_value("channels.mqtt", "mqtt://me:secret@localhost", "here")
    assert "secret" not in json.dumps(secret.to_record())


@pytest.mark.filterwarnings("ignore")  # the broker's, not ours
async def test_a_state_that_is_no_longer_true_is_not_left_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while the day goes on, nor retained at the broker after it."""
    monkeypatch.setattr(base, "LOOK_EVERY_S", 0.05)
    port, heard = free_port(), list[Any]()
    now: dict[str, Any] = {"posture": "upright", "has_signal": True}
    async with broker(port), aiomqtt.Client("127.0.0.1", port) as listener:
        await listener.subscribe("spinae/+/state")

        async def listen() -> None:
            async for message in listener.messages:
                heard.append(json.loads(message.payload))  # type: ignore[arg-type]

        listening = asyncio.create_task(listen())
        async with Notifiers([Mqtt(f"mqtt://127.0.0.1:{port}", "spine")]).running(lambda: dict(now)):
            await until(lambda: heard)
            now.update(posture="unknown", has_signal=False)
            await until(lambda: not heard[-1]["has_signal"])
            now.update(posture="upright", has_signal=True)
            await until(lambda: heard[-1]["has_signal"])
            now.update(posture="unknown", has_signal=False)
        await until(lambda: not heard[-1]["has_signal"])
        listening.cancel()
