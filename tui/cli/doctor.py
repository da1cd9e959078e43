"""`spinae doctor`: faults of this machine and of the files, each with a remedy."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from sensorcore import settings
from sensorcore.doctor import SCAN_S, examine
from sensorcore.errors import SpinaeError
from sensorcore.links.ble.radio import Radio
from sensorcore.notifiers.base import GIVE_UP_S, Notifier
from sensorcore.notifiers.chosen import chosen
from sensorcore.notifiers.words import Message
from sensorcore.text.escape import one_line
from tui.places.folders import data_folder, settings_path, state_folder

EPILOG = """example:
  spinae doctor            exits with 1 when something needs mending
  spinae doctor --notify   try the channels that are set up (desktop, sound, MQTT, webhook)"""

FRESH_RADIO = Radio()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=SCAN_S, metavar="S", help=f"how long to listen (default {SCAN_S:g})")

    parser.add_argument("--notify", action="store_true", help="send a test message through every channel that is set up")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    if args.notify:
        return _notify()
    well = True
    for finding in examine(data_folder(), settings_path(), radio, scan_s=max(0.5, args.seconds)):
        well &= finding.is_well
        print(f"{'●' if finding.is_well else '×'} {one_line(finding.about)}: {one_line(finding.what)}", flush=True)
        if not finding.is_well:
            print(f"    {one_line(finding.hint)}.", flush=True)
    return 0 if well else 1


def _notify() -> int:
    notifiers = chosen(settings.load(settings_path()).channels, state_folder(), is_trial=True)
    if not notifiers:
        print("No channel is set up; `spinae config show` lists channels.*.")
        return 0
    return asyncio.run(_try_all(notifiers))


async def _try_all(notifiers: Sequence[Notifier]) -> int:
    well = True
    test = Message("Test", "spinae", "This is how an alert reaches you.", urgent=True)
    for notifier in notifiers:
        try:
            async with asyncio.timeout(GIVE_UP_S):
                await notifier.notify(test)
                await notifier.close()
            print(f"● {notifier.name}: told", flush=True)
        except (SpinaeError, TimeoutError) as error:
            well = False
            print(f"× {notifier.name}: {one_line(str(error)) or 'no answer'}", flush=True)
    return 0 if well else 1
