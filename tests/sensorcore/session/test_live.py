"""A simulated sensor worn live, much faster than life, in the thread that a dashboard would leave it to."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, PainNoted, SnoozeEnded
from sensorcore.link import LinkState, LinkStatus
from sensorcore.pipeline.analysis import run as run_through
from sensorcore.pipeline.single import Pipeline
from sensorcore.recording.reader import open_recording
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from sensorcore.session.wearing import Wearing
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.live import SimulatedSensor
from sensorcore.track.minutes import DailyTotals

SPEED = 200.0
PATIENCE_S = 20.0


def until(condition: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s, "it did not come about"
        time.sleep(0.01)


@contextmanager
def worn(*, record_to: Path | None = None, speed: float = SPEED) -> Iterator[tuple[Live, SimulatedSensor]]:
    sensor = SimulatedSensor("workday-short", speed=speed)
    live = Live(WearSession(sensor, Settings(), sensor.info, record_to))
    live.start()
    try:
        yield live, sensor
    finally:
        live.stop()


def test_follows_the_present_looks_back_and_returns() -> None:
    with worn() as (live, sensor):
        until(lambda: live.snapshot().alerts_total > 0)
        first = live.snapshot()
        assert first.has_signal
        assert first.link is not None
        assert first.link.is_connected
        live.skip(-20.0)
        live.paused = True
        back = live.snapshot()
        assert back.t_s == pytest.approx(first.t_s - 20.0, abs=20.0)
        time.sleep(0.1)
        live.advance(0.1)
        assert live.snapshot().t_s == back.t_s
        live.paused = False
        live.advance(2.0)
        assert live.snapshot().t_s == pytest.approx(back.t_s + 2.0)
        live.seek(math.inf)
        until(lambda: live.snapshot().t_s > first.t_s + 5.0)
        live.seek_alert(-1)
        assert any(live.snapshot().t_s == event.t_s for event in live.events() if isinstance(event, AlertRaised))
    assert sensor.sent  # the alert was to be felt


@pytest.mark.slow
def test_what_is_recorded_replays_to_the_events_that_were_seen(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    with worn(record_to=path) as (live, _):
        until(lambda: live.snapshot().t_s > 100.0)
    assert live.finished
    recording = open_recording(path)
    assert recording.sealed
    replayed = [event for _, events, _, _ in run_through(recording, Settings()) for event in events]
    assert list(live.events()) == replayed
    assert any(isinstance(event, AlertRaised) for event in replayed)


def test_what_the_wearer_says_is_obeyed_recorded_and_replayed(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    with worn(record_to=path) as (live, _):
        assert not live.say("snooze")  # nothing is worn yet
        until(lambda: live.snapshot().t_s > 20.0)
        for kind, value in (("snooze", ""), ("mark", "wrong"), ("pain", "4 stiff after lunch"), ("zero", ""), ("resume", "")):
            assert live.say(kind, value)
        with pytest.raises(BadInput, match="no level of pain"):
            live.say("pain", "11")
        until(lambda: any(isinstance(event, SnoozeEnded) for event in live.events()))
        notices = live.snapshot().notices
        assert [type(event).__name__ for event in notices[:4]] == ["SnoozeEnded", "PainNoted", "Marked", "Snoozed"]
    assert not live.say("mark", "too late")
    replayed = [event for _, events, _, _ in run_through(open_recording(path), Settings()) for event in events]
    assert list(live.events()) == replayed
    pain = next(event for event in replayed if isinstance(event, PainNoted))
    assert (pain.level, pain.text) == (4, "stiff after lunch")


def test_time_never_runs_back_and_goes_on_when_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    with worn(speed=1.0) as (live, _):
        until(lambda: live.snapshot().has_signal)
        moments = []
        give_up_s = time.monotonic() + 0.5
        while time.monotonic() < give_up_s:
            moments.append(live.snapshot().t_s)
            time.sleep(0.005)
        assert moments == sorted(moments)
        assert live.snapshot().local_s == pytest.approx(time.time() % 86400.0, abs=2.0)
        # the sensor falls silent
        monkeypatch.setattr(live, "take", lambda *_: None)
        live._presence.arrived(30.0)
        s = live.snapshot()
        assert not s.has_signal
        assert s.t_s > moments[-1] + 25.0


def test_a_fault_is_told_in_the_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    path.touch()
    with worn(record_to=path) as (live, _):
        until(lambda: live.finished)
        assert "could not create the recording" in (live.snapshot().progress.problem or "")


def test_no_such_scenario_is_said() -> None:
    with pytest.raises(BadInput, match="no such scenario"):
        SimulatedSensor("nonsense")


def test_other_settings_hold_from_now_on() -> None:
    with worn() as (live, _):
        until(lambda: live.snapshot().t_s > 5.0)
        live.use(Settings().with_value("posture.threshold_deg", 5, "").with_value("motion.tau_acc_s", 2, ""))

        def heard() -> set[float]:
            return {event.why.threshold_deg for event in live.events() if isinstance(event, AlertRaised)}

        until(lambda: 5.0 in heard() or live.finished)
        assert 5.0 in heard()
        assert live.snapshot().threshold_deg == 5.0
        assert live.explain().sentence


@pytest.mark.parametrize(("every_s", "is_there_after_s", "is_gone_after_s"), [(0.0, 0.9, 1.1), (2.0, 4.5, 5.5)])
def test_a_sensor_that_sends_seconds_at_once_is_not_silent_between(
    monkeypatch: pytest.MonkeyPatch, every_s: float, is_there_after_s: float, is_gone_after_s: float
) -> None:
    simulation = Simulation("workday-short")
    pipeline = Pipeline(simulation.info, Settings())
    _, output = pipeline.step(pipeline.initial(), next(iter(simulation.pieces())).block)
    worn = SimpleNamespace(
        about=simulation.info,
        settings=Settings(),
        status=LinkStatus(state=LinkState.STREAMING, every_s=every_s),
        clock=SimpleNamespace(start_unix_ns=None, lag_s=0.0),
        daily_totals=DailyTotals(),
        catching_up=False,
        unheard_s=0.0,
        silent_s=None,
    )
    clock = SimpleNamespace(now_s=100.0)
    monkeypatch.setattr("sensorcore.view.presence.steady_s", lambda: clock.now_s)
    live = Live(cast("Wearing", worn))
    live.begin(simulation.info)
    live.take([], output)
    assert len(output.track)
    clock.now_s += is_there_after_s
    assert live.snapshot().has_signal
    clock.now_s += is_gone_after_s - is_there_after_s
    assert not live.snapshot().has_signal
