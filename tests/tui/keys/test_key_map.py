"""Own keys: every action can be given others; a mistake is one sentence."""

from pathlib import Path

import pytest

from sensorcore.errors import BadSetting
from tui.keys import actions, key_map


def test_no_file_means_the_usual_keys(tmp_path: Path) -> None:
    assert key_map.load(tmp_path / "keys.toml") == {}


def test_every_action_has_a_name_of_its_own_and_no_key_means_two_things() -> None:
    tables = (*actions.EVERYWHERE, *actions.WEARER, *actions.TRANSPORT, *actions.LISTS)
    assert len({binding.id for binding in tables}) == len(tables)
    taken = [key for binding in tables for key in binding.key.split(",")]
    assert len(set(taken)) == len(taken)


def test_a_line_gives_an_action_other_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('snooze = "f2"\nwrong = "x,f3"\n')
    assert key_map.load(path) == {"snooze": "f2", "wrong": "x,f3"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('snoze = "f2"', "Did you mean 'snooze'"),
        ('fly = "f2"', "Known are"),
        ("snooze = 2", "must name keys"),
        ('snooze = ""', "must name keys"),
        ('snooze = "not a key"', "must name keys"),
        ('snooze = "q"', "'q' would be both"),
        ('snooze = "f2"\npain = "f2"', "'f2' would be both"),
        ("snooze = ", "not valid TOML"),
    ],
)
def test_a_mistake_names_the_file_and_the_way_out(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(BadSetting, match=message) as error:
        key_map.load(path)
    assert str(path) in str(error.value)


def test_two_actions_may_change_keys_with_each_other(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('snooze = "x"\nwrong = "s"\n')
    assert key_map.load(path) == {"snooze": "x", "wrong": "s"}
