"""Calibrate screen: stand still, bow three times, sit; with live progress and a plain verdict."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from sensorcore.devices import third_party_driver
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.errors import SpinaeError
from sensorcore.model import Calibration
from sensorcore.motion.calibration import BOW_DEG, ENOUGH_BOWS
from sensorcore.ports import Incoming
from sensorcore.session.guided_calibration import LIMIT_S, Calibrations, StepProgress, serials_of, verdict, watched
from sensorcore.session.live import Live
from sensorcore.text.escape import one_line
from sensorcore.view.snapshot import Snapshot
from tui.keys import actions
from tui.places.folders import data_folder
from tui.screens.view import View
from tui.widgets.figure import FigurePanel
from tui.widgets.heading import Heading
from tui.widgets.redraw import is_whole, when_whole

PRACTICE: Final = "workday-short"
"""Simulated wearer for a demonstration when no sensor is worn."""
BOWS_ASKED: Final = ENOUGH_BOWS + 1
_STEPS: Final = (
    "Stand upright, still, for five seconds",
    f"Bow forward {BOWS_ASKED} times, about {BOW_DEG + 10:.0f}°",
    "Sit down your way, still, for five seconds",
)
_GAUGE_CELLS: Final = 30
_GAUGE_TOP_DEG: Final = 60.0

State = Literal["ready", "running", "done", "refused"]


class CalibrateScreen(View):
    """Screen before, during and after a calibration."""

    NAME = "calibrate"
    CSS_PATH = "calibrate.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.CALIBRATE]

    def __init__(self) -> None:
        super().__init__()
        self.state: State = "ready"
        self._working: Worker[None] | None = None
        self._progress = StepProgress("stand")
        self._shown_worn: bool | None = None

    def body(self) -> ComposeResult:
        with Container(id="calibrating"):
            yield FigurePanel(id="trunk")
            with Vertical(id="guide"):
                yield Heading("calibrate")
                yield Static("", id="steps", markup=False)
                yield Static("", id="gauge", markup=False)
                yield Static("", id="hint", markup=False)
                yield StartButton("", id="start", markup=False)

    def on_mount(self) -> None:
        self._describe()
        if self.dashboard.first == self.NAME and isinstance(self.feed, Live):
            self.action_begin()  # running `spinae calibrate` is consent enough

    def show_snapshot(self, s: Snapshot) -> None:
        if self.state != "running":
            self.query_one(FigurePanel).show(s)
        if self.state == "ready" and self._is_worn() != self._shown_worn:
            self._describe()

    def _is_worn(self) -> bool:
        return isinstance(self.feed, Live) and not self.feed.finished

    def action_begin(self) -> None:
        if self.state == "running":
            return
        self.state = "running"
        self._progress = StepProgress("stand")
        self._working = self.run_worker(self._calibrate, group="calibrate", exclusive=True)
        self._describe()

    def action_leave(self) -> None:
        """Stop, or go back to the screen before."""
        if self.state == "running" and self._working is not None:
            self._working.cancel()
            self.state = "ready"
            self._describe()
        else:
            self.dashboard.action_show("today")

    async def _calibrate(self) -> None:
        try:
            found = await watched(self._arrivals(), self._watch, self._third_party())
        except SpinaeError as error:
            self.state = "refused"
            self._describe(f"Not yet: {error.what}. {error.hint}.".replace("..", "."))
            return
        self.state = "done"
        self._describe(f"{verdict(found)} {self._use(found)}")

    def _third_party(self) -> list[type[DeviceDriver] | None]:
        """Driver of each sensor, if it is not one of ours."""
        if not isinstance(self.feed, Live):
            return [None]
        info = self.feed.info
        return [third_party_driver(each.device.name) for each in (info, info.second) if each is not None]

    def _arrivals(self) -> AsyncGenerator[Incoming, None]:
        if isinstance(self.feed, Live):
            return self.feed.arrivals()
        from sensorcore.simulator.live import SimulatedSensor  # noqa: PLC0415 - only this needs it

        return SimulatedSensor(PRACTICE).arrivals()

    def _use(self, found: tuple[Calibration, ...]) -> str:
        """Measure from it from now on, and store it; returns the outcome in a sentence."""
        if not isinstance(self.feed, Live):
            return "That was a simulated wearer: nothing is kept."
        for sensor, each in enumerate(found):
            if not self.feed.say("calibrate", json.dumps(asdict(each) | ({"sensor": sensor} if sensor else {}))):
                return "It is not used and not kept: no sensor is worn any more."
        self.dashboard.calibration = found[0]
        serials = serials_of(self.feed.snapshot().link, len(found))
        if None in serials:
            return "It holds for now: nothing is kept of a sensor without a serial number."

        try:
            for serial, each in zip(serials, found, strict=True):
                Calibrations(data_folder()).save(serial or "", each)
        except SpinaeError as error:
            return one_line(f"It holds for now, but is not kept. {error}")
        return "It holds from now on, until the next one."

    def _watch(self, progress: StepProgress) -> None:
        self._progress = progress
        if not is_whole(self):
            return
        if progress.leaning_deg is not None or progress.elapsed_s:
            pose: Literal["sitting", "standing"] = "sitting" if progress.step == "sit" else "standing"
            self.query_one(FigurePanel).lean(pose, progress.leaning_deg or 0.0, BOW_DEG)
        self._describe()

    @when_whole
    def _describe(self, said: str = "") -> None:
        now, self._shown_worn = self._progress, self._is_worn()
        place = {"ready": -1, "done": len(_STEPS)}.get(self.state, 2 if now.step == "sit" else 1 if now.still else 0)
        self.query_one("#steps", Static).update(_steps(place, now, running=self.state == "running"))
        self.query_one("#gauge", Static).update(_gauge(now) if self.state == "running" else "")
        role = {"done": "good", "refused": "slouched"}.get(self.state, "foreground")
        self.query_one("#hint", Static).update(Content.styled(said or self._hint(), f"${role}"))
        start = {"ready": "⏎ Start", "running": "esc Stop", "done": "⏎ Again", "refused": "⏎ Try again"}[self.state]
        self.query_one("#start", Static).update(f" {start} ")

    def _hint(self) -> str:
        if self.state == "running":
            left_s = LIMIT_S - self._progress.elapsed_s
            missing = self._progress.missing or "waiting for the sensor"
            return missing[0].upper() + missing[1:] + (f"  ({left_s:.0f} s left)" if left_s < 20 else "")
        if self._is_worn():
            return "It takes half a minute, and tells spinae which way is up and which is forward on your body."
        return "No sensor is worn now: start, and a simulated wearer shows how it goes. With a sensor: `spinae calibrate`."


class StartButton(Static):
    """Button for those who prefer the mouse."""

    async def on_click(self) -> None:
        screen = self.screen
        assert isinstance(screen, CalibrateScreen)
        if screen.state == "running":
            screen.action_leave()
        else:
            screen.action_begin()


def _steps(place: int, now: StepProgress, *, running: bool) -> Content:
    lines = []
    for number, text in enumerate(_STEPS):
        count = f"  ({min(now.bows, BOWS_ASKED)} of {BOWS_ASKED})" if number == 1 and running and place >= 1 else ""
        symbol, style = ("✓", "$good") if number < place else ("▸", "bold $foreground") if number == place else ("·", "$quiet")
        lines.append(Content.styled(f"{symbol} {number + 1}  {text}{count}", style))
    return Content("\n").join(lines)


def _gauge(now: StepProgress) -> Content:
    """Gauge: the present lean, and how far a bow must go at least."""
    if now.leaning_deg is None:
        return Content.styled("looking for the first still moment", "$quiet")
    cells = [" "] * _GAUGE_CELLS
    filled = round(min(now.leaning_deg, _GAUGE_TOP_DEG) / _GAUGE_TOP_DEG * _GAUGE_CELLS)
    cells[:filled] = "█" * filled
    limit = round(BOW_DEG / _GAUGE_TOP_DEG * _GAUGE_CELLS)
    deep = now.leaning_deg >= BOW_DEG
    bar = "".join(cells[:limit]), "".join(cells[limit + 1 :])
    role = "$good" if deep else "$drifting"
    return Content.assemble(
        (f"{now.leaning_deg:3.0f}° ", "bold"), (bar[0], role), ("┃", "$foreground"), (bar[1], role),
        (f" {'deep enough' if deep else f'bow to {BOW_DEG:.0f}° or more'}", "$quiet"),
    )  # fmt: skip
