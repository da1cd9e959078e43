"""A day in this process: the same notifiers as a daemon's, and an orderly end on every signal."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sensorcore.daemon.notifying import NotifyingSession
from sensorcore.notifiers.base import Notifiers
from sensorcore.notifiers.chosen import chosen
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from tui.cli.printing import EventPrinter, print_problems
from tui.places.folders import state_folder


def notifying(wear: WearSession) -> NotifyingSession:
    """`wear` with the notifiers that the settings name. Raises BadSetting."""
    notifiers = Notifiers(chosen(wear.settings.channels, state_folder()))
    return NotifyingSession(wear.source, wear.settings, wear.about, wear.record_to, trouble=wear.trouble, notifiers=notifiers)


@contextmanager
def sealed_by_signals(live: Live) -> Iterator[None]:
    """A closed terminal or a shutdown ends the day in order: the recording is sealed before the signal takes effect."""
    stopping, sealed = threading.Event(), threading.Event()

    def seal(number: int) -> None:
        live.stop()
        sealed.set()
        signal.raise_signal(number)

    def stop(number: int, _: object) -> None:
        if sealed.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        elif not stopping.is_set():  # it may come again and again
            stopping.set()
            threading.Thread(target=seal, args=(number,), name="seal", daemon=True).start()

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def headless(wear: WearSession) -> int:
    """Print events as JSON lines until the source ends or a signal comes; returns the exit code."""
    wearing = asyncio.ensure_future(wear.run(EventPrinter()))

    def problem() -> str | None:
        status = wear.status
        return status.problem or status.trouble

    running = asyncio.create_task(print_problems(problem, solved="the sensor is connected"))
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        with suppress(NotImplementedError, AttributeError):  # Windows: Ctrl+C then interrupts
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), wearing.cancel)
    try:
        await wearing
    except asyncio.CancelledError:
        pass  # asked to stop: what was recorded is sealed by now
    finally:
        running.cancel()
    return 0
