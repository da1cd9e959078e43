"""The table of docs/sensors.md that says what `spinae scan` and `spinae wear` make of each third-party sensor, found by doing
both over the software radio: `python -m tests.radio.sensors_table` writes it there anew, a test holds it to what is found."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.model import SampleBlock, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.recording.reader import open_recording
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from tests.project import ROOT
from tests.radio.rig import bumble_rig
from tests.radio.test_third_party import NAMES, Desk
from tui.cli.scan import look, table

DOCS = ROOT / "docs" / "sensors.md"
BEGIN, END = "<!-- made by tests/radio/sensors_table.py: begin -->\n", "<!-- end -->\n"
HEAD = (
    "| called | `spinae scan` says | `spinae wear`: posture after 2 s, recorded, replayed | axes, rate | battery told | worn told |"
    " buzz | stopped at the end |\n|---|---|---|---|---|---|---|---|\n"
)


@dataclass
class Seen:
    """A viewer that notes what the stream is and how far the posture is known."""

    info: StreamInfo | None = None
    known_s: float = 0.0

    def begin(self, info: StreamInfo) -> None:
        self.info = info

    def take(self, arrived: Iterable[Any], output: PipelineOutput) -> None:
        if len(output.track):
            self.known_s = output.track.last_end_s


async def row(desk: Desk, family: str, folder: Path) -> str:
    """What was found of one."""
    sensor = await desk.add(family)
    said = table([each for each in await look(desk.rig.radio, 1.0, quick=True) if each[0].name == sensor.name], set())
    remark = said.splitlines()[1].split(sensor.address)[-1].strip()
    reader, seen, recording = desk.reader(sensor), Seen(), folder / f"{family}.mcap"
    wear = WearSession(reader, Settings(), StreamInfo(profile_of(), name=sensor.name), recording)
    task = asyncio.create_task(wear.run(seen))
    await desk.rig.until(lambda: seen.known_s > 2.0 and reader.status.battery_percent is not None, 60.0)
    status, can_buzz = reader.status, reader._can_buzz
    task.cancel()
    await asyncio.wait({task})
    assert seen.info is not None
    samples = sum(len(each) for each in open_recording(recording).items() if isinstance(each, SampleBlock))
    device = seen.info.device
    stops = {"polar-h10": 0x03, "polar-verity-sense": 0x03, "movesense": 0x02}
    stopped = "needs none"
    if family in stops:
        told = any(value[:1] == bytes((stops[family],)) for _, value in sensor.received)
        stopped = "yes" if told and not sensor.running else "no"
    cells = (
        f"`{sensor.name}`",
        remark,
        "yes" if samples > device.sample_rate_hz else "no",
        f"{6 if device.has_gyroscope else 3}, {device.sample_rate_hz:g} Hz",
        "yes" if status.battery_percent is not None else "no",
        "no" if status.worn is None else "yes",
        "yes" if can_buzz else "no",
        stopped,
    )
    return f"| {' | '.join(cells)} |\n"


async def made() -> str:
    """The whole table."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for family in NAMES:
            async with bumble_rig() as rig:
                desk = Desk(rig)
                rows.append(await row(desk, family, Path(folder)))
                for sensor in desk.sensors:
                    await sensor.stop()
    return HEAD + "".join(rows)


def in_docs() -> str:
    """As it stands there."""
    return DOCS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def main() -> int:
    """Write it anew."""
    logging.disable()  # Bumble tells of each notification that comes before it is subscribed to
    text = DOCS.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    DOCS.write_text(before + BEGIN + asyncio.run(made()) + END + after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
