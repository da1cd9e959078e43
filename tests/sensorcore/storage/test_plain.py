"""What JSON and TOML hold becomes the dataclass that it was, and whatever else is refused by its path."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pytest

from sensorcore.errors import BadInput
from sensorcore.link import LinkState
from sensorcore.storage.plain import from_json, from_plain, toml_table


@dataclass(frozen=True, slots=True)
class Part:
    at_s: float
    kind: Literal["a", "b"] = "a"
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    name: str
    parts: tuple[Part, ...] = ()
    values: dict[str, str | float | int | bool] = field(default_factory=dict)
    state: LinkState = LinkState.SEARCHING


def test_the_way_there_and_back() -> None:
    made = Whole("x", (Part(1.0, "b", (0.0, 2.5)), Part(2.0)), {"a": 1, "b": True, "c": "t", "d": 0.5}, LinkState.PAUSED)
    back = from_json(Whole, json.dumps(asdict(made)))
    assert back == made
    assert [type(value) for value in back.values.values()] == [int, bool, str, float]


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ([], "here: expected a table, found []"),
        ({}, "here: the key 'name' is missing"),
        ({"name": 5}, "here: name: expected str, found 5"),
        ({"name": "x", "colour": 1}, "here: unknown key 'colour'. Known keys: name, parts, values, state"),
        ({"name": "x", "parts": {}}, "here: parts: expected a list, found {}"),
        ({"name": "x", "parts": [{"at_s": 1}, {"at_s": True}]}, "here: parts 2: at_s: expected float, found True"),
        ({"name": "x", "parts": [{"at_s": 1, "kind": "c"}]}, "here: parts 1: kind: 'c' is not one of a, b"),
        ({"name": "x", "parts": [{"at_s": 1, "span": [1]}]}, "here: parts 1: span: expected 2 values, found 1"),
        ({"name": "x", "parts": [{"at_s": float("nan")}]}, "here: parts 1: at_s: nan is not a finite number"),
        ({"name": "x", "parts": [{"at_s": 10**400}]}, "here: parts 1: at_s: inf is not a finite number"),
        ({"name": "x", "state": "asleep"}, "here: state: expected LinkState, found 'asleep'"),
    ],
)
def test_what_does_not_fit_is_named(plain: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        from_plain(Whole, plain, "here", finite=True)
    assert str(refused.value) == said


def test_keys_of_a_later_version_can_be_ignored() -> None:
    assert from_plain(Whole, {"name": "x", "parts": [{"at_s": 1, "new": 2}], "newer": 3}, ignores=True) == Whole("x", (Part(1.0),))


@pytest.mark.parametrize("text", ["{", "[" * 10**5, "9" * 5000])
def test_text_that_is_neither_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not valid JSON"):
        from_json(Whole, text)
    with pytest.raises(BadInput, match="not valid TOML"):
        toml_table(text, "here")
