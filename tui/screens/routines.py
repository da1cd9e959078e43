"""Routine screen of the dashboard: choose one, and be guided through it by the worn sensor; by the timer where none is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker

from sensorcore.errors import SpinaeError
from sensorcore.routine.guide import Asked
from sensorcore.routine.programme import Programme, programmes
from sensorcore.routine.running import Running
from sensorcore.session.live import Live
from sensorcore.text.escape import one_line
from sensorcore.view.snapshot import Snapshot
from tui.keys import actions
from tui.past.cells import heading
from tui.places.folders import settings_path
from tui.places.routine_history import left_behind
from tui.screens.routine import END_S, FRAMES_HZ
from tui.screens.view import View
from tui.text.routine_text import RoutineMoments
from tui.widgets.redraw import is_whole, when_whole
from tui.widgets.routine_panel import RoutinePanel

LATE_S: Final = 1.0
"""The sensor's last set is reported after the end."""
LOW_BELOW: Final = 22
TIMER_ONLY: Final = "timer only"


class RoutinesScreen(View):
    """List of programmes, or the one that runs. It goes on while another screen is looked at."""

    NAME = "routine"
    CSS_PATH = "routine.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.ROUTINES]
    clock: Callable[[], float] = staticmethod(time.monotonic)

    def __init__(self) -> None:
        super().__init__()
        self._known: list[Programme] = []
        self._chosen = 0
        self._said: list[str] = []
        self._shown_about = ""
        self._routine: RoutineMoments | None = None
        self._sensor = TIMER_ONLY
        self._started_unix_s = 0.0
        self._ticking: Timer | None = None

    def body(self) -> ComposeResult:
        yield Static("", id="choosing", markup=False)
        yield RoutinePanel()

    def on_mount(self) -> None:
        self.query_one(RoutinePanel).display = False
        self._ticking = self.set_interval(1 / FRAMES_HZ, self.advance, pause=True)

    def on_unmount(self) -> None:
        moments, self._routine = self._routine, None
        if moments is not None:
            moments.running.close()
            left_behind(moments.running, self._started_unix_s, self._sensor)

    def show_snapshot(self, s: Snapshot) -> None:  # noqa: ARG002 - as of any view
        """A timer of its own shows the routine: it goes on while nothing comes from the sensor. The list's line about the sensor
        holds only while the day does."""
        if self._about() != self._shown_about:
            self.paint()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._listing: Worker[None] = self.run_worker(self._list, group="programmes", exclusive=True)

    async def _list(self) -> None:
        try:
            found = await asyncio.to_thread(programmes, settings_path().with_name("routines"))
        except SpinaeError as error:
            found, self._said = programmes(), [one_line(f"× {error}")]
        self._known = sorted(found.values(), key=lambda each: (each.needs_sensor, each.lasts_s))
        self.paint()

    @when_whole
    def paint(self) -> None:
        """Show the list, and the outcome of the last run."""
        width = max(20, self.query_one("#choosing", Static).size.width)
        self._shown_about = self._about()
        rows = [heading("routines", width)]
        for place, each in enumerate(self._known):
            here = place == self._chosen
            text = f"{'▸' if here else ' '} {each.title:16} {each.lasts_s / 60:2.0f} min  "
            room = width - len(text)
            about = each.about if room >= len(each.about) else f"{each.about[: room - 1].rstrip()}…" if room > 20 else ""
            style = "bold $foreground on $panel" if here else "$foreground"
            rows.append(Content.assemble((text, style), (about, "$quiet")))
        said = [Content(line) for line in self._said]
        if said and self.app.size.height < LOW_BELOW:
            rows = [*said, *rows]  # what became of it comes first where not all has room
        else:
            rows += [Content(""), Content.styled(self._shown_about, "$quiet"), Content(""), *said]
        self.query_one("#choosing", Static).update(Content("\n").join(rows))

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    def _about(self) -> str:
        if self._live() is None:
            return "No sensor is worn: a routine goes by the timer, nothing is counted. `spinae wear` counts."
        return "The sensor that you wear counts, times and waits for you. Leave out what hurts."

    def _live(self) -> Live | None:
        return self.feed if isinstance(self.feed, Live) and not self.feed.finished else None

    def begin(self, name: str) -> None:
        """Begin the routine of that name."""
        place = next((i for i, each in enumerate(self._known) if each.name == name), None)
        if place is None:
            self._known = list(programmes().values())
            place = [each.name for each in self._known].index(name)
        self._chosen = place
        self.action_begin_routine()

    def action_routine(self, step: int) -> None:
        if self._routine is None:
            self._chosen = min(max(0, self._chosen + step), max(0, len(self._known) - 1))
            self.paint()

    def action_begin_routine(self) -> None:
        if self._routine is not None or not self._known:
            return
        programme, live = self._known[self._chosen], self._live()
        if programme.needs_sensor and live is None:
            hint = "Wear one (`spinae wear`), or try it with `spinae routine baseline --sensor sim:baseline`."
            self._said = [f"The {programme.title.lower()} needs a sensor: without one nothing is measured. {hint}"]
            self.paint()
            return
        running = Running(programme, live, lambda: live is None or live.is_present)
        self._routine = RoutineMoments(running, self.clock)
        link = None if live is None else live.snapshot().link
        self._sensor = TIMER_ONLY if live is None else (link.sensor if link is not None else "") or "sensor"
        self._started_unix_s, self._said = time.time(), []
        panel = self.query_one(RoutinePanel)
        panel.name_sensor(self._sensor)
        self._show_panel(on=True)
        if self._ticking is not None:
            self._ticking.resume()
        self.advance()

    @when_whole
    def _show_panel(self, *, on: bool) -> None:
        self.query_one(RoutinePanel).display = on
        self.query_one("#choosing").display = not on

    def advance(self, asked: Asked | None = None) -> None:
        """Draw a frame of the routine that runs."""
        moments = self._routine
        if moments is None:
            return
        shown = moments.advance(asked)
        if shown.ring and self.feed.settings.display.bell == "on":
            self.app.bell()
        if self.is_current and is_whole(self):
            self.query_one(RoutinePanel).show(shown)
        if moments.is_over(END_S):
            self.action_stop_routine()

    def action_ask(self, asked: Asked) -> None:
        self.advance(asked)

    def action_stop_routine(self) -> None:
        """End it and keep what was done."""
        moments, self._routine = self._routine, None
        if moments is None:
            return
        if self._ticking is not None:
            self._ticking.pause()
        moments.running.close()
        self._show_panel(on=False)
        keep = partial(self._keep, moments.running, self._started_unix_s, self._sensor)
        self._keeping: Worker[None] = self.run_worker(keep, group="keeping")

    async def _keep(self, running: Running, started_unix_s: float, sensor: str) -> None:
        if running.with_sensor:
            await asyncio.sleep(LATE_S)
            running.listen()
        try:
            self._said = await asyncio.to_thread(left_behind, running, started_unix_s, sensor)
        except SpinaeError as error:
            self._said = [one_line(f"× It is not kept: {error}")]
        self.paint()
        self.dashboard.look_at_practice()
