"""Plain values, as JSON and TOML hold them, to frozen dataclasses by their type hints: the one rule for files and messages.

`dataclasses.asdict` is the way back. Written here and not left to msgspec: its `convert` lets keys pass that a dataclass does not
have, names neither the words that are allowed nor what stands there instead, and takes 50 ms to import, on every command's way.
"""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from sensorcore.errors import BadInput, StorageError
from sensorcore.storage.read import is_missing, read_text

T = TypeVar("T")


def from_plain(kind: type[T], value: Any, where: str = "", *, finite: bool = False, ignores: bool = False) -> T:
    """`value` as a `kind`: a dataclass, or any hint that its fields may have. `finite` refuses inf and NaN, `ignores` skips unknown
    keys. Raises BadInput, its `where` the path to what is wrong: `where: key n`."""
    made: T = _value(kind, value, where, finite, ignores)
    return made


def from_json(kind: type[T], text: str | bytes, where: str = "", *, finite: bool = False, ignores: bool = False) -> T:
    """As `from_plain`, from JSON text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this is not valid JSON ({error})", where=where) from None
    return from_plain(kind, value, where, finite=finite, ignores=ignores)


def read_json(kind: type[T], path: Path, doing: str, otherwise: tuple[str, str], *, finite: bool = False) -> T | None:
    """The value of a small JSON file; None when there is no file. Raises StorageError, with the problem and hint of `otherwise` for
    what is no `kind`, and BadInput for what is no text."""
    try:
        text = read_text(path, doing)
    except StorageError as error:
        if is_missing(error):
            return None
        raise
    try:
        return from_json(kind, text, finite=finite, ignores=True)
    except BadInput:
        raise StorageError(otherwise[0], where=str(path), hint=otherwise[1]) from None


def toml_table(text: str, where: str) -> dict[str, Any]:
    """The tables of TOML text. Raises BadInput naming the line."""
    import tomllib  # noqa: PLC0415 - most files are JSON

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"this is not valid TOML ({error})", where=where, hint="Mend that line.") from None


def _value(hint: Any, value: Any, where: str, finite: bool, ignores: bool) -> Any:
    origin, options = get_origin(hint), get_args(hint)
    if hint is Any or (value is None and NoneType in options):
        return value
    if origin is Literal:
        if not any(type(value) is type(option) and value == option for option in options):
            raise BadInput(f"{value!r} is not one of {', '.join(map(str, options))}", where=where)
        return value
    if origin in (Union, UnionType):
        kinds = [option for option in options if option is not NoneType]
        return _value(type(value) if type(value) in kinds else kinds[0], value, where, finite, ignores)
    if origin is tuple:
        return _items(options, value, where, finite, ignores)
    if origin is dict or is_dataclass(hint):
        return _table(hint, value, where, finite, ignores)
    return _simple(hint, value, where, finite)


def _simple(hint: type, value: Any, where: str, finite: bool) -> Any:
    if issubclass(hint, Enum) and value in [each.value for each in hint]:
        return hint(value)
    if hint is float and type(value) is int:
        value = float(value) if abs(value) < 1 << 1023 else math.inf
    if type(value) is not hint:
        raise BadInput(f"expected {hint.__name__}, found {value!r}", where=where)
    if finite and isinstance(value, float) and not math.isfinite(value):
        raise BadInput(f"{value!r} is not a finite number", where=where)
    return value


def _items(options: tuple[Any, ...], value: Any, where: str, finite: bool, ignores: bool) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise BadInput(f"expected a list, found {value!r}", where=where)
    if options[-1] is Ellipsis:
        options = (options[0],) * len(value)
    if len(value) != len(options):
        raise BadInput(f"expected {len(options)} values, found {len(value)}", where=where)
    parts = enumerate(zip(options, value, strict=True), start=1)
    return tuple(_value(option, item, f"{where} {n}", finite, ignores) for n, (option, item) in parts)


def _table(hint: Any, value: Any, where: str, finite: bool, ignores: bool) -> Any:
    if not isinstance(value, dict):
        raise BadInput(f"expected a table, found {value!r}", where=where)
    if get_origin(hint) is dict:
        return {key: _value(get_args(hint)[1], part, f"{where}: {key}", finite, ignores) for key, part in value.items()}
    hints, needed = _fields(hint)
    for key in () if ignores else value:
        if key not in hints:
            raise BadInput(f"unknown key {key!r}", where=where, hint=f"Known keys: {', '.join(hints)}")
    for key in needed:
        if key not in value:
            raise BadInput(f"the key {key!r} is missing", where=where)
    made = {key: _value(each, value[key], f"{where}: {key}", finite, ignores) for key, each in hints.items() if key in value}
    return hint(**made)


@cache
def _fields(kind: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The hints of a dataclass's fields, and the names of those without a default."""
    hints = get_type_hints(kind)
    without = tuple(each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING)
    return {each.name: hints[each.name] for each in fields(kind)}, without
