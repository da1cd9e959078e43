"""The wearer's own keys: `keys.toml` beside the settings, a line for each action that shall have other keys.

snooze = "f2"
wrong = "x,f3"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from textual.binding import Binding, InvalidBinding, Keymap

from sensorcore.errors import BadSetting, StorageError
from sensorcore.storage.read import is_missing, read_text
from sensorcore.text.nearest import did_you_mean
from tui.keys import actions as keys

FILE: Final = "keys.toml"
_NAMES: Final = (
    "any letter or digit", "space", "enter", "tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown",
    "f1 … f12", "question_mark", "ctrl+…", "shift+…",
)  # fmt: skip

_DAY: Final = (keys.WEARER, keys.TRANSPORT, keys.LISTS, keys.REPLAY)
_ALONE: Final = (keys.SETTINGS, keys.CALIBRATE, keys.WEEK, keys.EXERCISES, keys.PROGRESS, keys.ROUTINES)
_TABLES: Final = (keys.EVERYWHERE, *_DAY, *_ALONE)
_TOGETHER: Final = ((keys.EVERYWHERE, *_DAY), *((keys.EVERYWHERE, each) for each in _ALONE), (keys.ROUTINE,))
"""Tables whose keys are pressed on the same screens: among them no key may mean two things."""


def actions() -> dict[str, Binding]:
    """Actions that can get other keys, by name."""
    return {binding.id: binding for table in _TABLES for binding in table if binding.id is not None}


def load(path: Path) -> Keymap:
    """The key map at `path`; empty when there is none. Raises BadSetting naming the line's key, StorageError."""
    try:
        table = tomllib.loads(read_text(path, "read the keys"))
    except StorageError as error:
        if is_missing(error):
            return {}
        raise
    except (ValueError, RecursionError) as error:
        raise BadSetting(
            f"this is not valid TOML ({error})", where=str(path), hint="Mend that line, or move the file away."
        ) from None
    return checked(table, str(path))


def checked(table: Mapping[str, object], where: str) -> Keymap:
    """Every action known, every key a key, and no key given twice. Raises BadSetting."""
    known = actions() | {binding.id: binding for binding in keys.ROUTINE if binding.id is not None}
    for name, value in table.items():
        if name not in known:
            hint = did_you_mean(name, known, f"Known are: {', '.join(known)}.")
            raise BadSetting(f"there is no action '{name}'", where=where, hint=hint)
        if not isinstance(value, str) or not value.strip() or not _is_keys(value):
            hint = f'Write for example {name} = "{known[name].key}". Keys are: {", ".join(_NAMES)}.'
            raise BadSetting(f"'{name}' must name keys, not {value!r}", where=where, hint=hint)
    for tables in _TOGETHER:
        taken: dict[str, str] = {}
        for binding in (each for one in tables for each in one):
            name = binding.id or ""
            for key in (part.strip() for part in str(table.get(name, binding.key)).split(",")):
                other = taken.setdefault(key, name)
                if other != name and (name in table or other in table):
                    hint = f"Give '{other}' another key, too."
                    raise BadSetting(f"'{key}' would be both {other} and {name}", where=where, hint=hint)
    return {name: str(value) for name, value in table.items()}


def _is_keys(value: str) -> bool:
    try:
        made = list(Binding.make_bindings([Binding(value, "nothing", "")]))
    except InvalidBinding:
        return False
    return all(each.key and " " not in each.key for each in made)
