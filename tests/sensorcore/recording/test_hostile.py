"""Hostile recordings cost little memory and time, and end in a sentence; one bad length costs one chunk."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcap.opcode import Opcode

from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from tests.examples import examples
from tests.sensorcore.history.test_ingest import frames
from tests.sensorcore.recording.hostile import KINDS, top_level

MOST_CPU_S, MOST_MB = 10.0, 300
MEND = """
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from sensorcore.recording.recover import reseal_all, unsealed
print(reseal_all(unsealed(Path(sys.argv[1]).parent)))
"""
COMMANDS = {"analyze": ["-m", "tui.cli", "analyze"], "mend": ["-c", MEND]}
QUICK = ("lz4 bomb",)


MEASURE = """
import resource, subprocess, sys
code = subprocess.call([sys.executable, *sys.argv[2:]], stderr=subprocess.STDOUT)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss}")
sys.exit(code)
"""


def run(command: list[str], home: Path) -> tuple[int, str, float, float]:
    """Exit code, what was said, seconds of processor, peak megabytes: of a process of its own. A small process in between starts
    it, for Linux counts the memory of the process that starts another (here a worker of the tests) as the other's."""
    said, used = home / "said", home / "used"
    with said.open("w+b") as out:
        measuring = [sys.executable, "-c", MEASURE, str(used), *command]
        code = subprocess.call(measuring, stdout=out, stderr=out, env=os.environ | {"HOME": str(home)})
    cpu_s, peak = used.read_text().split()
    return code, said.read_text(), float(cpu_s), float(peak) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def check(kind: str, command: str, folder: Path) -> None:
    (folder / "in").mkdir()
    path = folder / "in" / "hostile.mcap"
    KINDS[kind](path)
    code, said, cpu_s, peak_mb = run([*COMMANDS[command], str(path)], folder)
    assert code in (0, 1), said
    assert "Traceback" not in said
    assert "fault in spinae" not in said
    assert cpu_s < MOST_CPU_S
    assert peak_mb < MOST_MB
    if command == "analyze":
        assert "recording" in said or "payloads" in said or "message" in said


@pytest.mark.parametrize("kind", QUICK)
def test_a_hostile_recording_is_a_sentence_in_seconds_and_little_memory(kind: str, tmp_path: Path) -> None:
    check(kind, "analyze", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_hostile_recording_is_a_sentence_in_seconds_and_little_memory(kind: str, command: str, tmp_path: Path) -> None:
    check(kind, command, tmp_path)


def payloads(path: Path) -> int:
    return sum(1 for _ in open_recording(path).notifications())


@lru_cache
def in_chunks() -> tuple[bytes, tuple[tuple[int, int], ...]]:
    """A recording of a dozen chunks, as the daemon flushes it, and where they start and how long they are."""
    info, arrived = frames()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mcap"
        writer = RecordingWriter(path, info, sync=False)
        step = len(arrived) // 12
        for begin in range(0, len(arrived), step):
            writer.notifications(arrived[begin : begin + step])
            writer.flush()
        writer.close()
        data = path.read_bytes()
    return data, tuple((start, length) for opcode, start, length in top_level(data) if opcode == Opcode.CHUNK)


@examples(100)
@given(which=st.integers(0, 12), length=st.one_of(st.integers(0, (1 << 64) - 1), st.integers(1, 300_000)), sealed=st.booleans())
def test_a_bad_length_costs_nothing_where_the_chunk_is_whole(
    tmp_path_factory: pytest.TempPathFactory, which: int, length: int, sealed: bool
) -> None:
    whole, chunks = in_chunks()
    data = bytearray(whole)
    struct.pack_into("<Q", data, chunks[which % len(chunks)][0] + 1, length)
    path = tmp_path_factory.mktemp("bad") / "b.mcap"
    path.write_bytes(data if sealed else data[: chunks[-1][0] + 9 + chunks[-1][1]])
    assert payloads(path) == len(frames()[1])


@examples(100)
@given(
    which=st.integers(1, 12),
    garbage=st.binary(min_size=100, max_size=400),
    zeros=st.booleans(),
    sealed=st.booleans(),
)
def test_damage_over_the_head_of_a_chunk_costs_that_chunk(
    tmp_path_factory: pytest.TempPathFactory, which: int, garbage: bytes, zeros: bool, sealed: bool
) -> None:
    """Any bytes, or the zeros that a file system fills lost blocks with. (The first chunk names the channels.)"""
    whole, chunks = in_chunks()
    data = bytearray(whole)
    start, _ = chunks[which % (len(chunks) - 1) + 1]
    data[start : start + len(garbage)] = bytes(len(garbage)) if zeros else garbage
    path = tmp_path_factory.mktemp("bad") / "b.mcap"
    path.write_bytes(data if sealed else data[: chunks[-1][0] + 9 + chunks[-1][1]])
    assert payloads(path) >= len(frames()[1]) * (1 - 1.5 / (len(chunks) - 1))


def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    whole, chunks = in_chunks()
    data = bytearray(whole)
    data[chunks[7][0] : chunks[7][0] + 400] = bytes(400)
    path = tmp_path / "b.mcap"
    path.write_bytes(data)
    recording = open_recording(path)
    assert len(list(recording.notifications())) < len(frames()[1])
    assert f"1 damaged stretches were left out (at byte {chunks[7][0]})" in recording.warnings
