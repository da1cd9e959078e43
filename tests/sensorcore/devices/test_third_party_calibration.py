"""The guided calibration on each third-party sensor, and on a phone: a simulated wearer does what is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
import pytest

from sensorcore.devices import third_party_driver
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.phone import Phone
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock
from sensorcore.motion.vectors import angle_deg
from sensorcore.ports import Incoming
from sensorcore.session.guided_calibration import watched
from sensorcore.simulator import Simulation
from tests.sensorcore.devices.encoders import ENCODERS
from tests.sensorcore.devices.test_third_party import delivered
from tests.sensorcore.links.phone.apps import SensorLogger
from tests.sensorcore.links.phone.test_sensorlogger import notes

ASKED_S = 90.0
"""Standing, bowing three times and sitting down take a minute."""
PHONE = "phone"


def sent(kind: str) -> tuple[Simulation, type[DeviceDriver], list[Notification]]:
    name, rate_hz, encode = ENCODERS.get(kind, (PHONE, 50.0, None))
    simulation = Simulation("workday-short", sample_rate_hz=rate_hz)
    block = SampleBlock.joined([piece.block for piece in simulation.pieces()])[: round(ASKED_S * rate_hz)]
    assert block.gyr_radps is not None
    motion = block.acc_mps2 / STANDARD_GRAVITY_MPS2, np.rad2deg(block.gyr_radps), block.t_s
    if encode is None:
        app = SensorLogger("ios", sends="split")
        return simulation, Phone, notes(app, list(app.bodies(*motion)))
    driver = third_party_driver(name)
    assert driver is not None
    return simulation, driver, delivered(list(encode(*motion)), replies=name == "polar-verity-sense")


@pytest.mark.parametrize(
    "kind", [kind if kind == "polar-h10" else pytest.param(kind, marks=pytest.mark.slow) for kind in (*ENCODERS, PHONE)]
)
async def test_stand_bow_sit_finds_the_wearer(kind: str) -> None:
    simulation, driver, arriving = sent(kind)

    async def arrivals() -> AsyncGenerator[Incoming, None]:
        for each in arriving:
            yield each

    (found,) = await asyncio.wait_for(watched(arrivals(), lambda _: None, (driver,)), 60.0)
    truth = simulation.info.calibration
    assert truth is not None
    assert set(found.upright) == {"standing", "sitting"}
    for state, upright in truth.upright.items():
        assert angle_deg(np.asarray(found.upright[state]), np.asarray(upright)) < 2.0
    assert found.forward is not None
    assert truth.forward is not None
    assert angle_deg(np.asarray(found.forward), np.asarray(truth.forward)) < 8.0
