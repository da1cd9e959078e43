"""Programmes as data: the bundled ones, and what is said of a wearer's own that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorcore.errors import BadInput
from sensorcore.routine.programme import named, parsed, programmes

STEP = '[[step]]\nexercise = "side_bend"\npose = "standing"\nrepetitions = 6\n'


def test_the_bundled_ones_take_two_to_five_minutes_and_say_what_they_are() -> None:
    known = programmes()
    assert set(known) == {"wake_up", "desk_break", "full_reset", "breathe", "baseline"}
    for programme in known.values():
        assert (60 if programme.needs_sensor else 120) <= programme.lasts_s <= 300, programme.name
        assert programme.about
        assert all(step.cues and all(step.cues) for step in programme.steps)


def test_the_wearers_own_take_the_place_of_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "breathe.toml").write_text('title = "Mine"\n' + STEP, encoding="utf-8")
    (tmp_path / "neck.toml").write_text(STEP, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a routine", encoding="utf-8")
    known = programmes(tmp_path)
    assert (known["breathe"].title, known["neck"].title, len(known)) == ("Mine", "neck", 6)
    assert programmes(tmp_path / "none").keys() == programmes().keys()
    with pytest.raises(BadInput, match=r"Did you mean 'neck'\? Known are baseline, .*, neck"):
        named("nek", tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1\n" + STEP, "own.toml: 'title' must be text, not 1"),
        ("title", "own.toml: this is not valid TOML"),
        ('title = "A"', "own.toml: a routine consists of steps"),
        ("[[steps]]", "own.toml: there is no entry 'steps' here. Allowed are title, about, needs_sensor, step"),
        ("[[step]]\npose = 'sitting'", "own.toml, step 1: a step is an exercise, breathing or a rest"),
        (STEP + STEP.replace("side_bend", "side_bent"), "own.toml, step 2: there is no exercise 'side_bent'. Did you mean"),
        (STEP.replace("standing", "supine"), "own.toml, step 1: 'pose' cannot be 'supine'. Allowed are standing, sitting"),
        (STEP.replace("6", "0"), "own.toml, step 1: 'repetitions' cannot be 0. It can be 1 to 50"),
        (STEP.replace("6", "2.5"), "own.toml, step 1: 'repetitions' must be a whole number"),
        (STEP.replace("6", "true"), "own.toml, step 1: 'repetitions' cannot be True"),
        (STEP.replace("repetitions", "hold_s"), "own.toml, step 1: there is no entry 'hold_s' here. Allowed are exercise, pose"),
        ("[[step]]\nrest_s = 1", "own.toml, step 1: 'rest_s' cannot be 1. It can be 5 to 600"),
        ("needs_sensor = 1\n" + STEP, "own.toml: 'needs_sensor' must be true or false, not 1"),
        (STEP + "cues = [1]", "own.toml, step 1: 'cues' must be a list of texts"),
        ("[[step]]\nexercise = 'hang'\nhold_s = 3", "own.toml, step 1: 'hold_s' cannot be 3. It can be 6.66667 to 120"),
        ("[[step]]\nbreathe = 'slow'", "own.toml, step 1: 'for_s' is missing. It can be 10 to 600"),
        ("[[step]]\nbreathe = 4", "own.toml, step 1: 'breathe' must be text, not 4. Known are slow, even"),
        ("[[step]]\nbreathe = 'slo'\nfor_s = 30", "own.toml, step 1: there is no breathing pattern 'slo'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_step_entry_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        parsed(text, "own", "own.toml")
    assert str(caught.value).startswith(said)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match=r"own\.toml: this is no text in UTF-8"):
        programmes(tmp_path)
    assert named("breathe", tmp_path).steps  # the others can be done all the same
