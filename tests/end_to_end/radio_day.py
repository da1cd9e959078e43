"""The daemon of a morning on the software radio: `python -m tests.end_to_end.radio_day SOCKET RECORDING SCENARIO SPEED`. The sensor
is one of our own on a simulated wearer; everything from its radio on is the real thing."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from pathlib import Path

import numpy as np

from sensorcore.daemon.guard import holding_home
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.links.known import KnownSensor
from sensorcore.model import StreamInfo
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.scenario import load
from tests.radio.rig import bumble_rig
from tui.places.folders import data_folder

WORN = KnownSensor("", "back", "")


async def main() -> None:
    socket, recording, scenario, speed = sys.argv[1:]
    simulation = Simulation(load(scenario))
    counts = np.concatenate([piece.counts for piece in simulation.pieces()])
    about = StreamInfo(
        profile_of(), utc_offset_s=time.localtime().tm_gmtoff, calibration=simulation.info.calibration, name="back",
        placement=simulation.info.placement, simulated=True,
    )  # fmt: skip
    async with bumble_rig() as rig, contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(rig.stop)
        sensor = await rig.add(serial="SP-0009", name="back", speed=float(speed), counts=counts)
        sensor.scale = simulation.model.scale

        def wear() -> WearSession:
            return WearSession(rig.reader(WORN), Settings(), about, Path(recording))

        with holding_home(data_folder(), "spinae daemon", Path(socket)) as guard:
            await Supervisor(wear, Hub(Settings()), Path(socket), guard=guard).run()


if __name__ == "__main__":
    asyncio.run(main())
