"""`spinae config`: the settings in force, a check of the file, and where it is."""

from __future__ import annotations

import argparse
import contextlib
import json

from sensorcore.storage.write import private_folder
from tui.cli.options import add_settings, chosen_settings
from tui.places.folders import settings_path

EPILOG = """examples:
  spinae config show                            all settings, with what they mean
  spinae config show > "$(spinae config path)"  start a settings file from them
  spinae config check                           is my settings file right?"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["show", "check", "path"], nargs="?", default="show")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.action == "path":
        path = settings_path()
        with contextlib.suppress(OSError):
            private_folder(path.parent)  # so that an editor or the shell can put the file there
        print(path)
        return 0
    settings = chosen_settings(args)
    if args.action == "check":
        print(f"{settings_path()}: " + ("right" if settings_path().exists() else "there is no such file; the defaults hold"))
        return 0
    section = ""
    for (key, value, about), (_, plain, _) in zip(settings.shown_items(), settings.items(), strict=True):
        here, _, name = key.partition(".")
        if here != section:
            print(f"{'' if not section else chr(10)}[{here}]")
            section = here
        allowed = f" ({about['low']:g} to {about['high']:g})" if "low" in about else ""
        if value != plain:  # commented out: who starts a settings file from this must not lose the password
            print(f"# {name} = {_toml(value)}  # hidden here; {about['help']}")
        else:
            print(f"{name} = {_toml(value)}  # {about['help']}{allowed}")
    return 0


def _toml(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else f"{value}"
