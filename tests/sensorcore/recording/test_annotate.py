"""What is said while looking back is in the recording afterwards, at its moment, and everything else is as it was."""

import shutil
from pathlib import Path

import pytest

import recordings
from sensorcore.commands import Command
from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, Marked, PainNoted
from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import annotate
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from sensorcore.whatif.tune import MARK_WITHIN_S

BUNDLED = Path(recordings.__path__[0]) / "workday-short.mcap"


def test_marks_and_pain_are_told_at_their_moment_and_the_rest_is_untouched(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    shutil.copy(BUNDLED, path)
    player = Player(open_recording(path), Settings())
    player.keeps_notes = True
    player.seek(300.0)
    while player.compute():
        pass
    player.seek_alert(-1)
    alert_s = player.cursor_s
    assert player.say("mark", "wrong")
    assert player.snapshot().notices[0] == Marked(alert_s, "wrong")
    assert player.say("pain", "3 stiff")
    assert not player.say("snooze")
    with pytest.raises(BadInput):
        player.say("pain", "much")
    player.seek(1.0)
    assert player.say("mark", "early")
    before = [n.payload for n in open_recording(path).notifications()]
    annotate(path, player.said)
    again = open_recording(path)
    assert again.sealed
    assert [n.payload for n in again.notifications()] == before
    replay = Player(again, Settings())
    while replay.compute(lookahead_s=1e9):
        pass
    events = replay.events()
    wrong = next(event for event in events if event == Marked(event.t_s, "wrong"))
    meant = [event for event in events if isinstance(event, AlertRaised) and 0 <= wrong.t_s - event.t_s <= MARK_WITHIN_S]
    assert meant[-1].t_s == pytest.approx(alert_s)
    assert any(isinstance(event, PainNoted) and (event.level, event.text) == (3, "stiff") for event in events)
    assert events[0].t_s <= next(event for event in events if event == Marked(event.t_s, "early")).t_s < 4.0
    assert list(tmp_path.iterdir()) == [path]


def test_a_bundled_recording_keeps_nothing() -> None:
    player = Player(open_recording(BUNDLED), Settings())
    assert not player.say("mark", "wrong")


def test_what_is_no_recording_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    path.write_bytes(b"not a recording")
    with pytest.raises(BadInput):
        annotate(path, [Command(1.0, "mark", "x")])
    assert path.read_bytes() == b"not a recording"
