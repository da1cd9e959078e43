"""The report: every minute in it once, unknown time told as unknown, and nothing from anywhere else."""

from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadInput
from sensorcore.history.store import History
from sensorcore.history.values import Note, RepSet, Session
from sensorcore.report.gather import gather
from sensorcore.report.html import as_html
from sensorcore.report.span import one_day, one_week
from sensorcore.report.text import as_text
from sensorcore.report.trend import in_words, trend
from sensorcore.track.local_day import date_of, day_of
from sensorcore.track.minutes import Minute
from tests.examples import examples

DAY = day_of(datetime.date(2026, 11, 23))
WEEK = one_week("2026-W48")


@pytest.fixture
def history(tmp_path: Path) -> History:
    found = History(tmp_path / "history.sqlite")
    morning = DAY * 1440 + 9 * 60
    minutes = [Minute(morning + i, 400, 100, 100, alerts=int(i == 3), lean_sum_deg=5000.0) for i in range(120)]
    done = RepSet((morning + 30) * 60.0, (morning + 31) * 60.0, "pelvic_tilt", "", 10, 0.0, 12.0)
    note = Note((morning + 40) * 60.0, 0, 3, "<b>stiff</b>")
    found.replace(Session("a", morning * 60 * 10**9, 0, ended=True), minutes, [done], [note])
    return found


def test_spans_are_what_people_write() -> None:
    assert one_day("2026-11-23").name == "Monday 2026-11-23"
    assert (WEEK.first_day, WEEK.last_day) == (DAY, DAY + 6)
    assert date_of(DAY) == datetime.date(2026, 11, 23)
    for wrong in ("2026-13-01", "yesterday", ""):
        with pytest.raises(BadInput, match="2026-11-23"):
            one_day(wrong)
    for wrong in ("2026-W60", "48", "2026-48"):
        with pytest.raises(BadInput, match="2026-W48"):
            one_week(wrong)


@pytest.mark.parametrize("span", [one_day("2026-11-23"), WEEK], ids=["day", "week"])
def test_the_parts_add_up_and_are_all_told(history: History, span: object) -> None:
    report = gather(history, span)  # type: ignore[arg-type]
    assert sum(part.counts.ticks for part in report.parts) == report.counts.ticks == 120 * 600
    text, html = as_text(report), as_html(report)
    for said in ("1:20", "0:20", "80 %", "pelvic tilt: 10 ×", "pain 3 of 10", "too few days"):
        assert said in text
        assert said in html
    assert re.search(r"unknown +0:20 +17 % of worn time, neither good nor bad", text)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]


def test_the_file_needs_and_reaches_nothing_else(history: History) -> None:
    html = as_html(gather(history, WEEK))
    page = _Links()
    page.feed(html)
    assert page.found == []
    assert not page.tags & {"script", "link", "img", "iframe", "b"}
    assert "://" not in html
    assert "&lt;b&gt;stiff" in html


def test_nothing_recorded_is_said(history: History) -> None:
    assert "nothing recorded" in as_text(gather(history, one_day("2020-01-01")))
    assert "Nothing was recorded" in as_html(gather(history, one_day("2020-01-01")))


@examples(30)
@given(st.integers(7, 60), st.floats(-3, 3), st.integers(0, 2**31))
def test_a_steady_change_is_found_and_noise_is_not_called_one(days: int, per_day: float, seed: int) -> None:
    steady = trend(range(days), [50 + per_day * day for day in range(days)])
    assert steady is not None
    assert steady.per_week == pytest.approx(7 * per_day, abs=1e-6)
    assert steady.low <= steady.per_week + 1e-9
    assert trend(range(6), [0.0] * 6) is None
    flat = trend(range(days), np.random.default_rng(seed).permutation(np.tile([40.0, 60.0], days)[:days]).tolist())
    assert flat is not None
    assert "a week" in in_words(flat, "upright share", "points")


def test_noise_is_called_a_change_about_as_seldom_as_it_says() -> None:
    rng = np.random.default_rng(1)
    found = [trend(range(30), rng.normal(60, 10, 30).tolist()) for _ in range(200)]
    assert sum(each is not None and each.is_clear for each in found) / 200 < 0.09
