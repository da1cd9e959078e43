"""What other programs get: nothing lost that their format can hold, and what is lost is said."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from edfio import Edf, read_edf
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import wire
from sensorcore.errors import BadInput, StorageError
from sensorcore.importers import open_import
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock, StreamInfo
from sensorcore.recording.export import export_csv, export_edf, export_parquet
from sensorcore.recording.importing import import_file
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from tests.examples import examples
from tests.sensorcore.recording.streams import (
    RATE_HZ,
    START_UNIX_NS,
    ListSource,
    assert_same_samples,
    blocks_of,
    float_source,
    noise,
    sensor_notifications,
)

EVENTS: list[dict[str, Any]] = [
    {"event": "Marked", "t_s": 1.25, "text": "tea\nand \N{SNOWMAN}"},
    {"event": "SnoozeEnded", "t_s": 80.0},
]


@pytest.mark.parametrize("gyroscope", [True, False])
def test_csv_exported_and_imported_again_is_the_same_to_the_bit(tmp_path: Path, gyroscope: bool) -> None:
    source = float_source(gyroscope)
    report = export_csv(source, tmp_path / "a.csv", EVENTS)
    back = blocks_of(open_import(tmp_path / "a.csv").items())
    expected = blocks_of(source.items())
    assert report.samples == len(expected)
    written = np.loadtxt(tmp_path / "a.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(written[:, 0], expected.t_s)
    np.testing.assert_allclose(back.t_s, expected.t_s, rtol=0, atol=1e-12)  # the importer evens out times that are nearly even
    for name in ("acc_mps2", "gyr_radps", "after_gap"):
        np.testing.assert_array_equal(getattr(back, name), getattr(expected, name), err_msg=name)
    assert report.events_path is not None
    assert [json.loads(line) for line in report.events_path.read_text().splitlines()] == EVENTS
    assert {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {"a.csv": 0o600, "a.events.jsonl": 0o600}


def test_csv_of_our_own_sensor_survives_the_round_trip_through_a_recording(tmp_path: Path) -> None:
    device, notifications = sensor_notifications(400, missing=range(100, 150))
    with RecordingWriter(tmp_path / "a.mcap", RecordingInfo(StreamInfo(device), "spinae-sensor"), sync=False) as writer:
        writer.notifications(notifications)
    recording = open_recording(tmp_path / "a.mcap")
    export_csv(recording, tmp_path / "a.csv")
    import_file(open_import(tmp_path / "a.csv"), tmp_path / "b.mcap")
    found, expected = (blocks_of(r.items()) for r in (open_recording(tmp_path / "b.mcap"), recording))
    np.testing.assert_allclose(found.t_s, expected.t_s, rtol=0, atol=2e-6)  # the importer evens out the sensor's microseconds
    np.testing.assert_array_equal(found.acc_mps2, expected.acc_mps2)
    np.testing.assert_array_equal(found.gyr_radps, expected.gyr_radps)
    np.testing.assert_array_equal(found.after_gap, expected.after_gap)


def test_parquet_holds_every_bit(tmp_path: Path) -> None:
    source = float_source()
    export_parquet(source, tmp_path / "a.parquet", EVENTS)
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    column = {name: table[name].to_numpy() for name in table.column_names}
    found = SampleBlock(
        column["t_s"],
        np.column_stack([column[f"a{axis}_mps2"] for axis in "xyz"]),
        np.column_stack([column[f"g{axis}_radps"] for axis in "xyz"]),
        column["after_gap"],
        column["saturated"],
    )
    assert_same_samples(found, blocks_of(source.items()))
    described = json.loads(table.schema.metadata[b"spinae.recording"])
    assert RecordingInfo.from_metadata(described, "here").stream == source.info


def onsets_s(edf: Edf) -> list[float]:
    """When each data record starts, as the file says."""
    raw = edf._timekeeping_signal.digital.tobytes()
    size = len(raw) // edf.num_data_records
    return [float(raw[k : k + size].split(b"\x14")[0]) for k in range(0, len(raw), size)]


def edf_samples(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, Edf]:
    """(times, counts, physical values) of the samples, without those annotated as no data."""
    edf = read_edf(path)
    n = edf.signals[0].samples_per_data_record
    starts = [onset_s - edf._subsecond_offset for onset_s in onsets_s(edf)]  # edfio counts annotations from there too
    assert all(b - a >= edf.data_record_duration - 2e-6 for a, b in pairwise(starts)), "records overlap"
    t_s = (np.array(starts)[:, None] + np.arange(n) * edf.data_record_duration / n).ravel()
    keep = np.ones(len(t_s), dtype=bool)
    for onset, duration, text in edf.annotations:
        if text == "no data":
            half = edf.data_record_duration / n / 2
            keep &= (t_s < onset - half) | (t_s > onset + duration - half)
    counts = np.column_stack([s.digital for s in edf.signals])
    physical = np.column_stack([s.data for s in edf.signals])
    return t_s[keep], counts[keep], physical[keep], edf


def test_edf_holds_our_own_sensors_counts_exactly(tmp_path: Path) -> None:
    device, notifications = sensor_notifications(400, missing=range(100, 150))
    info = RecordingInfo(StreamInfo(device, start_unix_ns=START_UNIX_NS, utc_offset_s=7200), "spinae-sensor")
    with RecordingWriter(tmp_path / "a.mcap", info, sync=False) as writer:
        writer.notifications(notifications)
    recording = open_recording(tmp_path / "a.mcap")
    report = export_edf(recording, tmp_path / "a.edf", EVENTS)
    sent = np.concatenate(
        [np.frombuffer(n.payload[wire.DATA_HEADER : -wire.CRC_BYTES], dtype="<i2").reshape(-1, 6) for n in notifications]
    )
    t_s, counts, physical, edf = edf_samples(tmp_path / "a.edf")
    expected = blocks_of(recording.items())
    np.testing.assert_array_equal(counts, sent)
    assert report.counts_exact
    np.testing.assert_allclose(physical[:, :3] * STANDARD_GRAVITY_MPS2, expected.acc_mps2, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(np.deg2rad(physical[:, 3:]), expected.gyr_radps, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(t_s, expected.t_s, atol=report.time_error_s + 1e-6)
    assert report.time_error_s < 0.006
    assert edf.reserved == "EDF+D"
    assert (edf.startdate.isoformat(), edf.starttime.isoformat()) == ("2025-10-09", "10:53:20.250000")
    found = {a.text: a.onset for a in edf.annotations}
    assert found['Marked {"text": "tea\\nand \\u2603"}'] == 1.25
    assert (tmp_path / "a.edf").stat().st_mode & 0o777 == 0o600


@examples(25)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.floats(0.02, 9.0)), min_size=1, max_size=6),
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 60), st.text("abc", max_size=200)), max_size=30),
)
def test_edf_keeps_every_sample_at_its_time_whatever_is_missing(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[int, float]], gyroscope: bool, notes: list[tuple[float, str]]
) -> None:
    blocks, start_s = [], 0.0
    for seed, (n, gap_s) in enumerate(runs):
        blocks.append(noise(n, seed, start_s, gyroscope, after_gap=seed > 0))
        start_s = float(blocks[-1].t_s[-1]) + 1 / RATE_HZ + gap_s
    info = StreamInfo(float_source(gyroscope).info.device)
    path = tmp_path_factory.mktemp("e") / "a.edf"
    events = [{"event": "Marked", "t_s": t, "text": text} for t, text in notes]
    report = export_edf(ListSource(info, list(blocks)), path, events)
    t_s, _, physical, edf = edf_samples(path)
    expected = SampleBlock.joined(blocks)
    np.testing.assert_allclose(t_s, expected.t_s, atol=report.time_error_s + 2e-6)
    assert report.time_error_s < 0.51 / RATE_HZ + 1e-4
    assert not report.counts_exact
    assert report.notes
    np.testing.assert_allclose(
        physical[:, :3] * STANDARD_GRAVITY_MPS2, expected.acc_mps2, rtol=1e-6, atol=report.acc_error_mps2 * 1.1
    )
    if expected.gyr_radps is not None:
        np.testing.assert_allclose(np.deg2rad(physical[:, 3:]), expected.gyr_radps, rtol=1e-6, atol=report.gyr_error_radps * 1.1)
    kept = sorted(a.text for a in edf.annotations if a.text not in ("", "no data"))
    assert kept == sorted(f'Marked {{"text": "{text}"}}' for _, text in notes)


@pytest.mark.parametrize("export", [export_csv, export_parquet, export_edf])
def test_exports_never_overwrite_and_leave_nothing_behind(tmp_path: Path, export: Any) -> None:
    source = float_source()
    (tmp_path / "a").write_bytes(b"precious")
    with pytest.raises(StorageError, match="exists already"):
        export(source, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"precious"
    with pytest.raises(BadInput, match="no samples"):
        export(ListSource(source.info), tmp_path / "b")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
