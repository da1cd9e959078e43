"""Fuzzer of the importers, with damaged files: `python -m benchmarks.fuzz_importers --count 10000 [--format csv]`.

Each file ends in samples that pass the checks of `SampleBlock`, or in one `SpinaeError` of one line. Any other exception, a
warning, or more than 10 s is a finding: its bytes are kept, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np

from benchmarks import import_files
from sensorcore.errors import SpinaeError
from sensorcore.importers import open_import
from sensorcore.model import SampleBlock

_ODD_CELLS = (
    b"",
    b"nan",
    b"inf",
    b"-1e999",
    b"1e308",
    b"0",
    b"-",
    b"text",
    b"9" * 30,
    b"1,5",
    b'"',
    b"\xff\xfe",
    b"\0",
    b"1e-320",
    b" ",
)
_LIMIT_S = 10


def _flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _cut(data: bytearray, rng: random.Random) -> bytes:
    a, b = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    return bytes(rng.choice((data[:a], data[b:], data[:a] + data[b:])))


def _lines(data: bytearray, rng: random.Random) -> bytes:
    lines = bytes(data).split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        lines[i], lines[j] = lines[j], lines[i]
    elif how == 1:
        lines.insert(i, lines[j])
    elif how == 2:
        del lines[min(i, j) : max(i, j)]
    else:
        lines.insert(i, rng.choice((b"", b"   ", b"\r", b",,,", b"\t\t", rng.randbytes(20))))
    return b"\n".join(lines)


def _cells(data: bytearray, rng: random.Random) -> bytes:
    lines = bytes(data).split(b"\n")
    delimiter = b"\t" if b"\t" in data else b";" if b";" in data else b","
    for _ in range(rng.choice((1, 1, 3))):
        i = rng.choice((0, rng.randrange(len(lines))))
        cells = lines[i].split(delimiter)
        cells[rng.randrange(len(cells))] = rng.choice((*_ODD_CELLS, rng.choice(cells)))
        lines[i] = delimiter.join(cells)
    return b"\n".join(lines)


def _recode(data: bytearray, rng: random.Random) -> bytes:
    text = bytes(data).decode("utf-8", "replace")
    how = rng.randrange(5)
    if how == 0:
        return text.encode("utf-16")
    if how == 1:
        return text.encode("gb18030")
    if how == 2:
        return b"\xef\xbb\xbf" + bytes(data)
    if how == 3:
        return bytes(data).replace(b"\n", rng.choice((b"\r", b"\r\n", b"\n\n", b"")))
    return bytes(data).replace(
        rng.choice((b".", b",", b"\t", b";", b'"', b"-")), rng.choice((b",", b".", b"", b" ", b"\t", b";", b'"'))
    )


def _noise(data: bytearray, rng: random.Random) -> bytes:
    noise = rng.randbytes(rng.randrange(2000))
    return rng.choice((noise, bytes(data[:200]) + noise, bytes(b % 96 + 32 for b in noise), b"PK\x03\x04" + noise))


_MUTATIONS = (_flip, _flip, _cut, _lines, _cells, _cells, _recode, _noise)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One or two kinds of damage."""
    for _ in range(rng.choice((1, 1, 2))):
        if data:
            data = rng.choice(_MUTATIONS)(bytearray(data), rng)
    return data


def _mutate_export(files: dict[str, bytes], rng: random.Random) -> bytes:
    """A member damaged, missing or renamed, or the zip itself damaged."""
    files = dict(files)
    name = rng.choice(sorted(files))
    how = rng.randrange(8)
    if how == 0:
        del files[name]
    elif how == 1:
        files[rng.choice(("a/b/" + name, name.upper(), "x.csv", "../" + name))] = files.pop(name)
    elif how < 7:
        files[name] = mutate(files[name], rng)
    else:
        return mutate(import_files.pack(files), rng)
    return import_files.pack(files)


def _makers() -> dict[str, Callable[[random.Random], tuple[str, bytes]]]:
    m = import_files.motion(200)
    csv_files = [import_files.generic(m), import_files.generic(m).replace(b"\n", b"\r\n")]
    csv_files.append(
        import_files.table(
            ["az_mps2", "t_iso", "ay_mps2", "note", "ax_mps2"],
            [
                m.acc_mps2[:, 2].tolist(),
                [f"2024-01-01T10:00:{t:09.6f}Z" for t in m.t_s],
                m.acc_mps2[:, 1].tolist(),
                ["x"] * len(m.t_s),
                m.acc_mps2[:, 0].tolist(),
            ],
        )
    )
    loggers = [import_files.sensor_logger(m), import_files.sensor_logger(m, "ios"), import_files.sensor_logger(m, "ios", True)]
    phyphoxes = [import_files.phyphox(m), import_files.phyphox(m, ";", ",", True), import_files.phyphox(m, "\t")]
    logs = [import_files.witmotion(m, variant, burst=burst) for variant in import_files.WITMOTION_HEADERS for burst in (1, 3)]
    logs.append(import_files.witmotion(m, "chinese", "gb18030"))
    return {
        "csv": lambda rng: (".csv", mutate(rng.choice(csv_files), rng)),
        "sensorlogger": lambda rng: (".zip", _mutate_export(rng.choice(loggers), rng)),
        "phyphox": lambda rng: (".zip", _mutate_export(rng.choice(phyphoxes), rng)),
        "witmotion": lambda rng: (".txt", mutate(rng.choice(logs), rng)),
    }


FORMATS = ("csv", "sensorlogger", "phyphox", "witmotion")


def check(path: Path) -> bool:
    """Read a file to its end: True for samples, False for one clear error; anything else raises."""
    try:
        source = open_import(path)
        last_s = -np.inf
        for block in source.items():
            assert isinstance(block, SampleBlock)
            SampleBlock.checked(block.t_s, block.acc_mps2, block.gyr_radps, after_gap=block.after_gap)
            assert len(block), "an empty block"
            assert block.t_s[0] > last_s, "time does not increase from block to block"
            assert np.isfinite(last_s) or block.t_s[0] == 0.0, "stream time does not start at 0"
            last_s = float(block.t_s[-1])
        assert np.isfinite(last_s), "neither samples nor an error"
    except SpinaeError as error:
        refusal = error
    else:
        return True
    assert str(refusal), "an error without words"
    assert "\n" not in str(refusal), "an error of more than one line"
    assert refusal.where, "an error without a place"
    return False


def _out_of_time(_signum: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"no end after {_LIMIT_S} s")


def fuzz(name: str, count: int, seed: int, folder: Path) -> tuple[str, Path | None]:
    """A summary line, and the first file that broke the promise."""
    make, rng = _makers()[name], random.Random(seed)
    opened, started = 0, time.perf_counter()
    for i in range(count):
        suffix, data = make(rng)
        path = folder / f"{name}-{seed}{suffix}"
        path.write_bytes(data)
        signal.alarm(_LIMIT_S)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                opened += check(path)
        except Exception as error:  # noqa: BLE001 - any exception is what this looks for
            return f"{name}: file {i} of {count}: {type(error).__name__}: {error}", path
        finally:
            signal.alarm(0)
    rate = count / (time.perf_counter() - started)
    return f"{name}: {count} files, {opened} opened, {count - opened} refused, 0 findings, {rate:.0f} files/s", None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="files per importer")
    parser.add_argument("--format", choices=FORMATS, help="only this importer")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    signal.signal(signal.SIGALRM, _out_of_time)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-importers-"))
    found = False
    for name in [arguments.format] if arguments.format else FORMATS:
        line, finding = fuzz(name, arguments.count, arguments.seed, folder)
        print(line + (f"\n  kept: {finding}" if finding else ""))
        found = found or finding is not None
    if not found:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    return int(found)


if __name__ == "__main__":
    sys.exit(main())
