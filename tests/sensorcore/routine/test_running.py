"""A whole routine on a sensor that is worn: counted live, recorded, and the same again from the recording."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sensorcore.history.ingest import ingest
from sensorcore.history.store import History
from sensorcore.routine.guide import done_share
from sensorcore.routine.programme import named
from sensorcore.routine.running import Running
from sensorcore.session.live import Live
from sensorcore.session.session import BUZZ_BEGIN, BUZZ_DONE, WearSession
from sensorcore.settings import Settings
from sensorcore.simulator.live import SimulatedSensor


@pytest.mark.slow
def test_the_simulated_wearer_does_it_and_the_recording_tells_it_again(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    sensor = SimulatedSensor("routine", speed=10.0)
    live = Live(WearSession(sensor, Settings(), sensor.info, path))
    running = Running(named("full_reset"), live)
    live.start()
    try:
        shown = running.advance(0.0)
        while shown.phase != "over" and not live.finished:
            time.sleep(0.02)
            shown = running.advance(live.snapshot().t_s)
        running.close()
        time.sleep(0.2)
    finally:
        live.stop()
    counts = {step.title: tally.count for step, tally in zip(running.programme.steps, running.state.tallies, strict=True)}
    assert counts == {"Pelvic tilt": 7, "Bridge": 5, "Bird dog": 6, "Child's pose": 1, "Breathe": 0}
    assert done_share(running.programme, running.state) > 0.9
    assert {BUZZ_BEGIN, BUZZ_DONE} == set(sensor.sent)
    day = (sensor.info.start_unix_ns or 0) // 86_400_000_000_000
    with History(tmp_path / "history.sqlite", simulated=True) as history:
        ingest(history, path, Settings())
        sets = history.rep_sets(day - 1, day + 1)
    kept = {name: sum(each.repetitions for each in sets if each.exercise == name) for name in ("pelvic_tilt", "bridge", "bird_dog")}
    assert kept == {"pelvic_tilt": 7, "bridge": 5, "bird_dog": 6}
