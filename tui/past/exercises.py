"""The exercises as lines: a row each, and about the chosen one its last sets, best, trend, and what to mind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from sensorcore.history.values import RepSet
from sensorcore.report.practice import Practice
from sensorcore.report.trend import in_words
from sensorcore.text.escape import one_line
from sensorcore.track.local_day import date_of
from tui.past.cells import columns, heading

NOTHING: Final = (
    "No sets yet: nothing was counted in the last half year. Press 8 for a routine of two to five minutes, or run "
    "`spinae routine`; with a sensor, every set is counted and shown here."
)
_SETS_SHOWN: Final = 6
_FULL_FROM: Final = 60
_DAYS_DRAWN: Final = 40
_BESIDE_CELLS: Final = 40


def lines(found: Sequence[Practice], chosen: int, today: int, width: int) -> list[Content]:
    """For `width` cells; `chosen` is a position in `found`."""
    title = heading("exercises · last half year", width)
    if not found:
        return [title, Content.styled(NOTHING, "$quiet")]
    full = width >= _FULL_FROM
    header = f"  {'':16}{'last':>9}{'set':>7}{'range':>8}{'one takes':>10}{'quality':>9}{'best':>7}{'in all':>7}"
    rows = [Content.styled(header, "$quiet")] if full else []
    rows += [_row(each, today, here=place == chosen, full=full) for place, each in enumerate(found)]
    return [title, *rows, Content(""), *_about(found[chosen], today, width, full=full)]


def _row(each: Practice, today: int, *, here: bool, full: bool) -> Content:
    last = each.sets[0]
    mark, style = ("▸ ", "bold $foreground on $panel") if here else ("  ", "$foreground")
    name = f"{mark}{one_line(each.title):16}"
    if not full:
        return Content.assemble((f"{name[:16]}{_amount(last, each.is_hold):>7}", style))
    text = f"{_day(last.day, today):>9}{_amount(last, each.is_hold):>7}{_degrees(last.range_deg):>8}{_seconds(last.tempo_s):>10}"
    text += f"{_share(last.score):>9}{_amount(each.best, each.is_hold):>7}{each.repetitions:>7}"
    return Content.assemble((f"{name}{text}", style))


def _about(each: Practice, today: int, width: int, *, full: bool) -> list[Content]:
    last = each.sets[0]
    mind = one_line(last.hint) or "nothing was noted"
    found = [heading(each.title, width), Content.assemble(("To mind: ", "$quiet"), (mind, "bold"))]
    if full:
        furthest = f"; furthest {_degrees(each.furthest_deg)}" if each.furthest_deg is not None else ""
        best = f"Best: {_amount(each.best, each.is_hold)} on {date_of(each.best.day):%d %b}{furthest}."
        found.append(Content(best))
    found.append(Content(in_words(each.range_trend, "Range", "degrees")))
    if full:
        found += _drawn(each, width)
    found.append(Content.styled("last sets", "$quiet"))
    for one in each.sets[:_SETS_SHOWN]:
        side = f" {one.side}" if one.side else ""
        text = f"{_day(one.day, today):>9}  {_amount(one, each.is_hold):>5}{side:6}  {_degrees(one.range_deg):>6}  "
        text += one_line(one.hint)
        found.append(Content(text))
    return found


def _drawn(each: Practice, width: int) -> list[Content]:
    """The range of each day as a small bar, oldest first."""
    days: dict[int, float] = {}
    for one in each.sets:
        if one.range_deg is not None:
            days[one.day] = max(days.get(one.day, 0.0), one.range_deg)
    if len(days) < 2:
        return []
    values = [days[day] for day in sorted(days)][-min(_DAYS_DRAWN, (width - _BESIDE_CELLS) // 3) :]
    most = max(values)
    (row,) = columns([value / most for value in values], 1, "$good", wide=2)
    return [Content.assemble(("Range by day, oldest first: ", "$quiet"), row, (f"most {_degrees(most)}", "$quiet"))]


def _amount(one: RepSet, is_hold: bool) -> str:
    return f"{one.hold_s:.0f} s" if is_hold else f"{one.repetitions} ×"


def _day(day: int, today: int) -> str:
    if today - day in (0, 1):
        return ("today", "yesterday")[today - day]
    return f"{date_of(day):%d %b}"


def _degrees(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}°"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"
