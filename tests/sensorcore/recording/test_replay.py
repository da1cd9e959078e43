"""A recording replayed: the same samples through the same driver, commands exactly where they were given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.devices import driver_named
from sensorcore.errors import BadInput, StorageError
from sensorcore.model import SampleBlock, StreamInfo
from sensorcore.recording.importing import import_file
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from tests.examples import examples
from tests.sensorcore.recording.streams import ListSource, assert_same_samples, blocks_of, float_source, sensor_notifications


@pytest.mark.slow
@examples(25)
@given(st.sets(st.integers(0, 200), max_size=5), st.integers(0, 3))
def test_commands_lie_between_the_same_samples_as_when_recorded(
    tmp_path_factory: pytest.TempPathFactory, places: set[int], seed: int
) -> None:
    path = tmp_path_factory.mktemp("r") / "a.mcap"
    device, notifications = sensor_notifications(200, seed, range(50, 60))
    driver = driver_named("spinae-sensor", device)
    state = driver.initial()
    live: list[tuple[int, Command]] = []
    samples = 0
    with RecordingWriter(path, RecordingInfo(StreamInfo(device), "spinae-sensor"), sync=False) as writer:
        for k, notification in enumerate(notifications):
            if k in places:
                live.append((samples, Command(k / 6.5, "mark", str(k))))
                writer.command(live[-1][1])
            writer.notification(notification)
            state, decoded = driver.decode(state, [notification])
            samples += len(decoded.block)
    recording = open_recording(path)
    replayed: list[tuple[int, Command]] = []
    blocks: list[SampleBlock] = []
    for item in recording.items():
        if isinstance(item, Command):
            replayed.append((sum(map(len, blocks)), item))
        else:
            blocks.append(item)
    assert replayed == live
    _, whole = driver.decode(driver.initial(), notifications)
    assert_same_samples(SampleBlock.joined(blocks), whole.block)
    assert np.count_nonzero(SampleBlock.joined(blocks).after_gap) == 1
    assert recording.warnings == ()


def test_payloads_that_make_no_sense_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    device, notifications = sensor_notifications(30)
    notifications[3:3] = [type(notifications[0])(notifications[3].arrival_unix_ns, b"nonsense")] * 2
    with RecordingWriter(path, RecordingInfo(StreamInfo(device), "spinae-sensor"), sync=False) as writer:
        writer.notifications(notifications)
    recording = open_recording(path)
    assert len(blocks_of(recording.items())) == 30 * 16
    assert recording.rejected == 2
    assert any("2 payloads" in warning for warning in recording.warnings)


def test_an_unknown_driver_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    device, _ = sensor_notifications(1)
    RecordingWriter(path, RecordingInfo(StreamInfo(device), "from the future"), sync=False).close()
    with pytest.raises(BadInput, match="from the future"):
        list(open_recording(path).items())


@pytest.mark.parametrize("gyroscope", [True, False])
def test_an_import_keeps_every_bit(tmp_path: Path, gyroscope: bool) -> None:
    source = float_source(gyroscope)
    seen: list[float] = []
    report = import_file(source, tmp_path / "a.mcap", seen.append)
    assert (report.samples, report.gaps) == (8780, 1)
    assert seen == sorted(seen)
    recording = open_recording(tmp_path / "a.mcap")
    assert recording.info == source.info
    items = list(recording.items())
    assert_same_samples(blocks_of(iter(items)), blocks_of(source.items()))
    order = [item if isinstance(item, Command) else len(item) for item in items]
    assert order == [p if isinstance(p, Command) else len(p) for p in source.parts]
    assert recording.duration_hint_s == pytest.approx(report.duration_s, abs=4096 / 104)
    assert recording.path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StorageError, match="exists already"):
        import_file(source, tmp_path / "a.mcap")


def test_a_failed_import_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(ListSource):
        def items(self):  # type: ignore[no-untyped-def]
            yield self.parts[0]
            raise BadInput("line 77 is bad")

    source = float_source()
    with pytest.raises(BadInput, match="line 77"):
        import_file(Broken(source.info, source.parts), tmp_path / "a.mcap")
    with pytest.raises(BadInput, match="no samples"):
        import_file(ListSource(source.info), tmp_path / "a.mcap")
    assert list(tmp_path.iterdir()) == []
