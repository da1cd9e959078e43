"""One odd recording, one odd note or one odd test costs itself: every other day is reported, and the odd one is named."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensorcore.batch.rows import Job, row_of
from sensorcore.commands import Command
from sensorcore.daemon import messages
from sensorcore.errors import BadInput, SpinaeError
from sensorcore.events import Marked
from sensorcore.history.daily_totals import recorded_today
from sensorcore.history.ingest import ingest, ingest_all
from sensorcore.history.store import History, total
from sensorcore.model import StreamInfo
from sensorcore.recording import topics
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import reseal_all, unsealed
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.resume import resumed
from sensorcore.settings import Settings
from tests.examples import examples
from tests.sensorcore.recording.streams import START_UNIX_NS, sensor_notifications

PROFILE, SENT = sensor_notifications(20)
INFO = RecordingInfo(StreamInfo(PROFILE, start_unix_ns=START_UNIX_NS, name="SP-1"), "spinae-sensor")
PLAIN = INFO.to_metadata()
ALL_DAYS = (-(10**6), 10**6)


@dataclass(frozen=True)
class Odd:
    """What a recording says of itself, by anybody."""

    metadata: Mapping[str, str]
    stream: StreamInfo = INFO.stream

    def to_metadata(self) -> dict[str, str]:
        return dict(self.metadata)


def record(path: Path, metadata: Mapping[str, str] = PLAIN, said: bytes = b"") -> None:
    writer = RecordingWriter(path, Odd(metadata), sync=False)  # type: ignore[arg-type]
    with writer:
        writer.notifications(SENT)
        if said:
            writer._add(topics.COMMANDS, ((START_UNIX_NS, said),))
            writer._add(topics.EVENTS, ((START_UNIX_NS, said),))


@cache
def _good() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder) / "good.mcap")
        return (Path(folder) / "good.mcap").read_bytes()


NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([10**30, -(10**30), 2**63, 1e308, -1e308, 1e-308, 65_535, float("nan")])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
DEVICE = json.loads(PLAIN["device"])


@st.composite
def odd_metadata(draw: st.DrawFn) -> dict[str, str]:
    entry = draw(st.sampled_from(sorted(PLAIN)))
    if entry == "device" and draw(st.booleans()):
        value: Any = {**DEVICE, draw(st.sampled_from(sorted(DEVICE))): draw(JSON)}
    else:
        value = draw(JSON)
    return {**PLAIN, entry: json.dumps(value) if draw(st.booleans()) else str(value).encode("utf-8", "replace").decode()}


@pytest.mark.slow
@examples(25)
@given(odd=odd_metadata(), said=st.builds(lambda value: json.dumps(value).encode(), JSON))
@example({**PLAIN, "start_unix_ns": "1" * 31}, b"")
@example({**PLAIN, "start_unix_ns": "-1"}, b"")
@example({**PLAIN, "utc_offset_s": "9" * 30}, b"")
@example({**PLAIN, "device": json.dumps({**DEVICE, "sample_rate_hz": 1e308})}, b"")
@example({**PLAIN, "device": json.dumps({**DEVICE, "sample_rate_hz": 1e-308})}, b"")
@example({**PLAIN, "device": json.dumps({**DEVICE, "sample_rate_hz": 1e-3})}, b"")
@example({**PLAIN, "start_unix_ns": str(2**63 - 1)}, b"")
@example({**PLAIN, "settings": json.dumps({"alerts.delay_s": "\ud800"})}, b"")
@example(PLAIN, b'{"t_s": 1.0, "kind": "mark", "value": "half a \\ud83d character"}')
@example(PLAIN, b'{"t_s": 1e308, "kind": "mark", "value": "late"}')
@example(PLAIN, b'{"t_s": 1.0, "kind": "calibrate", "value": "{\\"upright\\": {\\"sitting\\": [0, 0, 1e308]}}"}')
def test_every_other_day_is_entered_and_the_odd_one_is_named(odd: dict[str, str], said: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for good in ("a.mcap", "c.mcap"):
            (folder / good).write_bytes(_good())
        record(folder / "b.mcap", odd, said)
        with History(folder / "history.sqlite") as history:
            problems = list(ingest_all(history, folder, Settings()))
            assert {"a", "c"} <= {session.key for session in history.sessions()}
            assert total(list(history.days(*ALL_DAYS).values())).ticks >= 2 * total_of("a", history)
            assert len(problems) <= 1
            assert all(problem.where.startswith(str(folder / "b.mcap")) for problem in problems)
            entered = {session.key for session in history.sessions()}
            assert ("b" in entered) != bool(problems)
        recorded_today(folder / "history.sqlite", folder, Settings(), None)
        resumed(INFO.stream, folder)
        unsealed(folder)
        reseal_all([folder / "b.mcap"])
        row_of(Job({}), "0" * 64, folder / "b.mcap")


def total_of(key: str, history: History) -> int:
    others = total(list(history.days(*ALL_DAYS, but=key).values())).ticks
    return total(list(history.days(*ALL_DAYS).values())).ticks - others


def test_a_fault_of_our_own_is_contained_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no list of errors foresees."""
    for name in ("a", "b", "c"):
        record(tmp_path / f"{name}.mcap")
    real = open_recording

    def open_oddly(path: Path) -> object:
        if path.stem == "b":
            raise ZeroDivisionError("a fault")
        return real(path)

    for module in ("sensorcore.recording.reader", "sensorcore.session.resume", "sensorcore.recording.recover"):
        monkeypatch.setattr(f"{module}.open_recording", open_oddly)
    with History(tmp_path / "history.sqlite") as history:
        (problem,) = ingest_all(history, tmp_path, Settings())
        assert problem.where == str(tmp_path / "b.mcap")
        assert "ZeroDivisionError" in problem.what
        assert {session.key for session in history.sessions()} == {"a", "c"}
    resumed(INFO.stream, tmp_path)
    assert unsealed(tmp_path) == []


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="file names are text there")
def test_a_file_name_that_is_no_text_stops_nothing(tmp_path: Path) -> None:
    record(tmp_path / "a.mcap")
    record(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mcap")))
    with History(tmp_path / "history.sqlite") as history:
        (problem,) = ingest_all(history, tmp_path, Settings())
        assert "another name" in problem.hint
        assert [session.key for session in history.sessions()] == ["a"]


def test_a_pipe_and_a_folder_among_the_recordings_are_named(tmp_path: Path) -> None:
    record(tmp_path / "a.mcap")
    os.mkfifo(tmp_path / "b.mcap")
    (tmp_path / "c.mcap").mkdir()
    os.mkfifo(tmp_path / "x.baseline.json")
    with History(tmp_path / "history.sqlite") as history:
        problems = list(ingest_all(history, tmp_path, Settings()))
    assert sorted(Path(problem.where).name for problem in problems) == ["b.mcap", "c.mcap", "x.baseline.json"]


def test_half_a_character_is_replaced_where_a_note_comes_in_and_refused_where_it_would_be_kept() -> None:
    heard = messages.command_of({"command": {"kind": "mark", "value": "tea \ud83d"}}, 1.0)
    assert heard.value == "tea \ufffd"
    assert (
        messages.command_of(messages.parsed(b'{"command": {"kind": "mark", "value": "\\ud83d\\ude00"}}'), 1.0).value == "\U0001f600"
    )
    with pytest.raises(BadInput, match="half a character"):
        Command(1.0, "pain", "3 \udcff")


def test_an_old_note_with_half_a_character_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    record(path, said=b'{"t_s": 1.0, "kind": "mark", "value": "half \\ud83d", "event": "Marked", "text": "half \\ud83d"}')
    assert [each.value for each in open_recording(path).items() if isinstance(each, Command)] == ["half \ufffd"]
    assert [each["text"] for each in open_recording(path).events()] == ["half \ufffd"]
    with History(tmp_path / "history.sqlite") as history:
        ingest(history, path, Settings())
        assert [note.text for note in history.notes(*ALL_DAYS)] == ["half \ufffd"]
    assert Marked(1.0, "x").text == "x"


def test_a_sensor_with_an_odd_name_is_recorded(tmp_path: Path) -> None:
    info = RecordingInfo(StreamInfo(PROFILE, start_unix_ns=START_UNIX_NS, name="SP\udcff"), "spinae-sensor")
    RecordingWriter(tmp_path / "a.mcap", info).close()
    assert open_recording(tmp_path / "a.mcap").info.name == "SP\ufffd"


def test_a_failing_history_is_no_recordings_fault(tmp_path: Path) -> None:
    """It is said once, not for each of a thousand days."""
    for name in ("a", "b"):
        record(tmp_path / f"{name}.mcap")
    history = History(tmp_path / "history.sqlite")
    history._db.execute("PRAGMA query_only = ON")
    with pytest.raises(SpinaeError, match="may not be written"):
        list(ingest_all(history, tmp_path, Settings()))
    history.close()
