"""What goes wrong is a sentence with the next step on a living screen; the details are in the log, and quitting says it again."""

import resource
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from sensorcore.errors import SpinaeError
from sensorcore.link import LinkState, LinkStatus
from sensorcore.links.ble import problems
from sensorcore.pipeline.single import Pipeline, PipelineOutput
from sensorcore.ports import Incoming, StreamItem
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator.live import SimulatedSensor
from sensorcore.view.player import Player
from tests.streams import Stream, stream
from tests.tui.app.test_dashboard import Held, text
from tui.app.dashboard import Dashboard
from tui.app.show import run_live, run_replay
from tui.screens.replay import ReplayScreen

FILE_LIMIT_BYTES = 48 * 1024


def live(record_to: Path | None = None) -> Live:
    sensor = SimulatedSensor("workday-short", speed=100.0)
    return Live(WearSession(sensor, Settings(), sensor.info, record_to))


def shown_until_quit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str, show: Callable[[], int]) -> tuple[str, str, str]:
    """The screen when it shows `part`, the error after quitting, and the log."""
    seen: list[str] = []

    async def wait_and_quit(pilot: Pilot[Any]) -> None:
        for _ in range(400):
            shown = " ".join(text(pilot.app).split())  # type: ignore[arg-type]
            if part in shown:
                seen.append(shown)
                break
            await pilot.pause(0.02)
        await pilot.press("right", "q")  # it still hears

    def run(app: Dashboard) -> None:
        App.run(app, headless=True, size=(80, 24), auto_pilot=wait_and_quit)

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(Dashboard, "run", run)
    monkeypatch.setattr("tui.terminal.tty.has_terminal", lambda: True)
    with pytest.raises(SpinaeError) as told:
        show()
    assert seen, f"{part!r} was never on the screen"
    return seen[0], str(told.value), "".join(path.read_text() for path in tmp_path.rglob("spinae.log"))


@pytest.mark.parametrize("worn", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_crash_of_the_core_is_shown_and_logged(worn: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    step = Pipeline.step

    def crash(self: Pipeline, state: Any, item: StreamItem) -> tuple[Any, PipelineOutput]:
        if state.last_s > 4.0:
            raise ZeroDivisionError("a sum of nothing")
        return step(self, state, item)

    monkeypatch.setattr(Pipeline, "step", crash)
    show = (lambda: run_live(live(), title="sim")) if worn else (lambda: run_replay(stream(block=100), Settings(), title="x"))
    screen, told, log = shown_until_quit(monkeypatch, tmp_path, "a fault in spinae (ZeroDivisionError: a sum of", show)
    assert "report it" in screen
    assert "ZeroDivisionError" in told
    assert "spinae.log" in told
    assert "Traceback" in log
    assert "in crash" in log


@contextmanager
def files_limited() -> Iterator[None]:
    """As on a disk that is full: the kernel refuses to let a file grow. (The signal that comes with it is ignored by Python.)"""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
def test_a_recording_that_may_not_grow_is_followed_by_another_and_the_day_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def until_followed(pilot: Pilot[Any]) -> None:
        for _ in range(400):
            if len(list(tmp_path.glob("*.mcap"))) > 1:  # noqa: ASYNC240 - nothing else runs here
                break
            await pilot.pause(0.02)
        await pilot.press("q")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(Dashboard, "run", lambda app: App.run(app, headless=True, size=(80, 24), auto_pilot=until_followed))
    monkeypatch.setattr("tui.terminal.tty.has_terminal", lambda: True)
    with files_limited():
        assert run_live(live(tmp_path / "day.mcap"), title="sim") == 0
    recordings = sorted(tmp_path.glob("*.mcap"))
    assert len(recordings) > 1
    assert all(0 < path.stat().st_size <= FILE_LIMIT_BYTES for path in recordings)


class Troubled(SimulatedSensor):
    """Sends nothing, and says why."""

    trouble = LinkStatus()

    @property
    def status(self) -> LinkStatus:
        return self.trouble

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        import asyncio  # noqa: PLC0415

        while True:
            await asyncio.sleep(0.05)
            if False:
                yield


async def test_trouble_with_the_radio_is_a_sentence_with_the_next_step_and_goes_when_it_is_over() -> None:
    sensor = Troubled("workday-short")
    app = Held(Live(WearSession(sensor, Settings(), sensor.info)), title="SP-1")
    async with app.run_test(size=(80, 24)) as pilot:
        for words in (problems.OFF, problems.DENIED, problems.OUT_OF_RANGE, problems.LOST):
            sensor.trouble = LinkStatus(state=LinkState.SEARCHING, problem=str(problems.said(words, "SP-1")))
            app.player._link = sensor.trouble  # type: ignore[union-attr]
            app.frame()
            await pilot.pause()
            shown = " ".join(text(app).split())
            assert words[0] in shown
            assert words[1].split()[0] in shown
        app.player._link = replace(sensor.trouble, state=LinkState.STREAMING, problem=None)  # type: ignore[union-attr]
        app.frame()
        await pilot.pause()
        assert problems.LOST[0] not in text(app)
        await pilot.press("q")


@pytest.mark.slow
async def test_a_disk_that_answers_slowly_never_holds_up_the_screen() -> None:
    answered = threading.Event()

    class Slow(Stream):
        def items(self) -> Iterator[StreamItem]:
            answered.wait(20.0)
            yield from super().items()

    info, items = stream(duration_s=20.0).info, list(stream(duration_s=20.0).items())
    app = Dashboard(Player(Slow(info, items), Settings()), title="slow")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2", "space")
        assert isinstance(app.screen, ReplayScreen)
        assert app.player.paused
        assert not app.player.snapshot().has_signal
        assert not answered.is_set()
        answered.set()
