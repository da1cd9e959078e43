"""What goes over the socket comes out as it went in, and nonsense is refused in words."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.daemon import messages
from sensorcore.daemon.messages import event_from, kinds
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.errors import BadInput
from sensorcore.events import Event
from sensorcore.link import LinkStatus
from sensorcore.model import Calibration, StreamInfo
from sensorcore.settings import Settings
from sensorcore.track.posture_track import PostureTrack
from tests.examples import examples


def any_of(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - a case for each kind of type
    """Any value of a field of that type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: any_of(hints[field.name]) for field in dataclasses.fields(kind)})  # type: ignore[arg-type]
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(any_of(each) for each in arguments))
    if origin is dict:
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), max_size=3)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(any_of(arguments[0]), max_size=3).map(tuple)
        return st.tuples(*(any_of(each) for each in arguments))
    simple = {
        float: st.floats(-1e6, 1e6),
        int: st.integers(-1000, 1000),
        str: st.text(max_size=20),
        bool: st.booleans(),
        type(None): st.none(),
    }
    return simple[kind]


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.__name__)
@examples(10, phases=(Phase.explicit, Phase.generate))
@given(data=st.data())
def test_every_event_survives(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(any_of(kind))
    assert event_from(json.loads(json.dumps(event.to_json()))) == event


@given(st.integers(0, 50), st.integers(0, 2**31))
def test_ticks_survive_to_the_bit(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = rng.normal(0, 30, (3, n))
    angles[0, : n // 3] = np.nan
    track = PostureTrack(np.arange(n) * 3, *angles, rng.integers(0, 7, n).astype(np.int8), rng.integers(0, 3, n).astype(np.int8))
    back = messages.output_of(messages.parsed(messages.output_line(track, ()))).track
    for name in PostureTrack.__slots__:
        np.testing.assert_array_equal(getattr(back, name), getattr(track, name))


def test_what_is_worn_and_how_survives() -> None:
    calibration = Calibration({"sitting": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0), 2.5)
    strict = Settings().with_value("posture.threshold_deg", 9.0, "here")
    info = StreamInfo(profile_of(), 17, 3600, "waist", (0.0, 1.0, 0.0), calibration, "SP-1", strict.to_record())
    assert messages.begun(messages.parsed(messages.begin_line(info, strict))) == (info, strict)
    assert messages.settings_of(messages.parsed(messages.settings_line(strict)), Settings()) == strict
    link = LinkStatus(sensor="SP-1", battery_percent=80, worn=True, problem="far away")
    assert messages.link_of(messages.parsed(messages.link_line(link))) == link
    assert messages.command_of(messages.parsed(messages.command_line(Command(0.0, "snooze", "60"))), 5.0) == Command(
        5.0, "snooze", "60"
    )


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"[]", b"nonsense", b'{"schema": "spinae.daemon/9", "want": "view"}', b'{"want": "view"}', b"[" * 5000]
)
def test_a_request_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(BadInput):
        messages.wanted(text)


@pytest.mark.parametrize("said", [{}, {"command": 5}, {"command": {"kind": "explode"}}, {"command": {"kind": "mark", "value": 5}}])
def test_a_command_that_is_none_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        messages.command_of(said, 0.0)
