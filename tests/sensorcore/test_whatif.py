"""What if: the counts are those of the pipeline, and the newest day is found among recordings."""

from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from sensorcore.analysis import run
from sensorcore.events import AlertRaised
from sensorcore.model import Carried
from sensorcore.settings import DECIDING, Settings
from sensorcore.whatif import newest_day, watched
from tests.streams import stream


def nothing(t_s: float) -> None:
    pass


def test_counts_what_the_pipeline_would_have_raised() -> None:
    past = watched("in this recording", [stream()], Settings(), nothing)
    assert past.data_s == pytest.approx(300.0, abs=3.0)
    counts = []
    for threshold_deg in (8.0, 15.0, 30.0):
        tried = Settings().with_value("posture.threshold_deg", threshold_deg, "")
        true = sum(isinstance(event, AlertRaised) for _, events, _, _ in run(stream(), tried) for event in events)
        assert past.alerts(tried) == true
        counts.append(true)
    assert counts[0] > counts[-1]


OTHER = {"wear.slip_deg": 4.0, "wear.off_after_s": 30.0, "alerts.while_riding": "on", "habit.fading": "off"}


@pytest.mark.parametrize("key", sorted({key for key, _, _ in Settings().items() if key.split(".")[0] in DECIDING}))
def test_every_setting_is_counted_or_asks_to_look_again(key: str) -> None:
    """`holds_for` says no where the same is not seen; where it says yes, the count is the pipeline's."""
    source = stream()
    source.info = replace(source.info, carried=Carried(feedback=0.5))
    ((old, about),) = [(value, about) for known, value, about in Settings().items() if known == key]
    other = OTHER.get(key) or (about["low"] if "low" in about and old != about["low"] else about.get("high", "12:00-12:30"))
    if "choices" in about:
        other = next(each for each in about["choices"] if each != old)
    tried = Settings().with_value(key, other, "")
    past = watched("", [source], Settings(), nothing)
    if past.holds_for(tried):
        assert past.alerts(tried) == sum(
            isinstance(event, AlertRaised) for _, events, _, _ in run(source, tried) for event in events
        )
    else:
        assert key.startswith(("motion.", "wear.")) or key == "alerts.while_riding"


def test_can_be_broken_off() -> None:
    def stop(t_s: float) -> None:
        raise StopIteration

    with pytest.raises(StopIteration):
        watched("", [stream()], Settings(), stop)


def test_the_newest_day_before_today_and_what_it_is_called(tmp_path: Path) -> None:
    assert newest_day(tmp_path, date(2026, 3, 4)) == ("", [])
    find = partial(newest_day, tmp_path)
    for day in ("01T08", "03T08", "03T13", "04T08", "99T08"):
        (tmp_path / f"2026-03-{day}-00-00.mcap").write_bytes(Path("recordings/walk-and-bend.mcap").read_bytes())
    (tmp_path / "2026-03-03T15-00-00.mcap").write_bytes(b"broken")
    assert find(date(2026, 3, 4))[0] == "yesterday"
    assert len(find(date(2026, 3, 4))[1]) == 2
    assert find(date(2026, 3, 6))[0] == "on Wednesday"
    assert find(date(2026, 3, 1))[0] == "today"
    assert find(date(2026, 5, 1))[0] == "on 04 March 2026"
