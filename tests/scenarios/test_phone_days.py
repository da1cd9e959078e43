"""Ten minutes of work worn on a phone, over real HTTP and many times life's pace: the same alerts as on our own sensor."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.events import AlertRaised, Event
from sensorcore.links.phone.pairing import PhonePairings
from sensorcore.links.phone.poller import Pace, PhyphoxReader
from sensorcore.links.phone.receiver import Patience, PhoneReader
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock, StreamInfo
from sensorcore.pipeline.analysis import analyze
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.recording.reader import open_recording
from sensorcore.session.session import LiveSource, WearSession
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from tests.scenarios.test_third_party_sensors import on_our_own
from tests.sensorcore.links.phone.apps import AGENTS, Floats, Phyphox, SensorLogger, body
from tests.sensorcore.links.phone.test_receiver import HOST, until

pytestmark = pytest.mark.slow
RATE_HZ = 50.0
WITHIN_S = 1.0


def workday() -> tuple[Floats, Floats, Floats]:
    simulation = Simulation("workday-short", sample_rate_hz=RATE_HZ)
    block = SampleBlock.joined([piece.block for piece in simulation.pieces()])
    assert block.gyr_radps is not None
    return block.acc_mps2 / STANDARD_GRAVITY_MPS2, np.rad2deg(block.gyr_radps), block.t_s


class Seen:
    """A viewer that remembers the alerts."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reached_s = 0.0

    def begin(self, info: StreamInfo) -> None: ...

    def take(self, arrived: Iterable[Any], output: PipelineOutput) -> None:
        self.events += output.events
        if len(output.track):
            self.reached_s = output.track.last_end_s

    def alerts(self) -> list[tuple[float, int]]:
        return [(event.t_s, event.level) for event in self.events if isinstance(event, AlertRaised)]


@contextlib.asynccontextmanager
async def wearing(source: LiveSource, recording: Path) -> Any:
    about = Simulation("workday-short").info
    wear, seen = WearSession(source, Settings(), StreamInfo(profile_of(), nominal_up=about.nominal_up), recording), Seen()
    task = asyncio.create_task(wear.run(seen))
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.wait({task})


def same_alerts(seen: Seen, recording: Path) -> None:
    """As on our own, live and in a replay of what was recorded."""
    ours = on_our_own()
    assert len(ours) == 3
    assert [level for _, level in seen.alerts()] == [level for _, level in ours]
    assert max(abs(there - here) for (there, _), (here, _) in zip(seen.alerts(), ours, strict=True)) < WITHIN_S
    again = analyze(open_recording(recording), Settings())
    assert [(event.t_s, event.level) for event in again.alerts if isinstance(event, AlertRaised)] == seen.alerts()


@pytest.mark.parametrize(
    "app",
    [SensorLogger("android"), SensorLogger("ios", sends="split"), SensorLogger("ios", sends="uncalibrated", text_times=True)],
    ids=["android", "iphone", "iphone, uncalibrated"],
)
async def test_a_workday_pushed_by_sensor_logger(app: SensorLogger, tmp_path: Path) -> None:
    """With disorder, repeats and a server that says 'wait a moment' now and then."""
    rng = random.Random(1)
    sent = [message for _, message in app.bodies(*workday(), every_s=2.0)]
    order = [message for message in sent for _ in range(1 + (rng.random() < 0.05))]
    order.sort(key=lambda message: message["messageId"] + rng.choice([0, 0, 0, 1.5]))
    source = PhoneReader(PhonePairings(tmp_path), HOST, 0, patience=Patience(tick_s=0.02, hold_s=30.0, stall_s=60.0))
    async with wearing(source, tmp_path / "day.mcap") as seen, aiohttp.ClientSession() as http:
        await until(lambda: ":0/" not in source.url)
        for message in order:
            status = 429
            while status == 429:
                async with http.post(source.url, data=body(message), headers={"User-Agent": AGENTS[app.platform]}) as answer:
                    status = answer.status
                if status == 429:
                    await asyncio.sleep(0.1)
            assert status == 200
        await until(lambda: seen.reached_s > 598.0)
        assert source.status.lost == 0
        assert source.status.duplicates > 0
    same_alerts(seen, tmp_path / "day.mcap")


@pytest.mark.parametrize("digits", [8, 17], ids=["android", "iphone"])
async def test_a_workday_asked_of_phyphox(digits: int, tmp_path: Path) -> None:
    phone = Phyphox(*workday(), digits=digits)
    phone.control("start")
    with phone.serving() as port:
        source = PhyphoxReader(HOST, port, pace=Pace(every_s=0.01, stall_s=60.0))
        async with wearing(source, tmp_path / "day.mcap") as seen:
            await until(lambda: phone.asked > 2)  # connected only with samples, which come from now on
            for reached_s in np.arange(2.0, 602.0, 2.0):
                asked = phone.asked
                phone.measure(float(reached_s))
                await until(lambda asked=asked: phone.asked > asked + 1)
            await until(lambda: seen.reached_s > 598.0)
    same_alerts(seen, tmp_path / "day.mcap")
