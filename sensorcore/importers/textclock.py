"""Columns of times as text: cells to nanoseconds, and on past midnight where they name no date."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.importers.channel import NOT_A_TIME
from sensorcore.importers.moments import DAY_NS, Moment, moment
from sensorcore.importers.rows import ParsedRows
from sensorcore.importers.table import TextTable

_SECONDS: Final = re.compile(rb"\d{1,9}([.,]\d{1,9})?")


def text_times(table: TextTable) -> Callable[[ParsedRows, NDArray[Any]], NDArray[np.int64]]:
    """A parser for `Channel.parse_time`: times of day, dates with times, plain seconds; UTC where they name their zone."""
    midnights = {"days": 0, "last": 0}

    def parse(rows: ParsedRows, cells: NDArray[Any]) -> NDArray[np.int64]:
        if rows.first_line <= table.body_line:
            midnights.update(days=0, last=0)  # a new reading from the start
        out = np.full(len(cells), NOT_A_TIME, dtype=np.int64)
        for i, cell in enumerate(cells):
            found = _time(cell.strip())
            if found is None:
                continue
            ns = found.ns - 10**9 * (found.offset_s or 0)
            if not found.dated:
                if ns < midnights["last"] - DAY_NS // 2:
                    midnights["days"] += 1
                midnights["last"] = ns
                ns += midnights["days"] * DAY_NS
            out[i] = ns
        return out

    return parse


def _time(cell: bytes) -> Moment | None:
    if _SECONDS.fullmatch(cell):
        return Moment(round(float(cell.replace(b",", b".")) * 1e9), True, None)
    return moment(cell)
