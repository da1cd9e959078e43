"""`spinae serve`: the dashboard as a local web page."""

from __future__ import annotations

import argparse
import asyncio
import signal

from sensorcore.daemon.address import socket_path
from sensorcore.errors import SourceError
from sensorcore.links.ble.radio import Radio
from tui.cli.wear import add_worn
from tui.cli.worn import KeptDay, kept_day
from tui.places.folders import data_folder

EPILOG = """examples:
  spinae serve                 prints the address to open; keeps the day as `spinae wear` does
  spinae serve --port 8123"""

HOST = "127.0.0.1"
SAID = "Whoever has this address sees your dashboard. Ctrl+C ends the page; your day goes on."
FRESH_RADIO = Radio()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=HOST, metavar="ADDRESS", help="where to listen (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="default 8000")
    add_worn(parser)


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    path = socket_path(data_folder())
    with kept_day(args, radio, path, wait=False) as day:
        return asyncio.run(_serve(args.host, args.port, day))


async def _serve(host: str, port: int, day: KeptDay) -> int:
    from tui.web.server import PageServer  # noqa: PLC0415 - only paid for when asked for

    server = PageServer(host, port, title="spinae")
    try:
        async with server.listening():
            day.is_shown()
            ended = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, ended.set)
            print(f"Open {server.address}\n{SAID}", flush=True)
            await ended.wait()
    except OSError as error:
        hint = "Choose another with --host or --port."
        raise SourceError(f"cannot listen there ({error.strerror})", where=f"{host}:{port}", hint=hint) from None
    return 0
