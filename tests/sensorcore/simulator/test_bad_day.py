"""A day on which everything goes wrong: the product survives it, and calls unknown what it cannot know."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import recordings
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, Event, GapFound, PutOn, SensorSlipped, TakenOff
from sensorcore.pipeline.analysis import run
from sensorcore.pipeline.single import Pipeline
from sensorcore.recording.reader import Recording, open_recording
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation, load
from sensorcore.simulator.faults import KINDS, Fault, settled
from sensorcore.simulator.link import notifications
from sensorcore.track.posture_track import SLOUCHED, TICK_HZ, PostureTrack
from sensorcore.track.totals import TickTotals
from tests.examples import examples

pytestmark = pytest.mark.slow  # simulates many minutes


@pytest.fixture(scope="module")
def day() -> Recording:
    return open_recording(Path(recordings.__path__[0]) / "bad-day.mcap")


@pytest.fixture(scope="module")
def outcome(day: Recording) -> tuple[list[PostureTrack], list[Event], float]:
    tracks, events, last_s = [], [], 0.0
    for track, found, _, block in run(day, Settings()):
        tracks.append(track)
        events += found
        last_s = float(block.t_s[-1]) if block is not None else last_s
    return tracks, events, last_s


def test_every_kind_of_fault_happens_and_the_truth_tells_of_it(day: Recording) -> None:
    assert {fault.kind for fault in load("bad-day").faults} == set(KINDS)
    assert {value["fault"] for value in day.truth() if "fault" in value} == set(KINDS)
    temperatures = [value["temperature_c"] for value in day.truth() if "temperature_c" in value]
    assert len(temperatures) == 25
    assert max(temperatures) > temperatures[0] + 10.0


def test_the_parts_add_up_to_the_wear_time(outcome: tuple[list[PostureTrack], list[Event], float]) -> None:
    tracks, _, last_s = outcome
    totals = TickTotals()
    for track in tracks:
        totals.add(track)
    assert totals.counts.judged + totals.counts.unknown == totals.counts.worn
    assert totals.counts.total / TICK_HZ == pytest.approx(last_s, abs=1.0 / TICK_HZ)
    assert last_s == pytest.approx(1470.0, abs=0.5), "the battery is empty"
    missing_s = [value["end_s"] - value["t_s"] for value in _silences()]
    assert totals.counts.unknown / TICK_HZ > sum(missing_s)


def test_no_alert_comes_out_of_unknown_time(outcome: tuple[list[PostureTrack], list[Event], float]) -> None:
    tracks, events, _ = outcome
    index = np.concatenate([track.index for track in tracks])
    posture = np.concatenate([track.posture for track in tracks])
    assert (np.diff(index) > 0).all()
    alerts = [event for event in events if isinstance(event, AlertRaised)]
    assert alerts, "three slouches are real"
    for alert in alerts:
        at = int(np.searchsorted(index, round(alert.t_s * TICK_HZ) - 1))
        assert index[at] == round(alert.t_s * TICK_HZ) - 1
        assert posture[at] == SLOUCHED
        assert not any(value["t_s"] <= alert.t_s < value["end_s"] for value in _silences())


def test_what_is_missing_is_found_and_what_is_damaged_left_out(
    day: Recording, outcome: tuple[list[PostureTrack], list[Event], float]
) -> None:
    gaps = [event for event in outcome[1] if isinstance(event, GapFound)]
    for silence in _silences():
        near = [gap for gap in gaps if abs(gap.t_s - silence["end_s"]) < 0.6]
        assert len(near) == 1, silence
        assert near[0].missing_s == pytest.approx(silence["end_s"] - silence["t_s"], abs=0.5)
    assert day.rejected > 5
    assert day.duplicates > 50


FAULT = st.builds(
    Fault,
    kind=st.sampled_from(list(KINDS)),
    at_s=st.floats(0.0, 58.0),
    duration_s=st.none() | st.floats(0.1, 20.0),
)


@pytest.mark.slow
@given(faults=st.lists(FAULT, max_size=8), seed=st.integers(0, 99))
@examples(12)
def test_any_faults_are_survived(faults: list[Fault], seed: int) -> None:
    try:
        simulation = Simulation("workday-short", seed, duration_s=60.0, faults=faults)
    except BadInput:  # too short, or two that cannot be at once
        reject()
    driver = SpinaeSensor(simulation.info.device)
    pipeline = Pipeline(simulation.info, Settings())
    state, decoding = pipeline.initial(), driver.initial()
    totals, last_s = TickTotals(), 0.0
    for _, arrived in notifications(simulation):
        decoding, decoded = driver.decode(decoding, arrived)
        if len(decoded.block):
            last_s = float(decoded.block.t_s[-1])
            state, output = pipeline.step(state, decoded.block)
            totals.add(output.track)
    totals.add(pipeline.finish(state)[1].track)
    assert totals.counts.total / TICK_HZ == pytest.approx(last_s, abs=1.01 / TICK_HZ)
    # how long a sensor was gone is told by arrivals, each of which may be half a second late
    restarts = sum(fault.kind in ("reboot", "battery") for fault in simulation.faults)
    assert last_s < 60.5 + 0.5 * (1 + restarts)


def _silences() -> list[dict[str, float]]:
    """Stretches of the truth without data that reached the host in time, before the end."""
    found = []
    for fault in settled(load("bad-day").faults, "bad-day"):
        if fault.kind in ("reboot", "backfill") or fault.share == 1.0 or (fault.kind == "battery" and fault.duration_s):
            found.append({"t_s": fault.at_s, "end_s": fault.end_s})
        if fault.kind == "stall" and fault.ring_s is not None and fault.end_s - fault.ring_s > fault.at_s:
            found.append({"t_s": fault.at_s, "end_s": fault.end_s - fault.ring_s})
    return found


def test_off_it_is_not_worn_and_put_back_askew_it_asks_to_be_zeroed(outcome: tuple[list[PostureTrack], list[Event], float]) -> None:
    _, events, _ = outcome
    (off,) = (fault for fault in load("bad-day").faults if fault.kind == "off")
    taken, put = (event for event in events if isinstance(event, (TakenOff, PutOn)))
    assert isinstance(taken, TakenOff)
    assert taken.since_s == pytest.approx(off.at_s, abs=10.0)
    assert taken.t_s < off.at_s + 120.0
    assert off.end_s < put.t_s < off.end_s + 120.0
    assert not any(isinstance(event, AlertRaised) and off.at_s <= event.t_s <= put.t_s for event in events)
    assert any(isinstance(event, SensorSlipped) and event.t_s > off.end_s for event in events)
