"""The daemon of two sensors on the software radio: `python -m tests.end_to_end.radio_pair`. The sensors are our own, called
A (SP-000A, upper back) and B (SP-000B); everything from their radio on is the real thing."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from sensorcore.daemon.address import socket_path
from sensorcore.daemon.guard import holding_home
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.links.known import KnownSensor, KnownSensors
from sensorcore.model import StreamInfo
from sensorcore.session.pair_source import PairSource
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from tests.radio.rig import bumble_rig
from tui.places.folders import data_folder


async def main() -> None:
    about = StreamInfo(profile_of(), placement="upper_back")
    about = replace(about, second=replace(about, placement="lower_back"))
    async with bumble_rig() as rig, contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(rig.stop)
        remember = KnownSensors(data_folder()).remember
        upper, lower = (rig.reader(KnownSensor("", name, name), remember=remember) for name in "AB")

        async def switch_on() -> None:
            """One after the other: Bumble connects only one at a time."""
            await rig.add(serial="SP-000A", name="A", speed=1.0)
            while not upper.status.is_connected:
                await asyncio.sleep(0.05)
            await rig.add(serial="SP-000B", name="B", speed=1.0)

        place = socket_path(data_folder())
        switching = asyncio.create_task(switch_on())
        with holding_home(data_folder(), "spinae daemon", place) as guard:
            await Supervisor(
                lambda: WearSession(PairSource(upper, lower), Settings(), about), Hub(Settings()), place, guard=guard
            ).run()
        await switching


if __name__ == "__main__":
    asyncio.run(main())
