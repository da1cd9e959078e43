"""The settings screen: a change is in force and in the file at once, and says what it would have brought."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sensorcore.settings import Settings, load
from sensorcore.view.player import Player
from tests.streams import stream
from tests.tui.app.test_dashboard import Held, text
from tui.places.folders import settings_path
from tui.screens import settings as settings_screen
from tui.screens.preview import AlertCounts, sentence
from tui.text import setting_steps
from tui.widgets.setting_list import SettingList


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(settings_screen, "REST_S", 0.01)
    assert settings_path().is_relative_to(tmp_path)


@asynccontextmanager
async def setting(duration_s: float = 30.0) -> AsyncIterator[tuple[Held, Pilot[None]]]:
    player = Player(stream(duration_s=duration_s), Settings())
    while player.compute():
        pass
    player.paused = True
    app = Held(player, title="workday", first="settings")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        yield app, pilot


async def shows(pilot: Pilot[None], app: Held, part: str) -> str:
    """The screen, as soon as it shows `part`."""
    for _ in range(200):
        screen = " ".join(text(app).split())
        if part in screen:
            return screen
        await pilot.pause(0.02)
    raise AssertionError(f"{part!r} never came: {screen}")


async def test_a_change_holds_is_kept_and_tells_what_it_would_have_brought() -> None:
    async with setting(300.0) as (app, pilot):
        await shows(pilot, app, "With 15° and 15 s you would have had 2 alerts in this recording")
        await pilot.press(*["right"] * 8)
        await shows(pilot, app, "in force, and kept in")
        assert app.player.settings.posture.threshold_deg == 23.0
        assert load(settings_path(), {}) == app.player.settings
        await shows(pilot, app, "With 23° and 15 s you would have had 1 alert in this recording (5 min of data), instead of 2.")
        while app.player.compute():
            pass
        assert app.player.snapshot().threshold_deg == 23.0
        await pilot.press("u")
        await shows(pilot, app, "as before")
        assert app.player.settings.posture.threshold_deg == 15.0


@pytest.mark.slow
async def test_typed_values_are_checked_in_words_and_keys_then_belong_to_the_field() -> None:
    async with setting() as (app, pilot):
        app.screen.query_one(SettingList).chosen = [key for key, _, _ in Settings().items()].index("alerts.quiet_hours")
        await pilot.press("enter", *"q1", "enter")
        await shows(pilot, app, "'q1' is not a time span")
        assert app.player.settings.alerts.quiet_hours == ""
        await pilot.press("backspace", "backspace", *"22:00-07:00", "enter")
        await shows(pilot, app, "in force, and kept in")
        assert load(settings_path(), {}).alerts.quiet_hours == "22:00-07:00"
        await pilot.press("backspace")
        await shows(pilot, app, "now –")
        app.screen.query_one(SettingList).chosen = [key for key, _, _ in Settings().items()].index("display.theme")
        await pilot.press("left")
        await shows(pilot, app, "in force, and kept in")
        assert app.player.settings.display.theme == "high-contrast"
        assert app.theme == "spinae-high-contrast"


@pytest.mark.slow
async def test_mouse_chooses_and_changes_and_small_panes_keep_the_value() -> None:
    async with setting() as (app, pilot):
        await pilot.click(SettingList, offset=(5, 6))
        assert app.screen.query_one(SettingList).key == "alerts.delay_s"
        await pilot.click(SettingList, offset=(36, 6))
        assert app.screen.query_one(SettingList).settings.alerts.delay_s == 16.0
        await pilot.click(SettingList, offset=(20, 6))
        assert app.screen.query_one(SettingList).settings.alerts.delay_s == 15.0
        for size in ((30, 8), (160, 50), (1, 1)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert ("15 s" in text(app)) or size == (1, 1)


async def test_a_file_that_cannot_be_written_is_said_and_the_change_holds_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "spinae").write_text("a file where a folder belongs")
    async with setting() as (app, pilot):
        await pilot.press("right")
        await shows(pilot, app, "It holds now, but is not kept.")
        assert app.player.settings.posture.threshold_deg == 16.0


def test_steps_are_round_and_stay_in_range() -> None:
    for key, value, about in Settings().items():
        if isinstance(value, str):
            continue
        up, down = [value], [value]
        for _ in range(400):
            up.append(setting_steps.stepped(up[-1], about, 1))
            down.append(setting_steps.stepped(down[-1], about, -1))
        assert up[-1] == about["high"], key
        assert down[-1] == about["low"], key
        assert type(up[5]) is type(value)
        assert setting_steps.stepped(setting_steps.stepped(value, about, 1), about, -1) == value
        assert value in setting_steps.ladder(Settings(), key)


def test_the_sentence() -> None:
    counted = AlertCounts(14, 9, "yesterday", 7.67 * 3600)
    tried = Settings().with_value("posture.threshold_deg", 12, "").with_value("alerts.delay_s", 30, "")
    said = "With 12° and 30 s you would have had 9 alerts yesterday (7 h 40 min of data), instead of 14."
    assert sentence(counted, tried, "alerts.delay_s") == said
    assert "12° and 30 s (cooldown 60 s) you" in sentence(counted, tried, "alerts.cooldown_s")
