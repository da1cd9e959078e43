"""Feedback that has faded, through the whole line: later, said so, and the same in a replay."""

from __future__ import annotations

from dataclasses import replace

from sensorcore.events import AlertRaised
from sensorcore.model import RestartState
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import HabitSettings, Settings
from sensorcore.view.player import Player
from tests.streams import Stream, workday


def first_alert(feedback: float, settings: Settings = Settings()) -> AlertRaised:  # noqa: B008
    info, block = workday()
    pipeline = Pipeline(replace(info, carried=RestartState(feedback=feedback)), settings)
    _, output = pipeline.step(pipeline.initial(), block)
    return next(event for event in output.events if isinstance(event, AlertRaised))


def test_an_alert_comes_later_and_says_that_feedback_has_faded() -> None:
    whole, half = first_alert(1.0), first_alert(0.5)
    assert (whole.why.dwell_s, whole.why.feedback) == (15.0, 1.0)
    assert (half.why.dwell_s, half.why.feedback) == (30.0, 0.5)
    assert half.why.threshold_deg == whole.why.threshold_deg
    off = first_alert(0.5, Settings(habit=HabitSettings(fading="off")))
    assert off == whole


def test_the_screen_and_why_say_it() -> None:
    info, block = workday()
    player = Player(Stream(replace(info, carried=RestartState(feedback=0.5)), [block]), Settings())
    while player.compute():
        pass
    alert = next(event for event in player.events() if isinstance(event, AlertRaised))
    player.seek(alert.t_s)
    assert player.snapshot().feedback == 0.5
    assert "Your posture has held: nudges have faded to 50%." in player.explain().sentence
    player.seek(alert.t_s - 5.0)
    assert "An alert comes after 30 s" in player.explain().sentence
    nudge = player.snapshot().next_alert
    assert nudge is not None
    assert nudge.in_s is not None
    assert 4.0 <= nudge.in_s <= 6.0
