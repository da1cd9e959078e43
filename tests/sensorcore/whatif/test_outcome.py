"""What if: the counts are those of the pipeline, and the newest day is found among recordings."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sensorcore.devices.float_samples import FloatSamples, pack
from sensorcore.events import AlertRaised
from sensorcore.model import DeviceProfile, Notification, RestartState, SampleBlock, StreamInfo
from sensorcore.pipeline.analysis import run
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.writer import RecordingWriter
from sensorcore.settings import DECIDING, Settings
from sensorcore.whatif.outcome import Past, TrialDay, newest_day, watched
from tests.streams import Stream, stream


def nothing(t_s: float) -> None:
    pass


def test_counts_what_the_pipeline_would_have_raised() -> None:
    past = watched(TrialDay("in this recording", (stream(),)), Settings(), nothing)
    assert past.data_s == pytest.approx(300.0, abs=3.0)
    counts = []
    for threshold_deg in (8.0, 15.0, 30.0):
        tried = Settings().with_value("posture.threshold_deg", threshold_deg, "")
        true = sum(isinstance(event, AlertRaised) for _, events, _, _ in run(stream(), tried) for event in events)
        assert past.alerts(tried) == true
        counts.append(true)
    assert counts[0] > counts[-1]


@cache
def of_defaults() -> tuple[Stream, Past]:
    """A stream with feedback carried over, and what it gives at the defaults."""
    source = stream()
    source.info = replace(source.info, carried=RestartState(feedback=0.5))
    return source, watched(TrialDay("", (source,)), Settings(), nothing)


OTHER = {"wear.slip_deg": 4.0, "wear.off_after_s": 30.0, "alerts.while_riding": "on", "habit.fading": "off"}


@pytest.mark.parametrize("key", sorted({key for key, _, _ in Settings().items() if key.split(".")[0] in DECIDING}))
def test_every_setting_is_counted_or_asks_to_look_again(key: str) -> None:
    """`holds_for` says no where the same is not seen; where it says yes, the count is the pipeline's."""
    source, past = of_defaults()
    ((old, about),) = [(value, about) for known, value, about in Settings().items() if known == key]
    other = OTHER.get(key) or (about["low"] if "low" in about and old != about["low"] else about.get("high", "12:00-12:30"))
    if "choices" in about:
        other = next(each for each in about["choices"] if each != old)
    tried = Settings().with_value(key, other, "")
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
        watched(TrialDay("", (stream(),)), Settings(), stop)


DAYS = [(1, 8), (3, 8), (3, 13), (4, 8)]


def recorded(folder: Path, day: int, hour: int, minute: int = 0, second: int = 0, *, simulated: bool = False) -> Path:
    """Somebody who sits for two minutes, in March 2026."""
    path = folder / f"2026-03-{day:02}T{hour:02}-{minute:02}-{second:02}{'-sim' if simulated else ''}.mcap"
    start = datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)
    about = StreamInfo(DeviceProfile("lean", 20.0, None), round(start.timestamp() * 1e9), simulated=simulated)
    t_s = np.arange(0, 120, 0.05)
    block = SampleBlock.checked(t_s, np.tile([0.0, 0.0, 9.81], (len(t_s), 1)))
    with RecordingWriter(path, RecordingInfo(about, FloatSamples.name), sync=False) as writer:
        for part in (block[:1200], block[1200:]):
            writer.notification(Notification((about.start_unix_ns or 0) + round(float(part.t_s[-1]) * 1e9), pack(part)))
    return path


def test_the_newest_day_before_today_and_what_it_is_called(tmp_path: Path) -> None:
    assert newest_day(tmp_path, date(2026, 3, 4)) is None
    for day, hour in DAYS:
        recorded(tmp_path, day, hour)
    (tmp_path / "2026-03-03T15-00-00.mcap").write_bytes(b"broken")
    (tmp_path / "2026-03-99T08-00-00.mcap").write_bytes(b"broken")
    recorded(tmp_path, 4, 9, simulated=True)

    def found(today: date, **how: bool) -> tuple[str, int]:
        worn = newest_day(tmp_path, today, **how)
        assert worn is not None
        return worn.called, len(worn.sources)

    assert found(date(2026, 3, 4)) == ("yesterday", 2)
    assert found(date(2026, 3, 6)) == ("on Wednesday", 1)
    assert found(date(2026, 3, 1)) == ("earlier today", 1)
    assert found(date(2026, 5, 1)) == ("on 04 March 2026", 1)
    assert found(date(2026, 3, 5), simulated=True) == ("yesterday", 1)


def test_a_recording_that_runs_over_midnight_is_of_both_days(tmp_path: Path) -> None:
    recorded(tmp_path, 2, 23, 58, 30)  # 90 s of it before midnight
    recorded(tmp_path, 3, 8)
    worn = newest_day(tmp_path, date(2026, 3, 4))
    assert worn is not None
    assert (worn.called, len(worn.sources)) == ("yesterday", 2)
    assert watched(worn, Settings(), nothing).data_s == pytest.approx(120 + 30, abs=1.0)
