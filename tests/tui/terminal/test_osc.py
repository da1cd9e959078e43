"""What goes to the terminal beside text: understood where it is, silent where it is not, and never steered by a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal import osc


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;Sit up: now\x07"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, "\x1b]777;notify;Sit up;now\x07"),
        ({"TERM": "foot"}, "\x1b]777;notify;Sit up;now\x07"),
        ({"TERM": "tmux-256color", "TMUX": "/x"}, "\x1bPtmux;\x1b\x1b]9;Sit up: now\x07\x1b\\"),
        ({"TERM": "dumb"}, ""),
        ({"TERM": "linux"}, ""),
        ({}, ""),
    ],
)
def test_each_terminal_is_told_in_its_own_way(environment: dict[str, str], sent: str) -> None:
    assert osc.notification(environment, "Sit up", "now") == sent


@given(st.text(), st.text())
def test_no_text_can_end_the_sequence_early(title: str, body: str) -> None:
    for environment in ({"TERM": "xterm"}, {"TERM": "foot"}):
        sent = osc.notification(environment, title, body)
        assert sent.startswith("\x1b]")
        assert sent[2:-1].isprintable()
        assert sent.endswith("\x07")
    assert osc.window_title({"TERM": "xterm"}, title)[2:-1].isprintable()
    assert osc.notification({"TERM": "foot"}, title, body).count(";") == 3
