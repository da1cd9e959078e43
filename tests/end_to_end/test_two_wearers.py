"""Two wearers with a home each at one broker, as one household has it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.killing import BROKER
from tests.end_to_end.programs import Home, new_home, until
from tests.sensorcore.notifiers.test_notifiers import free_port

pytestmark = pytest.mark.slow
LISTEN = """
import asyncio, json, sys, aiomqtt
async def main():
    while True:
        try:
            async with aiomqtt.Client("127.0.0.1", int(sys.argv[1])) as client:
                await client.subscribe("#")
                print(json.dumps(["ready", ""]), flush=True)
                async for message in client.messages:
                    print(json.dumps([str(message.topic), bytes(message.payload).decode()]), flush=True)
        except aiomqtt.MqttError:
            await asyncio.sleep(0.1)
asyncio.run(main())
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Home]:
    with new_home(tmp_path / "other") as made:
        yield made


def test_each_is_a_device_of_its_own_and_one_that_stops_takes_nobody_along(home: Home, other: Home) -> None:
    port, said = free_port(), dict[str, str]()
    broker = subprocess.Popen([sys.executable, "-c", BROKER, str(port)], stderr=subprocess.DEVNULL)
    listener = subprocess.Popen([sys.executable, "-c", LISTEN, str(port)], stdout=subprocess.PIPE, text=True)

    def listen() -> None:
        assert listener.stdout is not None
        for line in listener.stdout:
            topic, payload = json.loads(line)
            said[topic] = payload

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    try:
        until(lambda: "ready" in said or None, "the broker")
        for each in (home, other):
            each.start("daemon", "run", "--sensor", "sim:workday-short", "--set", f"channels.mqtt=mqtt://127.0.0.1:{port}")
        online = until(
            lambda: found if len(found := {topic for topic in said if topic.endswith("/online")}) == 2 else None,
            "both",
            lambda: said,
        )
        until(lambda: True if sum(topic.endswith("/state") for topic in said) == 2 else None, "both states")
        ids = [json.loads(value)["unique_id"] for topic, value in said.items() if topic.endswith("/config")]
        assert len(set(ids)) == len(ids) == 10
        assert other.run("daemon", "stop").returncode == 0
        until(
            lambda: True if sorted(said[topic] for topic in online) == ["offline", "online"] else None, "one offline", lambda: said
        )
    finally:
        for each in (listener, broker):
            each.kill()
            each.wait()
        assert listener.stdout is not None
        listening.join(20)
        listener.stdout.close()
