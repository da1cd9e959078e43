"""Whatever was recorded comes back as it was; whatever was damaged is left out, never invented."""

from __future__ import annotations

import contextlib
import errno
import os
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.reader import make_reader

from benchmarks.cut_recordings import TAIL_BYTES, check_cuts, make_recording
from sensorcore.commands import Command
from sensorcore.errors import BadInput, SpinaeError, StorageError
from sensorcore.events import AlertRaised, Corrected, Why
from sensorcore.model import Calibration, DeviceProfile, Notification, StreamInfo
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import reseal, reseal_all, unsealed
from sensorcore.recording.writer import RecordingWriter
from sensorcore.track.posture_track import CONTEXTS, POSTURES, PostureTrack
from tests.examples import examples

finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(1e-3, 1e6)
vectors = st.tuples(finite, finite, finite).filter(lambda v: np.isfinite(sum(v)))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
calibrations = st.builds(
    Calibration,
    st.dictionaries(st.sampled_from(["sitting", "standing"]), vectors),
    st.none() | vectors,
    st.none() | finite,
    st.booleans(),
)
infos = st.builds(
    RecordingInfo,
    st.builds(
        StreamInfo,
        st.builds(DeviceProfile, texts, positive, st.sampled_from(["point", "mean", None]), positive, positive),
        start_unix_ns=st.none() | st.integers(0, 2**62),
        utc_offset_s=st.integers(-86400, 86400),
        placement=st.sampled_from(["upper_back", "lower_back", "waist", "chest"]),
        nominal_up=st.none() | vectors,
        calibration=st.none() | calibrations,
        name=texts,
        settings=st.dictionaries(texts, texts | finite | st.integers() | st.booleans()),
    ),
    texts,
    texts,
)
notification_lists = st.lists(st.builds(Notification, st.integers(0, 2**63), st.binary(max_size=300)), max_size=30)
EVENT = AlertRaised(12.5, "slouch", 1, Why("sitting", "forward", 1 / 3, 15.0, 15.0, "calibrated", False))
INFO = RecordingInfo(StreamInfo(DeviceProfile("test", 104.0), start_unix_ns=10**18), "opaque")


@examples(40)
@given(infos, notification_lists)
def test_what_was_recorded_comes_back(
    tmp_path_factory: pytest.TempPathFactory, info: RecordingInfo, data: list[Notification]
) -> None:
    path = tmp_path_factory.mktemp("r") / "a.mcap"
    with RecordingWriter(path, info, sync=False) as writer:
        writer.notifications(data)
    recording = open_recording(path)
    assert recording.info == info.stream
    assert recording.driver_name == info.driver
    assert recording.recorded == info
    assert list(recording.notifications()) == data
    assert recording.warnings == ()
    span_ns = max(n.arrival_unix_ns for n in data) - min(n.arrival_unix_ns for n in data) if data else None
    assert recording.duration_hint_s == (None if span_ns is None else span_ns / 1e9)


@st.composite
def tracks(draw: st.DrawFn) -> PostureTrack:
    n = draw(st.integers(0, 30))
    angles = [
        np.array(draw(st.lists(st.just(np.nan) | st.floats(-180, 180), min_size=n, max_size=n)), dtype=float) for _ in range(3)
    ]
    index = np.array(sorted(draw(st.sets(st.integers(0, 864_000), min_size=n, max_size=n))), dtype=np.int64)
    words = [
        np.array(draw(st.lists(st.integers(0, len(names) - 1), min_size=n, max_size=n)), dtype=np.int8)
        for names in (CONTEXTS, POSTURES)
    ]
    return PostureTrack(index, *angles, *words)


@examples(40)
@given(tracks())
def test_posture_comes_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, track: PostureTrack) -> None:
    path = tmp_path_factory.mktemp("r") / "a.mcap"
    with RecordingWriter(path, INFO, sync=False) as writer:
        writer.posture(track)
    found = list(open_recording(path).posture())
    assert len(found) == (len(track) > 0)
    for back in found:
        for name in ("index", "flexion_deg", "lateral_deg", "uncertainty_deg", "context", "posture"):
            np.testing.assert_array_equal(getattr(back, name), getattr(track, name), strict=True)


def small_recording(path: Path) -> list[Notification]:
    """Something on every topic, in several chunks."""
    data = [Notification(10**18 + k * 10**8, random.Random(k).randbytes(100)) for k in range(60)]
    with RecordingWriter(path, INFO, sync=False) as writer:
        for k, notification in enumerate(data):
            writer.notification(notification)
            if k % 12 == 5:
                writer.event(EVENT)
                writer.command(Command(k / 10, "mark", "a \N{SNOWMAN}"))
                writer.truth({"t_s": k / 10, "flexion_deg": 1.25})
                writer.posture(PostureTrack(np.array([k]), *np.full((3, 1), 7.5), *np.ones((2, 1), dtype=np.int8)))
                writer.flush()
    return data


def test_every_topic_can_be_read_and_existing_tools_agree(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    data = small_recording(path)
    recording = open_recording(path)
    assert list(recording.events()) == [EVENT.to_json()] * 5
    assert [t["flexion_deg"] for t in recording.truth()] == [1.25] * 5
    with path.open("rb") as file:
        reader = make_reader(file, [])
        by_topic: dict[str, list[tuple[int, bytes]]] = {}
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            assert (schema is None) == (channel.topic == "/raw")
            by_topic.setdefault(channel.topic, []).append((message.log_time, message.data))
    assert by_topic["/raw"] == [(n.arrival_unix_ns, n.payload) for n in data]
    assert {topic: len(found) for topic, found in by_topic.items() if topic != "/raw"} == dict.fromkeys(
        ("/posture", "/events", "/commands", "/truth"), 5
    )
    assert by_topic["/posture"][0][0] == 10**18 + 600_000_000  # the end of tick 5


@pytest.mark.parametrize("step", [150, pytest.param(37, marks=pytest.mark.slow)])
def test_a_recording_cut_anywhere_gives_its_complete_chunks(tmp_path: Path, step: int) -> None:
    path = tmp_path / "a.mcap"
    written = make_recording(path)
    size = path.stat().st_size
    lengths = range(size - 1, size - TAIL_BYTES - 1, -step)
    assert check_cuts(path, written, lengths) == len(lengths)


@pytest.mark.slow
def test_a_recording_cut_at_its_beginning_says_so_once(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    RecordingWriter(path, INFO, sync=False).close()
    whole = path.read_bytes()
    described_at = whole.index(b"utc_offset_s")  # the description is complete some bytes later
    refused = 0
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        if length <= described_at:
            with pytest.raises(BadInput, match="empty" if length == 0 else "was cut after") as caught:
                open_recording(path)
            assert caught.value.where == str(path)
        with contextlib.suppress(BadInput):
            recording = open_recording(path)
            assert list(recording.notifications()) == []
            assert len(recording.warnings) == 1
            continue
        assert refused == length, "a longer piece opens no better than a shorter one"
        refused += 1
    assert refused < 800


@examples(40)
@given(st.data())
def test_damage_is_left_out_and_never_invents_anything(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("r") / "a.mcap"
    written = small_recording(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=12))
        match data.draw(st.sampled_from(["overwrite", "insert", "delete"])):
            case "overwrite":
                content[place : place + len(patch)] = patch
            case "insert":
                content[place:place] = patch
            case _:
                del content[place : place + len(patch)]
    path.write_bytes(content)
    try:
        recording = open_recording(path)
        found = list(recording.notifications())
        for topic in (recording.events, recording.truth, recording.posture):
            list(topic())
    except SpinaeError as error:
        assert str(error).startswith(str(path))  # noqa: PT017 - most damage is no error
        return
    assert [n for n in written if n in set(found)] == found
    if len(found) < len(written):
        assert recording.warnings


@pytest.mark.parametrize("has_links", [True, False])
def test_a_damaged_chunk_costs_only_itself_and_the_original_is_kept(
    has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also on a file system without links, such as exFAT."""

    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if not has_links:
        monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "a.mcap"
    written = small_recording(path)
    content = bytearray(path.read_bytes())
    place = content.index(bytes.fromhex("28b52ffd"))  # the first compressed chunk: the one that names the channels
    content[place + 200] ^= 0xFF
    path.write_bytes(content)
    recording = open_recording(path)
    assert list(recording.notifications()) == written[6:]
    assert "1 damaged stretches" in recording.warnings[0]
    content[-1] ^= 0xFF  # and not closed properly
    path.write_bytes(content)
    report = reseal(path)
    assert report is not None
    assert report.damaged_chunks == 1
    assert report.kept_original is not None
    assert report.kept_original.read_bytes() == content


def test_resealing_keeps_everything_and_leaves_good_files_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    written = small_recording(path)
    before = path.read_bytes()
    assert unsealed(tmp_path) == []
    assert reseal(path) is None
    assert path.read_bytes() == before
    path.write_bytes(before[:-5])
    (tmp_path / "empty.mcap").touch()
    assert unsealed(tmp_path) == [path]
    [report] = reseal_all(unsealed(tmp_path))
    assert not isinstance(report, SpinaeError)
    recording = open_recording(path)
    assert recording.sealed
    assert recording.recorded == INFO
    assert list(recording.notifications()) == written
    assert report.messages == 60 + 4 * 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mcap", "empty.mcap"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_recording_still_being_written_is_not_resealed(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    with RecordingWriter(path, INFO) as writer:
        writer.event(Corrected(1.0, 2.0))
        writer.flush()
        assert unsealed(tmp_path) == []
        with pytest.raises(StorageError, match="still being recorded"):
            reseal(path)
        assert list(open_recording(path).events()) == [{"event": "Corrected", "t_s": 1.0, "after_s": 2.0}]
    assert open_recording(path).sealed


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 a zip file", "not a recording"),
        (b"t_s,ax_g\n0,1\n", "not a recording"),
        (bytes(5000), "not a recording"),
        (b"", "is empty"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=says) as caught:
        open_recording(path)
    assert caught.value.where == str(path)
    assert caught.value.hint


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="folder"):
        open_recording(tmp_path)
    with pytest.raises(StorageError, match="No such file"):
        open_recording(tmp_path / "none.mcap")


def test_a_chunk_that_is_no_longer_one_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    written = small_recording(path)
    content = bytearray(path.read_bytes())
    second = content.index(bytes.fromhex("28b52ffd"), content.index(bytes.fromhex("28b52ffd")) + 1)
    record = second - (9 + 32 + len("zstd") + 8)  # its opcode stands before its length, times, sizes and compression
    assert content[record] == 0x06
    content[record] = 0x80
    path.write_bytes(content)
    recording = open_recording(path)
    assert len(list(recording.notifications())) < len(written)
    assert any("cannot be found" in warning or "damaged" in warning for warning in recording.warnings)
