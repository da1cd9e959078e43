"""Escape and then a key are two keys, however soon the second comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.driver import Driver
from textual.events import Key

from tui.app.dashboard import Dashboard
from tui.keys import key_map
from tui.terminal import escape
from tui.terminal.escape import EscapeParser

OURS = "".join(sorted(escape.characters(key_map.actions().values())))


def read(*arriving: str) -> list[str]:
    parser = EscapeParser()
    keys = [message.key for data in arriving for message in parser.feed(data) if isinstance(message, Key)]
    if parser._timeout_time is not None:
        parser._timeout_time = 0.0  # nothing more comes
    return keys + [message.key for message in parser.tick() if isinstance(message, Key)]


@pytest.mark.parametrize(
    ("arriving", "keys"),
    [
        (["\x1bd"], ["escape", "d"]),
        (["\x1b", "d"], ["escape", "d"]),
        (["\x1b4"], ["escape", "4"]),
        (["d\x1b\x1bqd"], ["d", "escape", "escape", "q", "d"]),
        (["\x1b \x1b?"], ["escape", "space", "escape", "question_mark"]),
        (["\x1b\r"], ["escape", "enter"]),
        # what terminals mean by these is as clear as it was
        (["\x1b[A"], ["up"]),
        (["\x1b", "[", "A"], ["up"]),
        (["\x1b[1;2C\x1bOP"], ["shift+right", "f1"]),
        (["\x1bb"], ["ctrl+left"]),
        (["\x1b"], ["escape"]),
    ],
)
def test_keys_that_arrive_together(arriving: list[str], keys: list[str]) -> None:
    assert read(*arriving) == keys


@given(st.lists(st.sampled_from([*OURS, escape.ESCAPE]), max_size=12), st.data())
def test_no_key_is_lost_however_they_arrive(typed: list[str], data: st.DataObject) -> None:
    text = "".join(typed)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert len(read(*(piece for piece in pieces if piece))) == len(typed)


def test_ours_are_the_keys_of_the_dashboard() -> None:
    assert set("1234sxcztdqnpNv?,. +-") <= set(OURS)
    assert not set("bfO[") & set(OURS)


def test_the_dashboard_reads_them_so_on_a_terminal() -> None:
    class Other(Driver):
        pass

    assert escape.driver(Other) is Other
    assert Dashboard.get_driver_class.__module__ == "tui.app.program"
