"""Days in a row on which something was done. One missed day in any seven is forgiven: a streak that breaks at the first one makes
people give up, and one missed day does not slow the forming of a habit (Lally et al., Eur J Soc Psychol 40:998, 2010)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

FORGIVES_EVERY_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Streak:
    """`days` on which it was done, `forgiven` ones between them. `today`: it was done today; until the day is over that breaks
    nothing. `last_chance`: missing today would end it."""

    days: int
    forgiven: int
    today: bool
    last_chance: bool


def streak(done: Collection[int], today: int) -> Streak:
    """The streak that reaches `today`; days are counted since 1970 by the wearer's local time. Days after today do not count."""
    known = {day for day in done if day <= today}
    days, forgiven, pending, last_forgiven = 0, 0, 0, today + FORGIVES_EVERY_DAYS
    for day in range(today, min(known, default=today) - 1, -1):
        if day in known:
            days, forgiven, pending = days + 1, forgiven + pending, 0
        elif day != today:
            if last_forgiven - day < FORGIVES_EVERY_DAYS:
                break
            last_forgiven, pending = day, pending + 1
    is_done = today in known
    missed_too = streak(known - {today}, today + 1).days if not is_done and days else days
    return Streak(days, forgiven if days else 0, is_done, bool(days) and not is_done and missed_too < days)
