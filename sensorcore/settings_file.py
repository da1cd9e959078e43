"""Editing of the settings file: one setting changes, all else in it, comments too, stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sensorcore.errors import BadSetting
from sensorcore.settings import Settings, load
from sensorcore.storage.read import read_text
from sensorcore.storage.write import replace_text

_DOING = "keep the setting"


def save_setting(path: Path, key: str, value: Any) -> None:
    """Set `key` (such as "alerts.delay_s") in the file at `path`, which is made when there is none. Raises BadSetting for a value
    that is not allowed or a file that is not right as it is, StorageError when it cannot be written."""
    import tomlkit  # noqa: PLC0415 - only paid for when something is changed
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    wanted = Settings().with_value(key, value, str(path))
    load(path, environment={})  # says what is wrong with the file, if anything is
    text = ""
    if path.exists():
        text = read_text(path, _DOING)
    section, _, name = key.partition(".")
    try:
        document = tomlkit.parse(text)
        if section not in document:
            document[section] = tomlkit.table()
        table: Any = document[section]
        table[name] = next(each for known, each, _ in wanted.items() if known == key)
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        hint = "Change it in the file with an editor."
        raise BadSetting(f"this file cannot be changed from here ({error})", where=str(path), hint=hint) from None
    replace_text(path.resolve(), text, _DOING)  # where it is a link, the file it leads to is changed
