"""Random `kill -9` of a day's daemon, viewers and broker, and what is left of the day."""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sensorcore.daemon import messages
from sensorcore.errors import BadInput
from sensorcore.history.ingest import ingest_all
from sensorcore.history.store import History, total
from sensorcore.pipeline.analysis import analyze
from sensorcore.recording.reader import open_recording
from sensorcore.settings import Settings
from tests.end_to_end.programs import Home, Screen, until

LOST_S = 5.0
ANSWER_S = 40.0
"""Within which everything must answer, on a busy machine: long, but an end."""
VICTIMS = ("daemon", "dashboard", "stream", "broker")
SENSOR = "sim:workday-short"
_ALL_DAYS = (0, 10**6)

BROKER = """
import asyncio, logging, sys
from amqtt.broker import Broker
logging.disable()
plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
async def main():
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}}, "plugins": plugins})
    await broker.start()
    await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass
class Outcome:
    """What was done, and what came of it. `lost_s`: for each killed daemon, the time before its end that no recording has."""

    killed: Counter[str] = field(default_factory=Counter)
    lost_s: list[float] = field(default_factory=list)
    slowest_answer_s: float = 0.0
    notes: int = 0
    lost_notes: list[str] = field(default_factory=list)
    recordings: int = 0
    ticks: int = 0
    wrong: list[str] = field(default_factory=list)

    def answered(self, seconds: float) -> None:
        self.slowest_answer_s = max(self.slowest_answer_s, seconds)


class Day:
    """The programs of a day, each of which may die."""

    def __init__(self, home: Home, port: int, outcome: Outcome) -> None:
        self.home, self._port, self._outcome = home, port, outcome
        home.run("config", "check")
        self._daemon: subprocess.Popen[str] | None = None
        self._began_unix_s = 0.0
        self._before: set[Path] = set()
        self._stream: subprocess.Popen[str] | None = None
        self._dashboard: Screen | None = None
        self._broker: subprocess.Popen[bytes] | None = None
        self._said: list[tuple[float, str]] = []

    @property
    def _socket(self) -> Path:
        return self.home.runtime / "spinae" / "daemon.sock"

    def start(self, victim: str) -> None:
        """It, if it does not run."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if victim == "daemon":
            self._before = set(self.home.recordings)
            self._began_unix_s = time.time()
            channel = f"channels.mqtt=mqtt://127.0.0.1:{self._port}"
            self._daemon = self.home.start("daemon", "run", "--sensor", SENSOR, "--set", channel, **quiet)
        elif victim == "broker":
            self._broker = subprocess.Popen([sys.executable, "-c", BROKER, str(self._port)], stderr=subprocess.DEVNULL)
        elif victim == "stream":
            self._stream = self.home.start("stream", **quiet)
        else:
            self._dashboard = Screen([sys.executable, "-m", "tui.cli", "wear"], self.home.env)

    def kill(self, victim: str) -> None:
        """It, at once."""
        self._outcome.killed[victim] += 1
        if victim == "daemon":
            assert self._daemon is not None
            self._daemon.kill()
            killed_unix_s = time.time()
            self._daemon.wait()
            self._look_what_is_lost(killed_unix_s)
        elif victim == "dashboard":
            assert self._dashboard is not None
            self._dashboard.close()
        else:
            process = self._broker if victim == "broker" else self._stream
            assert process is not None
            process.kill()
            process.wait()

    def _look_what_is_lost(self, killed_unix_s: float) -> None:
        fresh = [path for path in self.home.recordings if path not in self._before]
        kept_until_s = None
        for path in fresh:
            with contextlib.suppress(BadInput):  # killed while its first bytes were written
                recording = open_recording(path)
                arrivals = [each.arrival_unix_ns / 1e9 for each in recording.notifications()]
                kept_until_s = arrivals[-1] if arrivals else None
                kept = {event.get("text") for event in recording.events()}
                for said_unix_s, note in self._said:
                    if note not in kept and killed_unix_s - said_unix_s > LOST_S:
                        self._outcome.lost_notes.append(note)
        began_s = min((path.stat().st_ctime for path in fresh), default=killed_unix_s)
        self._said.clear()
        # a recording begins with the first sample: before it there is nothing to lose
        self._outcome.lost_s.append(killed_unix_s - (began_s if kept_until_s is None else kept_until_s))

    def until_worn(self) -> None:
        """The daemon answers, and within the time."""
        since_s = time.monotonic()
        until(self.home.status, "an answer", within_s=ANSWER_S)
        self._outcome.answered(time.monotonic() - since_s)

    def note(self) -> None:
        """The wearer says something, through a view of its own."""
        self._outcome.notes += 1
        text = f"note {self._outcome.notes}"
        since_s = time.monotonic()
        asyncio.run(asyncio.wait_for(_say(self._socket, text), ANSWER_S))
        self._outcome.answered(time.monotonic() - since_s)
        self._said.append((time.time(), text))

    def is_going_on(self) -> None:
        """The day is not touched by what died: its time goes on in the same recording."""
        recordings = self.home.recordings
        first = self.home.status()
        if first is None or "t_s" not in first:
            self._outcome.wrong.append("the daemon did not answer after a view or the broker had died")
            return
        until(lambda: found if (found := self.home.status()) and found["t_s"] > first["t_s"] else None, "more of the day")
        if self.home.recordings != recordings:
            self._outcome.wrong.append("a view's or the broker's death began another recording")

    def end(self) -> None:
        """In order, as far as it can be ended so."""
        self.until_worn()
        stopped = self.home.run("daemon", "stop")
        if stopped.returncode:
            self._outcome.wrong.append(f"daemon stop: {stopped.stderr}")
        for process in (self._broker, self._stream):
            if process is not None:
                process.kill()
                process.wait()
        if self._dashboard is not None:
            self._dashboard.close()


async def _say(socket: Path, text: str) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(socket, limit=messages.LONGEST_MESSAGE)
            try:
                writer.write(messages.request("view"))
                while b'"kind": "begin"' not in (line := await reader.readline()):
                    if not line:
                        raise ConnectionError
                    if b'"present"' in line:  # nothing is worn yet
                        raise ConnectionError
                writer.write(b'{"command": {"kind": "mark", "value": "%s"}}\n' % text.encode())
                while text.encode() not in (line := await reader.readline()):
                    if not line:
                        raise ConnectionError
                return
            finally:
                writer.transport.abort()
        except OSError:
            await asyncio.sleep(0.1)


def kill_at_random(home: Home, port: int, times: int, seed: int) -> Outcome:
    """So many kills; then the day is ended and looked at."""
    rng, outcome = random.Random(seed), Outcome()
    day = Day(home, port, outcome)
    day.start("broker")
    day.start("daemon")
    day.until_worn()
    day.start("stream")
    day.start("dashboard")
    for n in range(times):
        victim = VICTIMS[n % len(VICTIMS)] if n < len(VICTIMS) else rng.choices(VICTIMS, (3, 1, 1, 1))[0]
        if victim == "daemon" and rng.random() < 0.4:
            day.until_worn()
            day.note()
            time.sleep(rng.uniform(0.0, 2 * LOST_S))
        else:  # also while it starts
            time.sleep(rng.uniform(0.0, 3.0))
        day.kill(victim)
        day.start(victim)
        if victim != "daemon":
            day.until_worn()
            day.is_going_on()
    day.end()
    _compare(home, outcome)
    return outcome


def _compare(home: Home, outcome: Outcome) -> None:
    """The history against a replay of the recordings, to the tick."""
    replayed: Counter[str] = Counter()
    for path in home.recordings:
        try:
            recording = open_recording(path)
        except BadInput:
            if path.stat().st_size > 4096:
                outcome.wrong.append(f"{path.name} cannot be opened")
            continue
        if not recording.sealed:
            outcome.wrong.append(f"{path.name} was not mended")
        found = analyze(recording, Settings())
        outcome.recordings += 1
        replayed.update({name: round(value * 10) for name, value in found.to_json()["posture"].items() if name.endswith("_s")})
        replayed["alerts"] += len(found.alerts)
    with History(home.data / "history.sqlite", simulated=True) as history:
        problems = list(ingest_all(history, home.data / "recordings", Settings()))
        kept = total(list(history.days(*_ALL_DAYS).values()))
    outcome.wrong += [str(problem) for problem in problems if "before it said" not in str(problem)]
    outcome.ticks = kept.ticks
    for name in ("upright", "slouched", "unknown", "not_worn"):
        if getattr(kept, f"{name}_ticks") != replayed[f"{name}_s"]:
            outcome.wrong.append(f"{name}: {getattr(kept, f'{name}_ticks')} in the history, {replayed[f'{name}_s']} in a replay")
    if kept.alerts != replayed["alerts"]:
        outcome.wrong.append(f"alerts: {kept.alerts} in the history, {replayed['alerts']} in a replay")
