"""Sets of exercises in the history: those that a replay of the recording counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorcore.commands import Command
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.events import SetEnded
from sensorcore.history.ingest import ingest
from sensorcore.history.store import History
from sensorcore.model import Notification
from sensorcore.pipeline.analysis import run
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.opening import open_source
from sensorcore.recording.writer import RecordingWriter
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.link import notifications
from sensorcore.simulator.scenario import load

SAID = [(33.5, "pelvic_tilt"), (80.0, ""), (137.0, "bird_dog"), (202.0, ""), (202.5, "childs_pose"), (235.0, "")]


def record(path: Path) -> Path:
    """The bundled routine, its exercises opened and closed by the wearer."""
    simulation = Simulation(load("routine"), 1, sample_rate_hz=52.0)
    start_ns = simulation.info.start_unix_ns or 0
    writer = RecordingWriter(path, RecordingInfo(simulation.info, SpinaeSensor.name), sync=False)
    said = list(SAID)
    for _, arrived in notifications(simulation):
        for frame in (each for each in arrived if isinstance(each, Notification)):
            while said and frame.arrival_unix_ns > start_ns + said[0][0] * 1e9:
                t_s, name = said.pop(0)
                writer.command(Command(t_s, "exercise", name))
            writer.notifications([frame])
    writer.close()
    return path


@pytest.mark.slow
def test_the_history_has_the_sets_that_a_replay_counts_however_often_it_is_entered(tmp_path: Path) -> None:
    path = record(tmp_path / "routine.mcap")
    source = open_source(path)
    ended = [event for _, events, _, _ in run(source, Settings()) for event in events if isinstance(event, SetEnded)]
    start_s = (source.info.start_unix_ns or 0) / 1e9
    day = int(start_s) // 86400
    with History(tmp_path / "history.sqlite", simulated=True) as history:
        ingest(history, path, Settings(), ended=False)
        first = history.rep_sets(day, day)
        ingest(history, path, Settings())
        assert history.rep_sets(day, day) == first
    assert [(each.exercise, each.side, each.repetitions) for each in first] == [
        ("pelvic_tilt", "", 7), ("bird_dog", "right", 3), ("bird_dog", "left", 3), ("childs_pose", "", 1),
    ]  # fmt: skip
    replayed = {event.exercise: event.reps for event in ended}
    assert sum(each.repetitions for each in first) == sum(map(len, replayed.values()))
    assert first[0].start_unix_s == pytest.approx(start_s + replayed["pelvic_tilt"][0].start_s)
    (hold,) = replayed["childs_pose"]
    assert first[-1].hold_s == pytest.approx(hold.quality.hold_s)
    assert all(each.score is not None and 0.5 < each.score <= 1.0 for each in first)
