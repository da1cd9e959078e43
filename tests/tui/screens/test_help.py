"""The help tells every key of every screen, with the wearer's own."""

import pytest
from textual.binding import Binding

from sensorcore.settings import Settings
from sensorcore.view.player import Player
from tests.streams import stream
from tests.tui.app.test_dashboard import Held, text
from tui.keys import actions, key_map
from tui.screens.help import _EVERYWHERE, ROWS, HelpScreen, _keys
from tui.screens.past import PastView
from tui.screens.settings import SettingsScreen
from tui.screens.view import View


def named(bindings: object) -> set[str]:
    return {binding.id for binding in bindings if isinstance(binding, Binding) and binding.id}  # type: ignore[attr-defined]


SCREENS = [each for each in (*View.__subclasses__(), *PastView.__subclasses__()) if each.NAME]


@pytest.mark.parametrize("screen", SCREENS)
def test_every_key_of_every_screen_is_told_once(screen: type[View]) -> None:
    told = [name for names, _ in ROWS[screen.NAME] for name in names]
    assert len(told) == len(set(told))
    assert set(told) == named(screen.BINDINGS)
    assert {name for names, _ in _EVERYWHERE for name in names} == named(actions.EVERYWHERE)


def test_own_keys_are_told_and_may_mean_something_else_elsewhere() -> None:
    own = key_map.checked({"zoom": "f5", "undo": "n"}, "keys.toml")
    assert ("f5", "more time around the cursor") in _keys(ROWS["replay"], own)
    with pytest.raises(Exception, match="'n' would be both"):
        key_map.checked({"zoom": "n"}, "keys.toml")


async def test_help_is_about_the_screen_below_and_the_palette_offers_its_actions() -> None:
    player = Player(stream(duration_s=5.0), Settings())
    app = Held(player, title="workday", first="settings")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        shown = text(app)
        for part in ("help · settings", "its default", "▲ Slouched", "shoulder blades"):
            assert part in shown
        await pilot.press("escape")
        assert isinstance(app.screen, SettingsScreen)
        offered = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Type it", "Default", "Replay", "Snooze"} <= offered
        assert "Next event" not in offered
