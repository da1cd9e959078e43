"""Every output that shows text from outside, with names that steer a terminal: what they would do is seen, and not done."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bleak.backends.device import BLEDevice

from sensorcore.commands import Command
from sensorcore.events import Marked, PainNoted
from sensorcore.history.store import History
from sensorcore.history.values import Note, RepSet, Session
from sensorcore.link import LinkState, LinkStatus
from sensorcore.links.ble.connection import Introduction
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.known import KnownSensor, KnownSensors
from sensorcore.notifiers.desktop import Desktop
from sensorcore.notifiers.words import Message
from sensorcore.recording.writer import RecordingWriter
from sensorcore.routine.programme import parsed
from sensorcore.routine.running import Running
from sensorcore.settings import Settings
from sensorcore.text.escape import visible
from sensorcore.track.minutes import Minute
from sensorcore.view.player import Player
from tests.sensorcore.history.test_ingest import MIDNIGHT_UNIX_S, frames
from tests.streams import stream
from tests.tui.app.test_dashboard import Held
from tests.tui.cli.conftest import Spinae
from tests.tui.moments import moment
from tui.app.program import Program
from tui.cli import main, scan, sensors, status
from tui.places.folders import data_folder, history_path
from tui.places.log_file import logging_to_file
from tui.plain import dashboard
from tui.plain.routine import PlainRoutine
from tui.screens.routine import RoutineScreen
from tui.terminal import osc
from tui.terminal.guarded import guarded_output
from tui.terminal.line_io import writing
from tui.text import event_text

EVIL = "pw\x1b]0;ned\x07\x1b[2J\x9b31m\u202eeno\u200b[red]\r\x08!"
EVIL_FILE = os.fsdecode(b"pw\x1b]0;ned\x07\x1b[2J\x9b31m\xff[red]\r\x08!.mcap")
"""A file's name may hold any byte; these are no UTF-8."""
LINES = EVIL + "\nspinae: all is well"
Output = Callable[[Spinae, Path, pytest.MonkeyPatch], str]


def steers(shown: str) -> str:
    """What of `shown` a terminal would obey, or not show."""
    return "".join(c for c in shown if c not in "\t\n" and visible(c) != c)


def recorded(path: Path) -> Path:
    """A recording whose every text is hostile."""
    info, arrived = frames()
    started = replace(info.stream, start_unix_ns=round((MIDNIGHT_UNIX_S + 9 * 3600) * 1e9), name=LINES)
    path.parent.mkdir(exist_ok=True, parents=True)
    writer = RecordingWriter(path, replace(info, stream=started), sync=False)
    writer.notifications(arrived)
    writer.command(Command(200.0, "pain", f"4 {LINES}"))
    writer.command(Command(201.0, "mark", LINES))
    writer.close()
    return path


def found(name: str = LINES) -> list[scan.Found]:
    return [(Sighting(BLEDevice(EVIL, name, None), name, -60), Introduction(EVIL, 50, EVIL))]


def printed(spinae: Spinae, *arguments: object) -> str:
    ran = spinae(*arguments)
    return str(ran.out + ran.err)


def of_file(*command: str) -> Output:
    """A command on a recording with a hostile name and hostile content."""
    return lambda spinae, folder, _: printed(spinae, command[0], recorded(folder / EVIL_FILE), *command[1:])


def of_bad_file(*command: str) -> Output:
    """A command on a file that is none, in a folder with a hostile name."""

    def run(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
        path = folder / EVIL_FILE
        path.write_bytes(b"no recording")
        return printed(spinae, command[0], path, *command[1:])

    return run


def scanned(*options: str) -> Output:
    def run(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
        async def look(*_: Any, **__: Any) -> list[scan.Found]:
            return found()

        patch.setattr(scan, "look", look)
        return printed(spinae, "scan", *options)

    return run


def no_radio(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
    async def look(*_: Any, **__: Any) -> list[scan.Found]:
        raise OSError(LINES)

    patch.setattr(scan, "look", look)
    return printed(spinae, "scan")


def choosing(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
    KnownSensors(data_folder()).remember(KnownSensor("1", LINES, EVIL))
    KnownSensors(data_folder()).remember(KnownSensor(EVIL, "two", EVIL))
    return printed(spinae, "wear", "--here", "--headless")


def asked(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
    out = io.StringIO()
    patch.setattr(sys, "stdin", type("Tty", (io.StringIO,), {"isatty": lambda _: True})("1\n"))
    patch.setattr(sys, "stdout", out)
    with guarded_output():
        sensors._asked([KnownSensor("1", LINES, EVIL), KnownSensor(EVIL, "two", EVIL)])
    return out.getvalue()


def reported(*options: str) -> Output:
    def run(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
        recorded(data_folder() / "recordings" / "a.mcap")
        return printed(spinae, "report", "--day", "2024-10-04", *options)

    return run


def page(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
    said = reported("--html", str(folder / "day.html"))(spinae, folder, patch)
    return said + (folder / "day.html").read_text(encoding="utf-8")


def status_line(*_: Any) -> str:
    here = {"has_signal": False, "sensor": {"problem": LINES, "state": "searching"}}
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)

        async def ask(*_: Any) -> dict[str, Any]:
            return here

        patch.setattr(status, "ask", ask)
        main(["status"])
    return out.getvalue()


def own_programme(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
    routines = Path(os.environ["XDG_CONFIG_HOME"]) / "spinae" / "routines"
    routines.mkdir(parents=True)
    escaped = "".join(f"\\u{ord(c):04x}" for c in LINES)
    (routines / f"{EVIL}.toml").write_text(f'title = "{escaped}"\nabout = "{escaped}"\n[[step]]\nbreathe = "slow"\nfor_s = 120\n')
    return printed(spinae, "routine", "--list")


def settings_file(*command: str) -> Output:
    def run(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
        config = Path(os.environ["XDG_CONFIG_HOME"]) / "spinae"
        config.mkdir(parents=True, exist_ok=True)
        escaped = "".join(f"\\u{ord(c):04x}" for c in LINES)
        (config / "settings.toml").write_text(f'[channels]\n"{escaped}" = 1\n' if "check" in command else f'"{escaped}" = 1\n')
        return printed(spinae, *command)

    return run


def usage(*arguments: str) -> Output:
    return lambda spinae, *_: printed(spinae, *arguments)


def crash(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(LINES)

    patch.setattr(scan, "look", broken)
    return printed(spinae, "scan")


EVENTS = (PainNoted(50.0, 4, LINES), Marked(55.0, LINES))


def plain_dashboard(*_: Any) -> str:
    out = io.StringIO()
    view = dashboard.PlainView(Player(stream(duration_s=2.0), Settings()), writing(out), lambda: None)
    view.show(moment(problem=LINES))
    view.show(moment(notices=EVENTS, notices_total=2, exercises=((LINES, 3),), link=LinkStatus(LINES, EVIL, LinkState.SEARCHING)))
    return out.getvalue()


def programme() -> Running:
    escaped = "".join(f"\\u{ord(c):04x}" for c in LINES)
    steps = f'title = "{escaped}"\nabout = "{escaped}"\n[[step]]\nbreathe = "slow"\nfor_s = 120\ncues = ["{escaped}"]\n'
    return Running(parsed(steps, EVIL, EVIL), None)


def plain_routine(*_: Any) -> str:
    out = io.StringIO()
    PlainRoutine(writing(out)).show(programme().advance(0.0, None))
    return out.getvalue()


def log_file(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
    with logging_to_file(folder):
        logging.getLogger("spinae").warning("the sensor %s", LINES)
    return (folder / "spinae.log").read_text(encoding="utf-8")


def crash_file(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
    crash(spinae, folder, patch)
    (log,) = Path(os.environ["XDG_STATE_HOME"]).rglob("crash.log")
    return log.read_text(encoding="utf-8")


def notification(*_: Any) -> str:
    return osc.notification({"TERM": "xterm"}, LINES, LINES)[2:-1] + osc.window_title({"TERM": "xterm"}, LINES)[2:-1]


def desktop(spinae: Spinae, folder: Path, patch: pytest.MonkeyPatch) -> str:
    class Service:
        async def send(self, *, title: str, message: str, **_: Any) -> None:
            self.shown = title + message

    patch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    channel, service = Desktop(), Service()
    channel._notifier = service
    asyncio.run(channel.notify(Message("Alert", LINES, LINES)))
    return service.shown


def exported(kind: str) -> Output:
    def run(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
        return printed(spinae, "export", recorded(folder / EVIL_FILE), "--to", kind, "-o", folder / f"pwned\x1b[2J.{kind}")

    return run


def imported(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
    return printed(spinae, "import", recorded(folder / EVIL_FILE), "-o", folder / "pwned\x1b[2J.mcap")


def batched(spinae: Spinae, folder: Path, _: pytest.MonkeyPatch) -> str:
    recorded(folder / "in" / EVIL_FILE)
    (folder / "in" / f"broken-{EVIL_FILE}").write_bytes(b"\x89MCAP0\r\nno recording")
    return printed(spinae, "analyze", folder / "in", "--batch", folder / "pw\x1b[2Jned.parquet")


OUTPUTS: dict[str, Output] = {
    "scan": scanned(),
    "scan --json": scanned("--json"),
    "scan, error line": no_radio,
    "wear, which sensor (error line)": choosing,
    "wear, which sensor (asked)": asked,
    "analyze": of_file("analyze"),
    "analyze --json": of_file("analyze", "--json"),
    "analyze, error line": of_bad_file("analyze"),
    "analyze, a folder": batched,
    "replay --headless": of_file("replay", "--headless"),
    "replay, error line": of_bad_file("replay", "--headless"),
    "tune, error line": of_bad_file("tune"),
    "import": imported,
    "import, error line": of_bad_file("import"),
    "export --to csv": exported("csv"),
    "export --to edf": exported("edf"),
    "export, error line": of_bad_file("export", "--to", "csv"),
    "report": reported(),
    "report --html": page,
    "status": status_line,
    "routine --list": own_programme,
    "routine, error line": usage("routine", LINES),
    "config show, error line": settings_file("config", "show"),
    "config check, error line": settings_file("config", "check"),
    "validate, error line": usage("validate", LINES, LINES),
    "simulate, error line": usage("simulate", LINES, "-o", "/dev/null"),
    "usage": usage("analyze", "x", "--placement", LINES),
    "usage, no such command": usage(LINES),
    "--set, error line": usage("analyze", "x", "--set", f"{LINES}=1"),
    "crash line": crash,
    "crash.log": crash_file,
    "spinae.log": log_file,
    "plain dashboard": plain_dashboard,
    "plain routine": plain_routine,
    "terminal's notification and title": notification,
    "desktop notification": desktop,
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_output_shows_what_would_steer_the_terminal(
    name: str,
    spinae: Spinae,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = OUTPUTS[name](spinae, tmp_path, monkeypatch)
    assert steers(shown) == ""
    assert "pw" in shown  # the hostile text is in there
    assert "\nspinae: all is well" not in shown  # nor does it make a line of its own


async def painted(app: Program) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def today() -> str:
    app = Held(Player(stream(duration_s=2.0), Settings()), title=LINES)
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        app.show_snapshot(moment(problem=LINES, notices=EVENTS, notices_total=2, exercises=((LINES, 3),), warnings=(LINES,)))
        await pilot.pause()
        return await painted(app)


async def replay_list() -> str:
    app = Held(Player(stream(duration_s=2.0), Settings()), title=LINES, first="replay")
    async with app.run_test(size=(140, 40)) as pilot:
        app.frame()
        await pilot.pause()
        from tui.widgets.event_list import EventList  # noqa: PLC0415

        app.screen.query_one(EventList).show(event_text.lines(EVENTS), 60.0, lambda _: "09:00:00")
        await pilot.pause()
        return await painted(app)


async def toast() -> str:
    app = Held(Player(stream(duration_s=2.0), Settings()), title="day")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        app.show_snapshot(moment())
        later = tuple(replace(event, t_s=65.0 + place) for place, event in enumerate(EVENTS))
        app.show_snapshot(moment(t_s=70.0, notices=later, notices_total=2))
        await pilot.pause(0.2)
        return await painted(app)


async def past(key: str) -> str:
    with History(history_path()) as history:
        start_s = int(time.time()) // 86400 * 86400 - 15 * 3600
        one = RepSet(start_s + 60.0, start_s + 90.0, "pelvic_tilt", EVIL, 6, 0.0, 10.0, 0.75, 4.0, LINES)
        note = Note(start_s + 5 * 3600.0, 0, 4, LINES)
        history.replace(
            Session(EVIL, start_s * 10**9, 0, EVIL, True), [Minute(start_s // 60, 600, 0, 0, 0, 600)], [one], [note], []
        )
    app = Held(Player(stream(duration_s=2.0), Settings()), title=LINES)
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press(key)
        for _ in range(200):
            await pilot.pause(0.02)
            shown = await painted(app)
            if "reading the history" not in shown:
                break
        return shown


async def routine_screen() -> str:
    app = Program(RoutineScreen(programme(), None, sensor=LINES), theme="spinae-dark")
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.pause(0.2)
        return await painted(app)


SCREENS: dict[str, Callable[[], Awaitable[str]]] = {
    "today": today,
    "replay": replay_list,
    "toast": toast,
    "week": lambda: past("5"),
    "exercises": lambda: past("6"),
    "progress": lambda: past("7"),
    "routine": routine_screen,
}


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_shows_what_would_steer_the_terminal(name: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = await SCREENS[name]()
    assert steers(shown) == ""
    if name not in ("week", "progress"):  # these show figures only
        assert "\\x1b" in shown


async def test_what_no_view_made_visible_is_taken_out_last(monkeypatch: pytest.MonkeyPatch) -> None:
    from textual.widgets import Static  # noqa: PLC0415

    app = Held(Player(stream(duration_s=2.0), Settings()), title="day")
    async with app.run_test(size=(100, 30)) as pilot:
        await app.screen.mount(Static(f"here {EVIL} there", markup=False))
        await pilot.pause()
        shown = await painted(app)
        assert steers(shown) == ""
        assert "[red]" in shown


@pytest.mark.slow
def test_a_real_terminal_gets_no_sequence_of_a_recording(tmp_path: Path) -> None:
    """The bytes that reach a pseudo-terminal while the dashboard replays a hostile recording."""
    path = recorded(tmp_path / EVIL_FILE)
    controller, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (40, 240))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}  # this terminal's size
    environment = inherited | {"TERM": "xterm-256color", "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tui.cli", "replay", os.fsencode(path)]
    child = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment, close_fds=True)
    os.close(terminal)
    got, give_up_s = b"", time.monotonic() + 90.0  # on a busy machine
    try:
        while time.monotonic() < give_up_s and b"]0;ned" not in got:
            if select.select([controller], [], [], 0.1)[0]:
                got += os.read(controller, 1 << 16)
    finally:
        child.kill()
        child.wait()
        os.close(controller)
    assert b"pw\\x1b]0;ned" in got
    assert b"\x1b]0;ned" not in got
