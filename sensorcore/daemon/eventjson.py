"""Events back from the JSON that `Event.to_json` makes of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, get_type_hints

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
    if isinstance(part, dict):
        nested = next((each for each in (hint, *getattr(hint, "__args__", ())) if dataclasses.is_dataclass(each)), None)
        return _built(nested, part) if isinstance(nested, type) else part
    return tuple(part) if isinstance(part, list) else part
