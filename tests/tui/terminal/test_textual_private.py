"""Canaries for the private names of Textual: each test fails when an upgrade takes one away. And the dashboard without them."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import textual
from textual.app import App
from textual.driver import Driver
from textual.geometry import Region
from textual.widgets import Static

import tui
from tests.tui.app.test_dashboard import dashboard, shown
from tests.tui.moments import moment
from tui.terminal import escape, textual_private
from tui.terminal.escape import EscapeParser
from tui.terminal.partial_compositor import PartialCompositor

ALONE = "textual_private.py"


async def test_screens_can_be_painted_in_part() -> None:
    assert textual_private.HAS_PARTS
    async with dashboard() as (app, pilot):
        compositor = app.screen._compositor
        assert isinstance(compositor, PartialCompositor)
        await pilot.pause()
        changed = Region(1, 2, 3, 1)
        compositor._dirty_regions.add(changed)
        assert changed in textual_private.dirty_regions(compositor)
        assert compositor.render_partial_update() is not None
        assert compositor.visible_widgets
        assert compositor.cuts


def test_an_escape_that_waits_can_be_ended() -> None:
    parser = EscapeParser()
    assert list(parser.feed("\x1b")) == []
    assert isinstance(parser._timeout_time, float)
    textual_private.end_wait(parser)
    assert parser._timeout_time == 0.0
    assert [type(each).__name__ for each in parser.tick()] == ["Key"]


@pytest.mark.skipif(sys.platform == "win32", reason="the terminal gives keys as events there")
def test_the_driver_reads_with_the_parser_that_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from textual.drivers import linux_driver  # noqa: PLC0415

    seen: list[object] = []
    monkeypatch.setattr(linux_driver.LinuxDriver, "run_input_thread", lambda _: seen.append(vars(linux_driver)["XTermParser"]))
    chosen = escape.driver(linux_driver.LinuxDriver)
    chosen.run_input_thread(object.__new__(chosen))  # type: ignore[attr-defined]
    assert seen == [EscapeParser]
    assert vars(linux_driver)["XTermParser"] is textual_private.XTermParser
    source = Path(linux_driver.__file__).read_text()
    assert "XTermParser(" in source  # by that name it makes its parser


async def test_a_widget_says_that_it_is_being_removed() -> None:
    async with dashboard() as (app, pilot):
        line = app.screen.query(Static).first()
        for name in textual_private._REMOVAL:
            assert getattr(line, name) is False
        assert not textual_private.is_being_removed(line)
        await line.remove()
        await pilot.pause()
        assert textual_private.is_being_removed(line)


async def test_sequences_reach_the_terminal() -> None:
    async with dashboard() as (app, _):
        written: list[str] = []
        assert isinstance(app._driver, Driver)
        app._driver.write = written.append  # type: ignore[method-assign]
        textual_private.write_to_terminal(app, "\x1b]2;title\x07")
        assert written == ["\x1b]2;title\x07"]


@pytest.mark.parametrize("without", [(), ("_close_messages_no_wait",)])
async def test_a_fault_ends_the_app_in_order(without: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a terminal: a headless app passes the exception on."""
    monkeypatch.setattr(textual_private, "hasattr", lambda thing, name: name not in without and hasattr(thing, name), raising=False)
    monkeypatch.setattr(App, "is_headless", False)
    noted: list[Exception] = []

    class Failing(textual_private.FaultApp):
        def on_fault(self, error: Exception) -> None:
            noted.append(error)

        def on_mount(self) -> None:
            self.call_later(self.fail)

        def fail(self) -> None:
            raise ZeroDivisionError("a sum of nothing")

    app = Failing()
    assert all(hasattr(app, name) for name in ("_handle_exception", "_return_code", "_close_messages_no_wait"))
    if without:  # what fails is a screen's work; the app's own queue still works
        app.on_mount = lambda: app._handle_exception(ZeroDivisionError("a sum of nothing"))  # type: ignore[method-assign]
    await app.run_async(headless=True)
    assert [type(error) for error in noted] == [ZeroDivisionError]
    assert app.fault is noted[0]
    assert app.return_code == 1


async def test_without_any_of_them_the_dashboard_shows_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard() as (app, pilot):
        usual = await shown(pilot, app, moment())
    monkeypatch.setattr(textual_private, "HAS_PARTS", False)
    monkeypatch.setattr(textual_private, "_REMOVAL", ())
    monkeypatch.setattr(textual_private, "getattr", lambda thing, name, default: default, raising=False)
    monkeypatch.setattr(textual_private, "hasattr", lambda thing, name: False, raising=False)
    assert escape.driver(Driver) is Driver
    async with dashboard() as (app, pilot):
        assert not isinstance(app.screen._compositor, PartialCompositor)
        assert await shown(pilot, app, moment()) == usual
        await pilot.press("2")
        assert type(app.screen).__name__ == "ReplayScreen"


def _attributes(tree: ast.AST) -> Iterator[str]:
    return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_"))


def test_no_other_module_uses_or_covers_a_private_name_of_textual() -> None:
    """Also by chance: an attribute of ours of the same name would replace Textual's."""
    theirs: set[str] = set()
    for name in ("app", "screen", "widget", "dom", "message_pump", "driver", "_compositor", "_xterm_parser", "_parser"):
        tree = ast.parse((Path(textual.__file__).parent / f"{name}.py").read_text())
        theirs |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
        theirs |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    theirs = {name for name in theirs if name.startswith("_") and not name.startswith("__")}
    found: dict[str, set[str]] = {}
    for path in Path(tui.__file__).parent.rglob("*.py"):
        tree, names = ast.parse(path.read_text()), set[str]()
        for each in ast.walk(tree):
            if isinstance(each, ast.ImportFrom) and (each.module or "").split(".")[0] in ("textual", "rich"):
                names |= {part for part in (each.module or "").split(".") if part.startswith("_")}
                names |= {alias.name for alias in each.names if alias.name.startswith("_")}
        if "textual" in path.read_text():
            names |= set(_attributes(tree)) & theirs
            names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)} & theirs
        if names and path.name != ALONE:
            found[path.name] = names
    assert found == {}
