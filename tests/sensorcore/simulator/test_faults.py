"""Faults are data: filled in, checked, named when wrong, and told on the truth channel."""

import math
from contextlib import suppress
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadInput
from sensorcore.simulator.faults import KINDS, Fault, FaultKind, fault_record, from_option, settled
from sensorcore.simulator.scenario import parse

SCENARIO = 'name = "x"\nabout = "y"\n[[phase]]\nname = "sit"\nduration_s = 50\nstate = "sitting"\n'


def test_every_kind_is_described_and_usable_as_it_is() -> None:
    assert set(KINDS) == set(get_args(FaultKind))
    for kind, described in KINDS.items():
        (fault,) = settled([Fault(kind)], "here")
        assert fault == from_option(kind) == settled([fault], "here")[0]
        assert fault.duration_s == described.duration_s
        assert all(getattr(fault, size) == value.usual for size, value in described.sizes.items())
        assert fault.axis == ("y" if described.turns else None)


def test_in_order_and_with_an_end() -> None:
    late, early = Fault("knock", 50.0), Fault("lost", 2.0, share=0.5)
    assert [fault.kind for fault in settled([late, early], "here")] == ["lost", "knock"]
    assert settled([early], "here")[0].end_s == math.inf
    assert settled([late], "here")[0].end_s == pytest.approx(50.06)


def test_an_option_says_the_same_as_a_table() -> None:
    option = from_option("slip:at=600,deg=12,axis=x,duration_s=2")
    table = parse(
        SCENARIO + '[[fault]]\nkind = "slip"\nat_s = 600\ndeg = 12\naxis = "x"\nduration_s = 2\n', where="day.toml"
    ).faults
    assert (option,) == settled(table, "day.toml") == (Fault("slip", 600.0, 2.0, "x", 12.0),)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("slop", ["no fault 'slop'", "slip"]),
        ("", ["no fault ''"]),
        ("slip:deg", ["'deg'", "at, duration, axis, deg"]),
        ("slip:colour=3", ["'colour=3'", "deg"]),
        ("slip:deg=far", ["deg", "'far'"]),
        ("slip:deg=nan", ["deg", "not a number"]),
        ("slip:axis=w", ["x, y or z"]),
        ("slip:share=0.5", ["no share", "axis, deg"]),
        ("lost:share=2", ["share is 2", "0 to 1"]),
        ("lost:axis=x", ["no axis"]),
        ("slip:at=-3", ["at_s is -3"]),
        ("off:duration=2", ["duration_s is 2", "6 or more"]),
    ],
)
def test_what_is_wrong_with_an_option_is_named(text: str, names: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        from_option(text)
    for name in ["--fault", *names]:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ('kind = "slop"\n', ["faults 1: kind", "'slop'"]),
        ("at_s = 3\n", ["faults 1", "'kind' is missing"]),
        ('kind = "slip"\ng = 3\n', ["fault slip", "no g"]),
        ('kind = "stall"\nat_s = 5\n[[fault]]\nkind = "reboot"\nat_s = 9\n', ["reboot at 9", "stall at 5"]),
        ('kind = "battery"\nat_s = 5\n[[fault]]\nkind = "battery"\nat_s = 9\n', ["battery at 9", "battery at 5"]),
    ],
)
def test_what_is_wrong_with_a_table_is_named(table: str, names: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        parse(SCENARIO + "[[fault]]\n" + table, where="day.toml")
    for name in ["day.toml", *names]:
        assert name in str(caught.value)


ODD = st.text(max_size=6)


@given(text=st.text(max_size=40) | st.builds("{}:{}={}".format, st.sampled_from(list(KINDS)), ODD, ODD))
def test_any_option_is_a_fault_or_one_clear_error(text: str) -> None:
    with suppress(BadInput):
        assert from_option(text).kind in KINDS


def test_the_truth_tells_kind_time_and_sizes() -> None:
    (slip,) = settled([Fault("slip", 20.0, deg=5.0)], "here")
    assert fault_record(slip, 60.0) == {"t_s": 20.0, "end_s": 20.5, "fault": "slip", "axis": "y", "deg": 5.0}
    (empty,) = settled([Fault("battery", 20.0)], "here")
    assert fault_record(empty, 60.0) == {"t_s": 20.0, "end_s": 60.0, "fault": "battery"}
