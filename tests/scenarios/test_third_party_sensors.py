"""Ten minutes of work worn on each third-party sensor: the same alerts as on our own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sensorcore.devices import Driver, driver_named
from sensorcore.devices.spinae_encode import encode_block
from sensorcore.events import AlertRaised
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock, StreamInfo
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from tests.sensorcore.devices.encoders import ENCODERS
from tests.sensorcore.devices.test_third_party import START_NS, delivered

PIECE = 200
WITHIN_S = {"polar-h10": 20.0}
"""Without angular rate a movement blurs when a slouch began and ended; the alerts are the same."""
USUAL_WITHIN_S = 1.0


def alerts(info: StreamInfo, driver: Driver, notes: list[Notification]) -> list[tuple[float, int]]:
    """(stream time, level) of each."""
    pipeline = Pipeline(replace(info, device=driver.profile), Settings())
    state, decoding, events = pipeline.initial(), driver.initial(), []
    for begin in range(0, len(notes), PIECE):
        decoding, decoded = driver.decode(decoding, notes[begin : begin + PIECE])
        for item in decoded.items():
            state, output = pipeline.step(state, item)
            events += output.events
    events += pipeline.finish(state)[1].events
    return [(event.t_s, event.level) for event in events if isinstance(event, AlertRaised)]


@cache
def on_our_own() -> list[tuple[float, int]]:
    simulation = Simulation("workday-short")
    block = SampleBlock.joined([piece.block for piece in simulation.pieces()])
    frames = encode_block(block, session_id=1, scale=simulation.model.scale)
    notes = [Notification(START_NS + number * 154_000_000, frame) for number, frame in enumerate(frames)]
    return alerts(simulation.info, driver_named("spinae-sensor", simulation.info.device), notes)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ENCODERS)
def test_a_workday_ends_with_the_same_alerts(kind: str) -> None:
    name, rate_hz, encode = ENCODERS[kind]
    simulation = Simulation("workday-short", sample_rate_hz=rate_hz)
    block = SampleBlock.joined([piece.block for piece in simulation.pieces()])
    assert block.gyr_radps is not None
    sent = list(encode(block.acc_mps2 / STANDARD_GRAVITY_MPS2, np.rad2deg(block.gyr_radps), block.t_s))
    notes = delivered(sent, replies=name == "polar-verity-sense")
    found, ours = alerts(simulation.info, driver_named(name), notes), on_our_own()
    assert len(ours) == 3
    assert [level for _, level in found] == [level for _, level in ours]
    off_s = [abs(there - here) for (there, _), (here, _) in zip(found, ours, strict=True)]
    assert max(off_s) < WITHIN_S.get(name, USUAL_WITHIN_S)
