"""The bundled recording of somebody who does a routine, through the routine that they do: it counts what they did."""

from __future__ import annotations

import pytest

from sensorcore.commands import Command
from sensorcore.events import Event, SetEnded
from sensorcore.model import SampleBlock
from sensorcore.pipeline.single import Pipeline
from sensorcore.recording.reader import open_recording
from sensorcore.routine.guide import SensorInput, done_share, initial, step
from sensorcore.routine.programme import Programme, programmes
from sensorcore.routine.shown import show
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.scenario import load
from tests.project import ROOT

RECORDING = ROOT / "recordings" / "routine.mcap"
HALF_SECOND = 52
BEGINS_S = 20.0
"""The wearer calibrates first."""


@pytest.mark.slow
def test_the_recorded_routine_counts_what_the_wearer_did() -> None:
    programme = programmes()["full_reset"]
    source = open_recording(RECORDING)
    pipeline = Pipeline(source.info, Settings())
    state, guide = pipeline.initial(), initial(programme)
    ended: list[SetEnded] = []
    opened = ""
    for item in source.items():
        assert isinstance(item, SampleBlock)
        for begin in range(0, len(item), HALF_SECOND):
            block = item[begin : begin + HALF_SECOND]
            state, output = pipeline.step(state, block)
            events: list[Event] = list(output.events)
            flexion, lateral = output.track.flexion_deg, output.track.lateral_deg
            now_s = float(block.t_s[-1])
            if now_s < BEGINS_S or not len(flexion):
                continue
            heard = SensorInput(True, True, events, float(flexion[-1]), float(lateral[-1]))
            guide = step(programme, guide, now_s, heard)
            shown = show(programme, guide, heard)
            for name in ("", shown.opened) if shown.opened != opened else ():
                state, said = pipeline.step(state, Command(now_s, "exercise", name))
                ended += [event for event in said.events if isinstance(event, SetEnded)]
            opened = shown.opened
    true = [each for each in Simulation(load("routine"), 1).trunk.repetitions() if each.counts == "full"]
    assert guide.phase == "over", guide
    assert done_share(programme, guide) == 1.0
    assert [tally.count for tally in guide.tallies] == [sum(each.exercise == name for each in true) for name in _names(programme)]
    bird_dog = guide.tallies[2]
    assert (bird_dog.left, bird_dog.right) == tuple(
        sum(each.exercise == "bird_dog" and each.side == side for each in true) for side in ("left", "right")
    )
    assert {event.exercise: len(event.reps) for event in ended} == {
        name: sum(each.exercise == name for each in true) for name in _names(programme)[:-1]
    }


def _names(programme: Programme) -> list[str]:
    return [each.exercise.name if each.exercise else "" for each in programme.steps]
