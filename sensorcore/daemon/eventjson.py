"""Events back from the JSON that `Event.to_json` makes of them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sensorcore import events
from sensorcore.errors import BadInput
from sensorcore.events import Event


def event_from(value: Mapping[str, Any]) -> Event:
    """Raises BadInput for what is no event of this version."""
    try:
        kind = kinds()[value["event"]]
        built = _built(kind, {name: part for name, part in value.items() if name != "event"})
    except (KeyError, TypeError) as error:
        raise BadInput(f"this is no event ({error})", hint="Update spinae.") from None
    assert isinstance(built, Event)
    return built


@cache
def kinds() -> dict[str, type[Event]]:
    """All kinds of events by name. (`Event.__subclasses__` would also find what `dataclass` made the slotted classes from.)"""
    return {name: kind for name, kind in vars(events).items() if isinstance(kind, type) and issubclass(kind, Event)}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _built(kind: type, values: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _value(hints.get(name), part) for name, part in values.items()})


def _value(hint: Any, part: Any) -> Any:
    """What JSON made of a value of that type, back."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(part, dict):
        return _built(hint, part)
    kinds_of = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        return None if part is None else _value(next(each for each in kinds_of if each is not NoneType), part)
    if get_origin(hint) is tuple and isinstance(part, list):
        each_of = itertools.repeat(kinds_of[0]) if kinds_of[-1] is Ellipsis else kinds_of
        return tuple(_value(each, value) for each, value in zip(each_of, part, strict=False))
    return part
