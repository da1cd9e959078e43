"""The whole chain: a sensor's radio → reader → engine → recording and dashboard, and the buzz back to the sensor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from firmware_protocol import wire
from firmware_protocol.packets import Buzz, SampleFrame
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.events import AlertRaised, Event, GapFound, LinkBack, LinkEvent, LinkLost, MoveReminder
from sensorcore.links.known import KnownSensor
from sensorcore.model import Notification, StreamInfo
from sensorcore.motion.vectors import angle_deg
from sensorcore.pipeline.analysis import run as run_through
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.recording.reader import open_recording
from sensorcore.session.guided_calibration import guided
from sensorcore.session.live import Live
from sensorcore.session.replay import arrivals
from sensorcore.session.session import BUZZ_MOVE, BUZZES, LiveClock, LiveSource, WearSession, _Buzzer
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.track.track_log import empty_track
from tests.radio.peripheral import Peripheral
from tests.radio.rig import Rig
from tests.tui.app.test_dashboard import text
from tests.tui.moments import WHY
from tui.app.dashboard import Dashboard

WORN = KnownSensor("", "back", "")


class InThisLoop(Live):
    """Worn in the test's own event loop, where the software radio is."""

    @property
    def source(self) -> LiveSource:
        return self._wear.source

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self.run())

    def stop(self) -> None:
        self.task.cancel()


async def worn(rig: Rig, record_to: Path | None) -> tuple[InThisLoop, Peripheral]:
    """A sensor on a simulated wearer, and it being worn."""
    simulation = Simulation(duration_s=110.0)
    counts = np.concatenate([piece.counts for piece in simulation.pieces()])
    sensor = await rig.add(serial="SP-0009", name="back", speed=rig.top_speed, counts=counts)
    sensor.scale = simulation.model.scale
    about = StreamInfo(profile_of(), calibration=simulation.info.calibration, name="back")
    return InThisLoop(WearSession(rig.reader(WORN), Settings(), about, record_to)), sensor


def without_link(events: tuple[Event, ...]) -> list[Event]:
    return [event for event in events if not isinstance(event, LinkEvent)]


@pytest.mark.slow
async def test_a_slouch_reaches_the_dashboard_and_the_buzz_the_sensor(rig: Rig, tmp_path: Path) -> None:
    live, sensor = await worn(rig, tmp_path / "day.mcap")
    app = Dashboard(live, title="back")
    async with app.run_test(size=(110, 30)) as pilot:
        await rig.until(lambda: any(isinstance(event, AlertRaised) for event in live.events()), 10.0)
        await rig.until(lambda: any(isinstance(command, Buzz) for command in sensor.received))
        app.draw()
        await pilot.pause()
        screen = text(app)
        assert "leaned forward" in screen
        assert "● live · battery 87%" in screen
        rig.air.walk_away()
        await rig.until(lambda: bool(live.snapshot().progress.problem))
        app.draw()
        await pilot.pause()
        screen = text(app)
        assert "× back: the" in screen  # "… connection broke", and a moment later "… sensor is not to be heard"
        assert "× searching" in screen
        rig.air.come_back()
        await rig.until(lambda: live.snapshot().progress.problem is None)
        await rig.until(lambda: live.snapshot().has_signal)
        app.draw()
        await pilot.pause()
        assert "× back: the" not in text(app)
    await asyncio.wait({live.task})
    recording = open_recording(tmp_path / "day.mcap")
    assert recording.sealed
    assert [type(event) for event in live.events() if isinstance(event, LinkEvent)] == [LinkLost, LinkBack]


@pytest.mark.slow
async def test_what_was_recorded_of_a_broken_link_replays_to_the_same_events(rig: Rig, tmp_path: Path) -> None:
    live, _ = await worn(rig, tmp_path / "day.mcap")
    live.start()
    await rig.until(lambda: live.snapshot().t_s > 20.0, 10.0)
    rig.air.walk_away()
    await rig.until(lambda: not live.snapshot().link.is_connected)  # type: ignore[union-attr]
    await asyncio.sleep(0.5)
    rig.air.come_back()
    await rig.until(lambda: any(isinstance(event, AlertRaised) for event in live.events()), 10.0)
    live.stop()
    await asyncio.wait({live.task})
    recording = open_recording(tmp_path / "day.mcap")
    replayed = [event for _, events, _, _ in run_through(recording, Settings()) for event in events]
    assert without_link(live.events()) == replayed
    assert any(isinstance(event, AlertRaised) for event in replayed)
    payloads = [each.payload for each in arrivals(recording) if isinstance(each, Notification)]
    frames = [SampleFrame.from_bytes(payload) for payload in payloads if payload[0] == wire.DATA_TAG]
    assert [frame.sequence for frame in frames] == list(range(frames[0].sequence, frames[0].sequence + len(frames)))
    assert not any(isinstance(event, GapFound) for event in replayed)


async def test_calibrates_over_the_radio(rig: Rig) -> None:
    live, sensor = await worn(rig, None)
    sensor.is_sampling = False  # the wearer waits to be told
    calibrating = asyncio.create_task(guided(live.source, lambda _: None))
    await rig.until(lambda: live.source.status.is_connected)
    sensor.is_sampling = True
    (found,) = await asyncio.wait_for(calibrating, 10.0)
    assert live.info.calibration is not None
    for state, upright in live.info.calibration.upright.items():
        assert angle_deg(np.asarray(found.upright[state]), np.asarray(upright)) < 2.0


async def test_a_recording_that_cannot_be_written_ends_it_with_a_sentence(rig: Rig, tmp_path: Path) -> None:
    place = tmp_path / "day.mcap"
    place.write_text("kept")
    live, _ = await worn(rig, place)
    live.start()
    await rig.until(lambda: live.finished)
    assert "day.mcap: could not create the recording" in (live.snapshot().progress.problem or "")
    assert place.read_text() == "kept"


@pytest.mark.parametrize("level", [1, 5])
async def test_buzzes_for_old_alerts_are_not_sent(level: int) -> None:
    """Only an alert about the present may buzz."""

    class Source:
        def __init__(self) -> None:
            self.sent: list[object] = []

        def send(self, command: object) -> bool:
            self.sent.append(command)
            return True

    class Clock(LiveClock):
        lag_s = 0.0

    source, clock = Source(), Clock()
    buzzer = _Buzzer(source, clock)  # type: ignore[arg-type]
    output = PipelineOutput(empty_track(), (AlertRaised(5.0, "slouch", level, WHY),))
    buzzer.take([], output)
    assert source.sent == [BUZZES[0] if level == 1 else BUZZES[-1]]
    clock.lag_s = 30.0
    buzzer.take([], output)
    assert len(source.sent) == 1
    clock.lag_s = 0.0
    buzzer.take([], PipelineOutput(empty_track(), (MoveReminder(3600.0, 3600.0),)))
    assert source.sent[1:] == [BUZZ_MOVE]
