"""A setting kept in the file takes effect, and nothing else in the file changes."""

from pathlib import Path

import pytest

from sensorcore.errors import BadSetting
from sensorcore.settings import Settings, load
from sensorcore.settings_file import save_setting

MINE = """\
# my settings, 2026

[alerts]
delay_s = 30   # long enough for a look at the cat
quiet_hours = "22:00-07:00"

[posture]  # strict
threshold_deg=12.0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "settings.toml"


def test_makes_the_file_readable_for_its_owner_only(file: Path) -> None:
    save_setting(file, "posture.threshold_deg", "12")
    assert load(file, {}) == Settings().with_value("posture.threshold_deg", 12.0, "")
    assert file.stat().st_mode & 0o077 == 0


def test_only_the_value_changes_and_comments_stay(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(MINE, encoding="utf-8-sig")
    save_setting(file, "alerts.delay_s", 20.0)
    assert file.read_text() == MINE.replace("delay_s = 30 ", "delay_s = 20.0 ")
    save_setting(file, "alerts.per_hour", 6)
    save_setting(file, "motion.tau_acc_s", 2)
    text = file.read_text()
    for comment in ("# my settings, 2026", "# long enough for a look at the cat", "[posture]  # strict"):
        assert comment in text
    found = load(file, {})
    assert (found.alerts.delay_s, found.alerts.per_hour, found.posture.threshold_deg, found.motion.tau_acc_s) == (
        20.0,
        6,
        12.0,
        2.0,
    )


@pytest.mark.parametrize("text", ["alerts.delay_s = 5", "alerts = {delay_s = 5}", "[posture]\n\n[alerts]\n\n\n", "# only this"])
def test_any_way_of_writing_toml(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    before = load(file, {})
    for key, value in (("alerts.delay_s", 45), ("posture.dwell_s", 2.5), ("alerts.quiet_hours", "20:00-06:00")):
        save_setting(file, key, value)
        before = before.with_value(key, value, "")
        assert load(file, {}) == before


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    real = tmp_path / "dotfiles.toml"
    real.write_text("[alerts]\n")
    file.symlink_to(real)
    save_setting(file, "alerts.delay_s", 45)
    assert file.is_symlink()
    assert "delay_s = 45" in real.read_text()


@pytest.mark.parametrize(("text", "key", "value"), [("[alerts]\n", "alerts.delay_s", 9999), ("[alerts\n", "alerts.delay_s", 20)])
def test_refuses_in_words_and_leaves_the_file_alone(file: Path, text: str, key: str, value: object) -> None:
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(BadSetting) as caught:
        save_setting(file, key, value)
    assert caught.value.hint
    assert file.read_text() == text
