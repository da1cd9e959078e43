"""Words, symbols and roles: each state is told apart without any colour."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.view.event_summary import Alert
from sensorcore.view.snapshot import TimeTotals
from tests.tui.moments import RAISED, WHY, moment
from tui.drawing import bigtext
from tui.text import alert_text, looks, presenter, sensor_text, shares, times
from tui.text.looks import Look
from tui.text.shares import Part

SLOUCHED = {"posture": "slouched", "inclination_deg": 22.0}
STATES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "Good", "good"),
    ({"inclination_deg": 12.0}, "Drifting", "drifting"),
    ({"inclination_deg": 30.0}, "Drifting", "drifting"),
    (SLOUCHED, "Slouched", "slouched"),
    ({**SLOUCHED, "inclination_deg": 5.0}, "Slouched", "slouched"),
    ({"posture": "unknown", "context": "walking"}, "Walking", "moving"),
    ({"posture": "unknown", "context": "moving"}, "Moving", "moving"),
    ({"posture": "unknown", "context": "lying"}, "Lying", "lying"),
    ({"posture": "unknown", "context": "not_worn"}, "Not worn", "absent"),
    ({"posture": "unknown", "context": "sitting"}, "Unknown", "absent"),
    ({"posture": "unknown", "exercises": (("pelvic_tilt", 4),)}, "Exercise", "moving"),
    ({"posture": "unknown", "has_signal": False}, "No signal", "absent"),
    ({"posture": "unknown", "has_signal": False, "t_s": 0.0}, "Starting", "absent"),
    ({"posture": "unknown", "has_signal": False, "t_s": 0.0, "problem": "x"}, "No signal", "absent"),
]


@pytest.mark.parametrize(("changes", "word", "role"), STATES)
def test_each_state_has_its_word_and_role(changes: dict[str, Any], word: str, role: str) -> None:
    state = looks.look(moment(**changes))
    assert (state.word, state.role) == (word, role)


def test_words_and_symbols_are_all_different() -> None:
    found = {looks.look(moment(**changes)) for changes, _, _ in STATES}
    assert len({state.word for state in found}) == len({state.symbol for state in found}) == len(found)
    assert all(isinstance(state, Look) and len(state.symbol) == 1 for state in found)


@pytest.mark.parametrize(
    ("direction", "inclination_deg", "text"),
    [("forward", 22.0, "forward"), ("backward", 22.0, "back"), ("left", 9.0, "left"), ("leaning", 22.0, ""), ("left", 1.0, "")],
)
def test_direction_is_a_word_and_silent_when_it_would_be_noise(direction: str, inclination_deg: float, text: str) -> None:
    assert presenter.direction_text(moment(direction=direction, inclination_deg=inclination_deg)) == text


def test_an_alert_says_why() -> None:
    assert alert_text.alert_sentence(RAISED) == ("leaned forward 22° for 15 s (limit 15°), measured from your sitting upright")
    assumed = replace(RAISED, why=replace(WHY, direction="leaning", baseline_assumed=True))
    assert alert_text.alert_sentence(assumed) == ("leaned over 22° for 15 s (limit 15°), measured from an assumed sitting upright")
    assert alert_text.alert_outcome(Alert(RAISED)) == ""
    assert alert_text.alert_outcome(Alert(RAISED, 58.4)) == "good again 8 s later"


def test_times_follow_the_wearers_wall_clock_past_midnight_or_the_stream() -> None:
    s = moment()
    assert times.moment(s, 60.0) == "14:03"
    assert times.moment(s, 0.0, seconds=True) == "14:02:00"
    assert times.moment(s, 60.0 + 10 * 3600) == "00:03"
    assert times.moment(moment(local_s=None), 3787.0) == "1:03:07"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3900, "1 h 05 min")]
)
def test_spans(seconds: float, text: str) -> None:
    assert times.span(seconds) == text


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "▶ 1×"),
        ({"speed": 0.25}, "▶ 0.25×"),
        ({"paused": True, "speed": 4.0}, "‖ paused 4×"),
        ({"finished": True}, "■ end"),
        ({"catching_up": True}, "… catching up"),
    ],
)
def test_header_says_how_it_plays(changes: dict[str, Any], text: str) -> None:
    assert sensor_text.header_text(moment(**changes)) == f"14:03:00  {text}"


def test_hints_say_what_to_know_before_trusting_the_number() -> None:
    assert presenter.hint_text(moment()) == ""
    assert presenter.hint_text(moment(baseline=None)) == "finding your upright"
    baseline = moment().baseline
    assert baseline is not None
    assert presenter.hint_text(moment(baseline=replace(baseline, assumed=True))) == "upright assumed"
    assert presenter.hint_text(moment(posture="unknown")) == "not judged just now"
    assert presenter.hint_text(moment(has_signal=False)) == "no data from the sensor"
    exercising = moment(posture="unknown", exercises=(("pelvic_tilt", 4), ("side_bend", 0)))
    assert presenter.hint_text(exercising) == "pelvic tilt 4 · side bend 0"
    assert alert_text.snooze_text(moment(snoozed_until_s=360.0)) == "snoozed until 14:08"


seconds = st.one_of(st.just(0.0), st.floats(0.05, 1e5))


@given(seconds, seconds, seconds, seconds)
def test_the_split_adds_up(up: float, down: float, unknown: float, off: float) -> None:
    parts = shares.split(moment(totals=TimeTotals(up, down, unknown, off)))
    whole = up + down + unknown + off
    assert sum(part.share for part in parts) == pytest.approx(1.0 if whole else 0.0)
    assert sum(part.percent for part in parts) == (100 if whole else 0)
    assert len({part.glyph for part in parts}) == len(parts)


def test_not_worn_is_named_only_when_it_happened() -> None:
    names = [part.name for part in shares.split(moment())]
    assert names == ["upright", "slouched", "unknown"]
    worn_off: tuple[Part, ...] = shares.split(moment(totals=TimeTotals(1, 1, 1, 1)))
    assert [part.name for part in worn_off][-1] == "not worn"


@given(st.integers(0, 180))
def test_big_digits_are_rectangles_and_differ(angle: int) -> None:
    for double in (False, True):
        rows = bigtext.big(f"{angle}°", double=double)
        assert len(rows) == (10 if double else 5)
        assert len({len(row) for row in rows}) == 1
        assert rows != bigtext.big(f"{(angle + 1) % 181}°", double=double)


def test_a_word_and_a_number_do_not_flicker() -> None:
    swaying = np.full(300, 3.0)
    swaying[-100:] = 11.0 + np.sin(np.arange(100))  # around the release angle of 10.5°
    near = moment(inclination_deg=10.0, trace=replace(moment().trace, inclination_deg=swaying))
    assert looks.look(near) is looks.DRIFTING
    assert looks.look(replace(near, inclination_deg=8.0)) is looks.GOOD
    before = moment(inclination_deg=10.0)  # the same angle, reached from below
    assert looks.look(before) is looks.GOOD
    shown = 22
    for angle_deg in (22.4, 22.6, 22.4, 21.6, 21.4):
        shown = presenter.steady_deg(shown, angle_deg)
        assert shown == 22
    assert presenter.steady_deg(shown, 22.8) == 23
    assert presenter.steady_deg(shown, -4.0) == -4
