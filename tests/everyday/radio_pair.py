"""The daemon of two sensors on the software radio: `python -m tests.everyday.radio_pair SOCKET`. The sensors are our own, called
A (SP-000A, upper back) and B (SP-000B); everything from their radio on is the real thing."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from dataclasses import replace
from pathlib import Path

from sensorcore.daemon.hub import Hub
from sensorcore.daemon.keeper import Keeper
from sensorcore.model import StreamInfo
from sensorcore.pair.source import PairSource
from sensorcore.settings import Settings
from sensorcore.source.ble.known import KnownSensor, KnownSensors
from sensorcore.source.drivers.spinae_sensor import profile_of
from sensorcore.wear import Wear
from tests.radio.rig import bumble_rig
from tui.cli.places import data_folder


async def main() -> None:
    about = StreamInfo(profile_of(), placement="upper_back")
    about = replace(about, second=replace(about, placement="lower_back"))
    async with bumble_rig() as rig, contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(rig.stop)
        for name in "AB":
            await rig.add(serial=f"SP-000{name}", name=name, speed=1.0)
        remember = KnownSensors(data_folder()).remember

        def wear() -> Wear:
            return Wear(
                PairSource(*(rig.reader(KnownSensor("", name, name), remember=remember) for name in "AB")), Settings(), about
            )

        await Keeper(wear, Hub(Settings()), Path(sys.argv[1])).run()


if __name__ == "__main__":
    asyncio.run(main())
