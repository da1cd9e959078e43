"""Health checks of what a day of wearing needs, each with its finding and, for a problem, the remedy."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sensorcore import settings
from sensorcore.errors import SpinaeError
from sensorcore.links.ble import problems
from sensorcore.links.ble.connection import introduce
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.scan import scan
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.known import KnownSensors
from sensorcore.recording.recover import unsealed
from sensorcore.storage.write import in_words, private_folder

SCAN_S: Final = 4.0
LEAST_FREE_BYTES: Final = 500_000_000
"""Ten days: a day of eight hours takes about 40 MB."""
EARLIEST_UNIX_S: Final = 1_750_000_000
"""June 2025, before this was written: a clock that says less was never set."""
LOW_BATTERY_PERCENT: Final = 15


@dataclass(frozen=True, slots=True)
class Finding:
    """`about`: what was looked at. `hint` is empty when all is well."""

    about: str
    what: str
    hint: str = ""

    @property
    def is_well(self) -> bool:
        return not self.hint

    @classmethod
    def of(cls, about: str, error: SpinaeError) -> Finding:
        where = f"{error.where}: " if error.where not in ("", about) else ""
        return cls(about, f"{where}{error.what}", error.hint or "See above")


def examine(data_folder: Path, settings_path: Path, radio: Radio, *, scan_s: float = SCAN_S) -> Iterator[Finding]:
    """All checks, each as soon as it is made. Changes nothing but a file in the data folder, which it takes away
    again."""
    yield _settings(settings_path)
    yield from _disk(data_folder)
    yield clock(time.time())
    yield from asyncio.run(examine_radio(data_folder, radio, scan_s=scan_s))


def clock(unix_s: float) -> Finding:
    """Quiet hours and days need the right time."""
    if unix_s < EARLIEST_UNIX_S:
        return Finding("clock", "this machine's clock was never set", "Set it, or switch network time on")
    return Finding("clock", time.strftime("%Y-%m-%d %H:%M, %Z", time.localtime(unix_s)))


async def examine_radio(data_folder: Path, radio: Radio, *, scan_s: float = SCAN_S) -> list[Finding]:
    """Bluetooth, and the sensors that are known or near."""
    try:
        heard = await scan(radio, duration_s=scan_s)
    except SpinaeError as error:
        return [Finding.of("Bluetooth", error)]
    findings = [Finding("Bluetooth", "works")]
    try:
        known = KnownSensors(data_folder).load()
    except SpinaeError as error:
        return [*findings, Finding.of("sensors", error)]
    if not heard:
        return [*findings, Finding.of("sensor", problems.said(problems.OUT_OF_RANGE))]
    serials = {each.serial for each in known}
    return findings + [await _sensor(sighting, radio, serials) for sighting in heard]


async def _sensor(sighting: Sighting, radio: Radio, known: set[str]) -> Finding:
    said = await introduce(sighting, radio, Timing(connect_s=8.0))
    about = f"sensor {said.serial or sighting.name}"
    if said.problem:
        return Finding(about, said.problem, problems.HELD_HERE[1] if sighting.is_held else problems.HELD[1])
    battery = "unknown" if said.battery_percent is None else f"{said.battery_percent}%"
    what = f"{'worn before' if said.serial in known else 'new'}, battery {battery}, {sighting.rssi_dbm} dBm"
    low = said.battery_percent is not None and said.battery_percent < LOW_BATTERY_PERCENT
    return Finding(about, what, "Charge it" if low else "")


def _settings(path: Path) -> Finding:
    try:
        settings.load(path)
    except SpinaeError as error:
        return Finding.of("settings", error)
    return Finding("settings", str(path) if path.exists() else "the defaults")


def _disk(folder: Path) -> Iterator[Finding]:
    trial = folder / ".doctor"
    try:
        with in_words("write to the data folder", folder):
            private_folder(folder)
            trial.write_bytes(b"spinae")
            trial.unlink()
            free = shutil.disk_usage(folder).free
    except SpinaeError as error:
        yield Finding.of("disk", error)
        return
    few = free < LEAST_FREE_BYTES
    yield Finding("disk", f"{free / 1e9:.1f} GB free for {folder}", "Free some space: a day takes about 40 MB" if few else "")
    if left := unsealed(folder / "recordings"):
        yield Finding("recordings", f"{len(left)} were cut short", "`spinae wear` mends them when it starts")
