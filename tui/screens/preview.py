"""Preview of changed settings: counted in a thread, only for the newest wish, so that nothing waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from sensorcore.errors import SpinaeError
from sensorcore.settings import Settings
from sensorcore.whatif.outcome import Past, TrialDay, watched
from tui.text import setting_steps, times

Find: TypeAlias = Callable[[], TrialDay | None]
"""Recordings to count on, if there are any; may take its time."""


_ALWAYS_SAID: Final = ("posture.threshold_deg", "alerts.delay_s")


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """Alerts with the settings as they were and as they are to be, in `called` (`data_s` of it); `around`: with other values of the
    setting that was chosen, as soon as they are counted."""

    before: int
    now: int
    called: str
    data_s: float
    around: tuple[tuple[float, int], ...] = ()


class _Left(Exception):
    """The preview was cancelled."""


class Preview:
    """`want` settings; `run` reports their outcome, or the sentence that says why there is none."""

    def __init__(self, find: Find, before: Settings, tell: Callable[[AlertCounts | str], None]) -> None:
        self._find = find
        self._before = before
        self._tell = tell
        self._wanted, self._key = before, ""
        self._asked = asyncio.Event()
        self._left = False
        self._worn: TrialDay | None = None
        self._heard = 0
        self._pasts: list[Past] = []
        """The day judged by the settings as they were, and by the last others that need a pass of their own."""

    def want(self, settings: Settings, key: str) -> None:
        """Set the newest settings; `key` is the one under the pointer."""
        self._wanted, self._key = settings, key
        self._asked.set()

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            while True:
                self._asked.clear()
                try:
                    counted = await asyncio.to_thread(self._count, self._wanted)
                    self._tell(counted)
                    if isinstance(counted, AlertCounts) and (
                        around := await asyncio.to_thread(self._around, self._wanted, self._key)
                    ):
                        self._tell(replace(counted, around=around))
                except SpinaeError as error:
                    self._tell(str(error))
                await self._asked.wait()
        except _Left:
            pass
        finally:
            self._left = True

    def _count(self, settings: Settings) -> AlertCounts | str:
        if self._worn is None:
            self._worn = self._find()
        if self._worn is None:
            return "There is no recording yet to try settings on. After a day of wearing it is here."
        if not self._pasts:
            self._pasts = [watched(self._worn, self._before, self._go_on, as_made=self._worn.as_made)]
            self._heard = self._pasts[0].heard() if self._worn.as_made else self._pasts[0].alerts(self._before)
        now = self._seen(settings)
        return AlertCounts(self._heard, now.alerts(settings), self._worn.called, now.data_s)

    def _seen(self, settings: Settings) -> Past:
        """The day as these settings judge it; kept while it serves others."""
        for past in self._pasts:
            if past.holds_for(settings):
                return past
        self._pasts = [self._pasts[0], watched(self._pasts[0].worn, settings, self._go_on)]
        return self._pasts[-1]

    def _around(self, settings: Settings, key: str) -> tuple[tuple[float, int], ...]:
        """Counts with other values of `key`; empty where it changes none, needs another pass, or when newer settings wait."""
        found = []
        past = self._seen(settings) if self._pasts else None
        for value in setting_steps.ladder(settings, key) if not key.startswith("habit.") else ():
            tried = settings.with_value(key, value, "")
            if self._asked.is_set() or self._left or past is None or not past.holds_for(tried):
                return ()
            found.append((value, past.alerts(tried)))
        return tuple(found)

    def _go_on(self, _: float) -> None:
        if self._left:
            raise _Left


def sentence(counted: AlertCounts, tried: Settings, key: str) -> str:
    """`With 12° and 30 s you would have had 9 alerts yesterday (7 h 40 min of data), instead of 14.`"""
    now = "1 alert" if counted.now == 1 else f"{counted.now or 'no'} alerts"
    values = {known: value for known, value, _ in tried.items()}
    with_ = " and ".join(setting_steps.shown(each, values[each]) for each in _ALWAYS_SAID)
    if key not in _ALWAYS_SAID:
        with_ += f" ({setting_steps.title(key)} {setting_steps.shown(key, values[key])})"
    had = f"With {with_} you would have had {now} {counted.called} ({times.span(counted.data_s)} of data)"
    return f"{had}, {'as before' if counted.now == counted.before else f'instead of {counted.before}'}."
