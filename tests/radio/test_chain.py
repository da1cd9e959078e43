"""The whole chain with the real firmware: chip registers → MicroPython → radio → bleak → pipeline → alert on the dashboard, and the
buzz back to the motor."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.events import AlertRaised
from sensorcore.model import StreamInfo
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator import simulate
from tests.radio.micropython.process import MICROPYTHON, NO_MICROPYTHON, write_motion
from tests.radio.rig import Rig
from tests.radio.test_firmware import MOTOR_PIN, chain_of
from tests.radio.test_wear import InThisLoop
from tests.tui.app.test_dashboard import text
from tui.app.dashboard import Dashboard

pytestmark = [pytest.mark.radio, pytest.mark.skipif(MICROPYTHON is None, reason=NO_MICROPYTHON)]


async def test_a_slouch_before_the_chip_reaches_the_dashboard_and_the_buzz_the_motor(bare_rig: Rig, tmp_path: Path) -> None:
    worn = simulate("workday-short", duration_s=200.0)
    motion = write_motion(tmp_path / "motion.i32", worn.block)
    async with chain_of(bare_rig, tmp_path, motion) as chain:
        await chain.press()
        about = StreamInfo(profile_of(), calibration=worn.info.calibration, name="back")
        live = InThisLoop(WearSession(chain.reader(), Settings(), about))
        app = Dashboard(live, title="back")
        async with app.run_test(size=(110, 30)) as pilot:
            await bare_rig.until(lambda: any(isinstance(event, AlertRaised) for event in live.events()), 30.0)
            await bare_rig.until(lambda: any(chain.board.duties(MOTOR_PIN)))
            app.draw()
            await pilot.pause()
            assert "leaned forward" in text(app)
            assert "● live · battery 62%" in text(app)
        await asyncio.wait({live.task})
