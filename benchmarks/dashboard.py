"""`python -m benchmarks.dashboard [--seconds 60]`: cost of the dashboard on a real pseudo-terminal of 120 × 40, as processes.

Live: a simulated sensor at 104 Hz, worn; the same with the trace drawn by textual-plot and by Textual's Sparkline; the Replay
screen while an hour plays; and a jump to the end of a recording of eight hours. The bars: below 10 % of a core, 6 ms a frame, a
callback in another event loop of the process (where the radio lives) late by less than 10 ms at the 95th percentile. CPU is user
and system time of the whole process without the thread that measures lateness. The simulated wearer bows, sits down and slouches
in the first minute, more than in a day. The last columns divide by the own dashboard's row, which is less a matter of how busy
the machine is. Memory: 24 simulated hours shown as they are decided."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import pty
import resource
import select
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widgets import Sparkline
from textual_plot import PlotWidget

from sensorcore.model import SampleBlock
from sensorcore.pipeline.single import Pipeline
from sensorcore.ports import StreamItem
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.live import SimulatedSensor
from sensorcore.view.cursor import Cursor
from sensorcore.view.player import Player
from sensorcore.view.snapshot import Snapshot
from tui.app.dashboard import Dashboard
from tui.app.show import SWITCH_S
from tui.screens.today import TodayScreen
from tui.widgets.trace import TracePanel

SETTLE_S: Final = 4.0
PROBE_EVERY_S: Final = 0.01
RUNS: Final = (
    ("nothing", "none: the machine itself"),
    ("live", "own braille, Line API"),
    ("plot", "trace by textual-plot"),
    ("sparkline", "trace by Sparkline"),
    ("replay", "the Replay screen at 1 ×"),
    ("fast", "the Replay screen at 25 ×"),
    ("catch-up", "a jump to the end of 8 h"),
)
SPEEDS: Final = {"replay": 1.0, "fast": 25.0}


class PlotTrace(TracePanel):
    """The same picture as a PlotWidget draws it."""

    def compose(self) -> ComposeResult:
        yield PlotWidget()

    def _draw(self, width: int, height: int) -> list[Strip]:
        return [Strip.blank(width)] * height  # it lies under the other widget

    def show(self, s: Snapshot) -> None:
        plot = self.query_one(PlotWidget)
        plot.clear()
        plot.plot(s.trace.t_s, np.nan_to_num(s.trace.inclination_deg))
        plot.plot([-60.0, 0.0], [s.threshold_deg, s.threshold_deg])


class SparklineTrace(TracePanel):
    """The same picture as a Sparkline draws it: bars, without axis and limit."""

    def compose(self) -> ComposeResult:
        yield Sparkline([], id="bars")

    def _draw(self, width: int, height: int) -> list[Strip]:
        return [Strip.blank(width)] * height  # it lies under the other widget

    def show(self, s: Snapshot) -> None:
        self.query_one(Sparkline).data = np.nan_to_num(s.trace.inclination_deg).tolist()


class PlotToday(TodayScreen):
    TRACE: ClassVar[type[TracePanel]] = PlotTrace
    CSS = "PlotWidget { width: 1fr; height: 1fr; }"


class SparklineToday(TodayScreen):
    TRACE: ClassVar[type[TracePanel]] = SparklineTrace
    CSS = "Sparkline { width: 1fr; height: 1fr; }"


class Repeated:
    """A FileSource: ten minutes of the simulated wearer again and again, for `hours`."""

    warnings: tuple[str, ...] = ()

    def __init__(self, hours: float) -> None:
        simulation = Simulation(duration_s=600.0, sample_rate_hz=104.0)
        self.info = simulation.info
        self.duration_hint_s = hours * 3600.0
        self._whole = SampleBlock.joined(list(simulation.items()))
        self._times = round(hours * 6)

    def items(self) -> Iterator[StreamItem]:
        for k in range(self._times):
            for start in range(0, len(self._whole), 8192):
                block: SampleBlock = self._whole[start : start + 8192]
                yield replace(block, t_s=block.t_s + 600.0 * k)


class Late(threading.Thread):
    """An event loop of its own, as the radio has: how late its timers come."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.late_s: list[float] = []
        self.cpu_s = 0.0

    def run(self) -> None:
        asyncio.run(self._probe())

    async def _probe(self) -> None:
        while True:
            due_s = time.perf_counter() + PROBE_EVERY_S
            await asyncio.sleep(PROBE_EVERY_S)
            self.late_s.append(time.perf_counter() - due_s)
            self.cpu_s = time.thread_time()


class Measured(Dashboard):
    """Measures itself from `SETTLE_S` after the first frame until `until` says so, then quits."""

    def __init__(self, player: Cursor, seconds: float, kind: str) -> None:
        super().__init__(player, title="benchmark", theme="spinae-dark", first="replay" if kind in SPEEDS else "today")
        self._seconds, self._kind = seconds, kind
        self._frames, self._began_s, self._late = 0, math.inf, Late()
        self._start: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self.result: dict[str, float] = {}

    def on_mount(self) -> None:  # beside the dashboard's own, which Textual calls too
        if self._kind in ("plot", "sparkline"):
            self.add_mode("other", PlotToday if self._kind == "plot" else SparklineToday)
            self.switch_mode("other")
        self._late.start()
        settle_s = 0.5 if self._kind == "catch-up" else SETTLE_S
        self.set_timer(settle_s, self._begin)

    def _begin(self) -> None:
        if self._kind == "catch-up":
            self.player.seek(math.inf)
        self._frames, self._late.late_s = 0, []
        self._start = self._times()
        self._began_s = self._start[0]

    def _times(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time() - self._late.cpu_s, time.thread_time()

    def draw(self) -> None:
        super().draw()
        self._frames += 1
        done = self.player.finished if self._kind == "catch-up" else time.perf_counter() - self._began_s >= self._seconds
        if done and self._began_s < math.inf and not self.result:
            wall_s, cpu_s, thread_s = (now - then for now, then in zip(self._times(), self._start, strict=True))
            late_ms = np.percentile(self._late.late_s, [50, 95]) * 1e3
            self.result = {
                "wall_s": wall_s, "cpu": cpu_s / wall_s, "frames": self._frames, "frame_ms": 1e3 * thread_s / self._frames,
                "median_ms": float(late_ms[0]), "p95_ms": float(late_ms[1]),
            }  # fmt: skip
            self.exit()


def child(kind: str, seconds: float, out: Path) -> None:
    if kind == "nothing":
        late = Late()
        late.start()
        time.sleep(seconds)
        median_ms, p95_ms = (np.percentile(late.late_s, [50, 95]) * 1e3).tolist()
        idle = {"wall_s": seconds, "cpu": 0, "frames": 0, "frame_ms": 0}
        out.write_text(json.dumps({**idle, "median_ms": median_ms, "p95_ms": p95_ms}))
        return
    feed: Cursor
    if kind == "catch-up":
        feed = Player(Repeated(8.0), Settings())
        feed.paused = True
    elif kind in SPEEDS:
        feed = Player(Repeated(1.0), Settings())
        feed.speed = SPEEDS[kind]
    else:
        sensor = SimulatedSensor("workday-short")
        feed = Live(WearSession(sensor, Settings(), sensor.info))
    sys.setswitchinterval(SWITCH_S)
    app = Measured(feed, seconds, kind)
    app.run()
    out.write_text(json.dumps(app.result))


def memory(out: Path) -> None:
    """24 h of decisions shown in a live view, those of ten minutes again and again; a frame is drawn after each. Without
    the quarter of an hour that a moment can be explained back, which is bounded by itself."""
    source = Repeated(1 / 6)
    sensor = SimulatedSensor("workday-short")
    live = Live(WearSession(sensor, Settings(), sensor.info))
    live.begin(source.info)
    pipeline = Pipeline(source.info, Settings())
    state, outputs = pipeline.initial(), []
    for item in source.items():
        state, output = pipeline.step(state, item)
        outputs.append(replace(output, decision_inputs=type(output)(output.track, ()).decision_inputs))
    app = Dashboard(live, title="benchmark", theme="spinae-dark")
    app.draw = lambda: None  # type: ignore[method-assign]
    live.start = lambda: None  # type: ignore[method-assign]
    sizes: dict[str, float] = {}

    async def feed() -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            for k in range(24 * 6):
                for output in outputs:
                    track = replace(output.track, index=output.track.index + 6000 * k)
                    events = tuple(replace(event, t_s=event.t_s + 600.0 * k) for event in output.events)
                    live.take([], replace(output, track=track, events=events))
                app.show_snapshot(live.snapshot())
                await pilot.pause()
                if k + 1 in (6, 48, 144):
                    sizes[f"{(k + 1) / 6:g}"] = _resident_mb()

    asyncio.run(feed())
    out.write_text(json.dumps(sizes))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def on_terminal(arguments: list[str]) -> dict[str, float]:
    """Run this module with `arguments` on a pseudo-terminal; what it has measured."""
    out = Path(f"/tmp/spinae-benchmark-{os.getpid()}.json")
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40")
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.dashboard", *arguments, "--out", str(out)])
    try:
        while True:
            if select.select([terminal], [], [], 1.0)[0] and not os.read(terminal, 65536):
                break
    except OSError:  # the child has closed its end
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    result: dict[str, float] = json.loads(out.read_text())
    out.unlink()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--child", choices=[*(kind for kind, _ in RUNS), "memory"], help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child == "memory":
        memory(args.out)
    elif args.child:
        child(args.child, args.seconds, args.out)
    else:
        print("| dashboard | seconds | CPU, % of a core | frames/s | ms a frame | late, median ms | 95th percentile | CPU | ms |")
        print("|---|---|---|---|---|---|---|---|---|")
        own: dict[str, float] | None = None
        for kind, name in RUNS:
            r = on_terminal(["--child", kind, "--seconds", str(args.seconds)])
            own = r if kind == "live" else own
            times = "| | |" if own is None else f"| × {r['cpu'] / own['cpu']:.2f} | × {r['frame_ms'] / own['frame_ms']:.2f} |"
            print(
                f"| {name} | {r['wall_s']:.0f} | {100 * r['cpu']:.1f} | {r['frames'] / r['wall_s']:.1f} | {r['frame_ms']:.2f} "
                f"| {r['median_ms']:.2f} | {r['p95_ms']:.2f} {times}",
                flush=True,
            )
        print()
        sizes = on_terminal(["--child", "memory"])
        print("| simulated hours | " + " | ".join(sizes) + " |")
        print("|---" * (1 + len(sizes)) + "|")
        print("| resident memory, MB | " + " | ".join(f"{mb:.0f}" for mb in sizes.values()) + " |")


if __name__ == "__main__":
    main()
