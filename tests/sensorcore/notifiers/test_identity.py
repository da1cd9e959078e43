"""Two wearers at one broker are two devices, and what all wearers once shared is taken away when nobody uses it."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from sensorcore.errors import BadSetting
from sensorcore.notifiers.chosen import chosen
from sensorcore.notifiers.identity import FILE_NAME, FORMER, Identities
from sensorcore.notifiers.mqtt import Mqtt
from sensorcore.notifiers.words import Message
from sensorcore.settings import NotifierSettings, Settings
from tests.sensorcore.notifiers.test_notifiers import broker, free_port, until

pytestmark = pytest.mark.filterwarnings("ignore")  # the broker's, not ours
MESSAGE = Message("Test", "spinae", "a test")


def notifier_of(home: Path, port: int, name: str = "", *, is_trial: bool = False) -> Mqtt:
    (found,) = chosen(NotifierSettings(mqtt=f"mqtt://127.0.0.1:{port}", mqtt_name=name), home, is_trial=is_trial)
    assert isinstance(found, Mqtt)
    return found


@asynccontextmanager
async def heard(port: int) -> AsyncIterator[dict[str, str]]:
    """The newest of each topic."""
    found: dict[str, str] = {}

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            found[str(message.topic)] = bytes(message.payload).decode()  # type: ignore[arg-type]

    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe("#")
        listening = asyncio.create_task(listen(client))
        try:
            yield found
        finally:
            listening.cancel()


async def test_two_wearers_share_nothing_but_the_broker(tmp_path: Path) -> None:
    port = free_port()
    async with broker(port), heard(port) as said:
        one, two = notifier_of(tmp_path / "one", port, "Anna"), notifier_of(tmp_path / "two", port)
        await one.state({"posture": "upright"})
        await two.state({"posture": "slouched"})
        names = [Identities(tmp_path / each).load().name for each in ("one", "two")]
        await until(lambda: all(f"spinae/{name}/state" in said for name in names))
        assert [json.loads(said[f"spinae/{name}/state"])["posture"] for name in names] == ["upright", "slouched"]
        described = [json.loads(value) for topic, value in said.items() if topic.startswith("homeassistant/")]
        assert len({each["unique_id"] for each in described}) == len(described) == 10
        assert {each["device"]["name"] for each in described} == {"spinae Anna", "spinae"}
        await two.close()
        await until(lambda: said[f"spinae/{names[1]}/online"] == "offline")
        assert said[f"spinae/{names[0]}/online"] == "online"
        await one.state({"posture": "upright"})  # the other's client id did not throw it out
        await one.close()


async def test_a_test_message_beside_the_daemon_leaves_its_presence_alone(tmp_path: Path) -> None:
    port = free_port()
    async with broker(port), heard(port) as said:
        daemon, trial = notifier_of(tmp_path, port), notifier_of(tmp_path, port, is_trial=True)
        await daemon.state({"posture": "upright"})
        await trial.notify(MESSAGE)
        await trial.close()
        name = Identities(tmp_path).load().name
        await until(lambda: f"spinae/{name}/message" in said)
        await daemon.state({"posture": "slouched"})
        await until(lambda: "slouched" in said[f"spinae/{name}/state"])
        assert said[f"spinae/{name}/online"] == "online"
        await daemon.close()


@pytest.mark.parametrize("others", ["gone", "online"])
async def test_what_was_published_under_the_former_name_is_taken_away_once_nobody_uses_it(tmp_path: Path, others: str) -> None:
    port = free_port()
    async with broker(port), heard(port) as said:
        before = Mqtt(f"mqtt://127.0.0.1:{port}", FORMER)
        await before.state({"posture": "upright"})
        if others == "gone":
            await before.close()
        await until(lambda: f"spinae/{FORMER}/online" in said)
        now = notifier_of(tmp_path, port)
        await now.state({"posture": "upright"})
        await until(lambda: f"spinae/{Identities(tmp_path).load().name}/state" in said)
        left = {topic for topic, value in said.items() if "spine/" in topic and value}
        assert bool(left) == (others == "online")
        assert Identities(tmp_path).load().retires == (others == "online")
        await now.close()
        await before.close()


def test_the_name_is_made_once_private_and_survives_what_is_wrong_with_its_file(tmp_path: Path) -> None:
    identities = Identities(tmp_path / "state")
    first = identities.load()
    assert identities.load() == first
    assert first.retires
    assert stat.S_IMODE(identities.path.stat().st_mode) == 0o600
    identities.retired(first)
    assert not identities.load().retires
    for text in ("", "[]", '{"name": "a/b"}', '{"name": 3}', '{"name": "#"}', "\x00"):
        identities.path.write_text(text)
        assert identities.load() == identities.load()
    identities.path.write_text('{"name": "spine"}')
    assert identities.load().name == FORMER
    (tmp_path / "file").write_text("")
    assert Identities(tmp_path / "file").load() == Identities(tmp_path / "file").load()
    assert len({Identities(tmp_path / str(each)).load().name for each in range(50)}) == 50
    assert identities.path.name == FILE_NAME


def test_a_readable_name_is_short_and_printable() -> None:
    assert Settings().with_value("channels.mqtt_name", "Zoë's back", "here").channels.mqtt_name == "Zoë's back"
    for wrong in ("x" * 41, "a\nb", "\x1b[31m"):
        with pytest.raises(BadSetting, match="no name"):
            Settings().with_value("channels.mqtt_name", wrong, "here")
