"""A scripted day in accelerated time, end to end: the morning on the software radio, the afternoon on the simulated sensor, with
the daemon, the dashboard in tmux, the page in a browser, alerts, a snooze, an exercise, a routine and a pain note; then the
report's numbers against the simulator's truth."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sensorcore.commands import Command
from sensorcore.daemon.address import is_listening
from sensorcore.daemon.remote import RemoteSession
from sensorcore.events import AlertRaised, AlertWithheld, ExerciseOpened, PainNoted, SetEnded, Snoozed
from sensorcore.history.store import History
from sensorcore.recording.reader import open_recording
from sensorcore.report.gather import Report, gather
from sensorcore.report.span import Span
from sensorcore.routine.programme import named
from sensorcore.simulator import Simulation
from sensorcore.simulator.scenario import load
from sensorcore.track.posture_track import SLOUCHED, UPRIGHT
from tests.end_to_end.programs import Home
from tests.end_to_end.scenarios import AFTERNOON, written
from tests.sensorcore.daemon.test_supervisor import Seen, attached
from tests.tui.terminal.test_terminal import Terminal
from tests.tui.web.browser import browser, executable
from tests.tui.web.test_page import free_port

RADIO_SPEED, SPEED = 8.0, 30.0
MORNING = "workday-short"
MORNING_S = 280.0
PATIENCE_S = 150.0
TOLERANCE_S, TOLERANCE = 40.0, 0.05
"""Of upright and slouched time against the truth, which has no dwell and knows no doubt: whichever is more."""
ROUTINE = """title = "Mini"
about = "Half a minute."

[[step]]
breathe = "easy"
pose = "sitting"
for_s = 20
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed (Debian: apt-get install tmux)"),
    pytest.mark.skipif(executable() is None, reason="needs Chromium (Debian package chromium)"),
]


@pytest.fixture
def noon(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home where it is about noon, so that no day ends in between, with a routine of its own."""
    offset_h = 12 - time.gmtime().tm_hour
    home.env["TZ"] = f"AAA{-offset_h}"
    folder = home.folder / "config" / "spinae" / "routines"
    folder.mkdir(parents=True)
    (folder / "mini.toml").write_text(ROUTINE)
    for name in ("TZ", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, home.env[name])
    return home


@asynccontextmanager
async def watching(home: Home) -> AsyncIterator[tuple[Seen, RemoteSession]]:
    """A view of the test's own, which tells what time it is in the stream."""
    socket = home.runtime / "spinae" / "daemon.sock"
    give_up_s = time.monotonic() + PATIENCE_S
    while not socket.exists():
        assert time.monotonic() < give_up_s
        await asyncio.sleep(0.1)
    async with attached(socket) as view:
        yield view


async def until(condition: Callable[[], object], what: str) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s, f"{what} did not come"
        await asyncio.sleep(0.02)


async def morning(home: Home) -> None:
    """On the radio, watched in tmux."""
    recording = home.data / "recordings" / "2000-morning.mcap"
    socket = home.runtime / "spinae" / "daemon.sock"
    command = [sys.executable, "-m", "tests.end_to_end.radio_day", str(socket), str(recording), MORNING, str(RADIO_SPEED)]
    daemon = await asyncio.to_thread(subprocess.Popen, command, env=home.env)
    terminal = Terminal(home.folder)
    try:
        async with watching(home) as (seen, _):
            terminal.run("wear")
            await asyncio.to_thread(terminal.shows, "● live", "battery 87%")
            await until(lambda: any(isinstance(event, AlertRaised) for event in seen.events()), "an alert over the radio")
            await asyncio.to_thread(terminal.shows, "leaned")
            await until(lambda: seen.results.end_s > MORNING_S, "the end of the morning")
        stopped = await asyncio.to_thread(home.run, "daemon", "stop")
        assert stopped.returncode == 0, stopped.stderr
        await asyncio.to_thread(daemon.wait, 30)
    finally:
        terminal.close()
        daemon.kill()
        daemon.wait()


def begins_s(name: str) -> float:
    """When that phase of the afternoon begins."""
    return sum(float(s) for n, s in re.findall(r'name = "([^"]+)", duration_s = (\d+)', AFTERNOON.partition(f'"{name}"')[0]))


async def afternoon(home: Home, sensor: str, tmp_path: Path) -> None:
    """On the simulated sensor: snooze and pain note at the terminal, the page, an exercise, and a routine beside."""
    started = await asyncio.to_thread(home.run, "daemon", "start", "--sensor", f"{sensor}@{SPEED:g}")
    assert started.returncode == 0, started.stderr
    terminal = Terminal(home.folder)
    port = await free_port()
    serving = home.start("serve", "--port", port, stdout=subprocess.PIPE)
    try:
        async with watching(home) as (seen, wear), browser(tmp_path) as chromium:
            terminal.run("wear")

            def at(phase: str, later_s: float = 0.0) -> Callable[[], bool]:
                return lambda: seen.results.end_s >= begins_s(phase) + later_s

            with home.shown("routine", "mini", "--sensor", "none") as routine:
                assert serving.stdout is not None
                address = (await asyncio.to_thread(serving.stdout.readline)).removeprefix("Open ").strip()
                tab = await chromium.tab()
                await tab.open(address)
                await until(at("upright, snoozing", 10), "the time to snooze")
                terminal.press("s")
                await until(lambda: any(isinstance(event, Snoozed) for event in seen.events()), "the snooze")
                terminal.press("c")
                await asyncio.to_thread(terminal.shows, "how is your back")
                terminal.press("4", "Space", "s", "t", "i", "f", "f", "Enter")
                await until(lambda: any(isinstance(event, PainNoted) for event in seen.events()), "the pain note")
                await tab.until_text("afternoon")
                await tab.until_text("°")
                await until(at("rest", 20), "the time to exercise")
                assert wear.say(Command(0.0, "exercise", "pelvic_tilt"))
                await until(lambda: any(isinstance(event, ExerciseOpened) for event in seen.events()), "the open exercise")
                assert seen.results.end_s < begins_s("pelvic tilts"), "this machine is too slow for this speed"
                await until(at("rest again", 20), "the end of the exercise")
                assert wear.say(Command(0.0, "exercise"))
                await until(lambda: any(isinstance(event, SetEnded) and event.closed for event in seen.events()), "the set")
                await asyncio.to_thread(routine.process.wait, PATIENCE_S)
                assert "Mini" in routine.text
            await until(lambda: not is_listening(home.runtime / "spinae" / "daemon.sock"), "the end of the day")
    finally:
        serving.terminate()
        serving.wait(20)
        terminal.close()


def true_s(path: Path, scenario: str) -> dict[int, float]:
    """Seconds of each true posture, of what the recording holds."""
    end_s = open_recording(path).duration_hint_s or 0.0
    last_s = max(float(track.end_s[-1]) for track in open_recording(path).posture())
    simulation = Simulation(replace(load(scenario), start="2026-01-05T09:00:00Z"), 1)
    truth = [(piece.truth.t_s, piece.truth.posture) for piece in simulation.pieces()]
    t_s, posture = (np.concatenate(each) for each in zip(*truth, strict=True))
    assert end_s > 0
    return {code: float(np.count_nonzero(posture[t_s < last_s] == code)) / 104.0 for code in (UPRIGHT, SLOUCHED)}


async def test_a_day_from_the_radio_to_the_report(noon: Home, tmp_path: Path) -> None:
    (tmp_path / "chromium").mkdir()
    sensor = written(tmp_path / "scenario", AFTERNOON)
    await morning(noon)
    await afternoon(noon, sensor, tmp_path / "chromium")
    report = noon.run("report", "--simulated")
    assert report.returncode == 0, report.stderr
    assert noon.run("report", "--simulated", "--html", tmp_path / "day.html").returncode == 0
    assert_like_the_truth(noon, sensor.removeprefix("sim:"), report.stdout, (tmp_path / "day.html").read_text())


def assert_like_the_truth(home: Home, scenario: str, text: str, page: str) -> None:
    report = reported(home)
    paths = {path.name: path for path in home.recordings}
    early = paths.pop("2000-morning.mcap")
    (late,) = paths.values()
    truths = [true_s(early, MORNING), true_s(late, scenario)]
    for name, code in (("upright", UPRIGHT), ("slouched", SLOUCHED)):
        truth_s = sum(truth[code] for truth in truths)
        found_s = getattr(report.shares, f"{name}_s")
        assert found_s == pytest.approx(truth_s, abs=max(TOLERANCE_S, TOLERANCE * truth_s)), name
        minutes = round(found_s / 60)
        assert re.search(rf"{name} +{minutes // 60}:{minutes % 60:02}", text), text
    whole_s = sum(sum(len(track) for track in open_recording(path).posture()) / 10 for path in (early, late))
    shares = report.shares
    assert shares.worn_s + shares.not_worn_s == pytest.approx(whole_s, abs=3.0)
    alerts = [event for path in (early, late) for event in open_recording(path).events() if event["event"] == "AlertRaised"]
    withheld = [event for event in open_recording(late).events() if event["event"] == AlertWithheld.__name__]
    assert [event["because"] for event in withheld] == ["snoozed"]
    assert report.counts.alerts == len(alerts) == 2 + 3  # as scripted: two in the morning by then, three of four in the afternoon
    (done,) = report.sets
    assert done.exercise == "pelvic_tilt"
    assert abs(done.repetitions - 8) <= 1
    assert [(note.pain, note.text) for note in report.notes] == [(4, "stiff")]
    with History(home.data / "history.sqlite") as own:  # by the timer, on no sensor: it is the wearer's own
        (routine,) = own.routines(0, 10**6)
    assert routine.routine == "mini"
    programme = named("mini", home.folder / "config" / "spinae" / "routines")
    assert routine.duration_s == pytest.approx(programme.lasts_s, abs=5.0)
    assert routine.done_share == 1.0
    for said in ("pain 4 of 10", "pelvic tilt"):
        assert said in text
        assert said in page


def reported(home: Home) -> Report:
    with History(home.data / "history.sqlite", simulated=True) as history:
        days = list(history.days(0, 10**6))
        assert len(days) == 1
        return gather(history, Span(days[0], days[0], "the day"))
