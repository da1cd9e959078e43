"""Third-party sensors' side of the wire, written from their layouts: shares no code with the drivers.

Each `encode` takes (n, 3) acceleration in g, angular rate in °/s and the device's times of the samples in seconds, and gives
(time of the last sample, characteristic's place, value) for each notification.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Sent = tuple[float, int, bytes]


def _int16(values: Floats) -> list[int]:
    return [int(v) for v in np.clip(np.rint(values), -32768, 32767)]


def witmotion(acc_g: Floats, gyr_dps: Floats, t_s: Floats, *, together: int = 1) -> Iterator[Sent]:
    """20-byte frames, `together` in a notification."""
    body = b""
    for number, (acc, gyr, at_s) in enumerate(zip(acc_g, gyr_dps, t_s, strict=True), start=1):
        body += b"Ua" + struct.pack("<9h", *_int16(acc * 2048.0), *_int16(gyr * 32768.0 / 2000.0), 11, -22, 33)
        if number % together == 0:
            yield float(at_s), 0, body
            body = b""


def witmotion_timed(acc_g: Floats, gyr_dps: Floats, t_s: Floats) -> Iterator[Sent]:
    """28-byte frames with the chip's date and time."""
    for acc, gyr, at_s in zip(acc_g, gyr_dps, t_s, strict=True):
        when = datetime(2024, 2, 28, 23, 59, 50) + timedelta(milliseconds=round(float(at_s) * 1000))
        chip = struct.pack(
            "<6BH", when.year - 2000, when.month, when.day, when.hour, when.minute, when.second, when.microsecond // 1000
        )
        head = b"Ua" + struct.pack("<9h", *_int16(acc * 2048.0), *_int16(gyr * 32768.0 / 2000.0), 1, 2, 3)
        yield float(at_s), 0, head + chip


def polar_raw(acc_g: Floats, gyr_dps: Floats, t_s: Floats, *, samples: int = 36, epoch_s: float = 599_616_000.0) -> Iterator[Sent]:
    """Uncompressed milli-g, as an H10 sends it; its clock at its default of 2019."""
    for end in range(samples, len(t_s) + 1, samples):
        body = b"".join(struct.pack("<3h", *_int16(acc * 1000.0)) for acc in acc_g[end - samples : end])
        stamp_ns = round((float(t_s[end - 1]) + epoch_s) * 1e6) * 1000
        yield float(t_s[end - 1]), 0, struct.pack("<BQB", 2, stamp_ns, 1) + body


def pmd_compressed(kind: int, values: list[list[int]], stamp_ns: int, block: int = 7) -> bytes:
    """Type 0: a reference, then blocks of deltas in as few bits as they need."""
    out = struct.pack("<BQB3h", kind, stamp_ns, 0x80, *values[0])
    deltas = [[b - a for a, b in zip(one, two, strict=True)] for one, two in pairwise(values)]
    for start in range(0, len(deltas), block):
        part = [delta for row in deltas[start : start + block] for delta in row]
        width = max(max(delta if delta >= 0 else ~delta for delta in part).bit_length() + 1, 2)
        word = 0
        for place, delta in enumerate(part):
            word |= (delta % (1 << width)) << (place * width)
        out += bytes((width, len(part) // 3)) + word.to_bytes((width * len(part) + 7) // 8, "little")
    return out


ACC_FACTOR, GYR_FACTOR = 0.000244140625, 0.06103515625


def verity_start_replies() -> list[Sent]:
    """What the control point said when it was started."""
    return [
        (0.0, 1, bytes((0xF0, 2, kind, 0, 0, 5, 1)) + struct.pack("<f", factor))
        for kind, factor in ((2, ACC_FACTOR), (5, GYR_FACTOR))
    ]


def verity(acc_g: Floats, gyr_dps: Floats, t_s: Floats, *, samples: int = 20) -> Iterator[Sent]:
    """Both streams, compressed."""
    epoch_s = 700_000_000.0
    for end in range(samples, len(t_s) + 1, samples):
        part, stamp_ns = slice(end - samples, end), round((float(t_s[end - 1]) + epoch_s) * 1e6) * 1000
        yield float(t_s[end - 1]), 0, pmd_compressed(2, [_int16(row / ACC_FACTOR) for row in acc_g[part]], stamp_ns)
        yield float(t_s[end - 1]), 0, pmd_compressed(5, [_int16(row / GYR_FACTOR) for row in gyr_dps[part]], stamp_ns)


def movesense(acc_g: Floats, gyr_dps: Floats, t_s: Floats, *, boot_ms: int = 5000, mtu: int = 65) -> Iterator[Sent]:
    """Four samples a frame, cut where the link's packets end."""
    for start in range(0, len(t_s) - 3, 4):
        part = slice(start, start + 4)
        floats = np.vstack((acc_g[part] * 9.80665, gyr_dps[part])).astype("<f4").tobytes()
        whole = struct.pack("<I", (round(float(t_s[start]) * 1000) + boot_ms) % (1 << 32)) + floats
        for at in range(0, len(whole), mtu - 5):
            yield float(t_s[start + 3]), 0, bytes((3 if at else 2, 0x63)) + whole[at : at + mtu - 5]


def thingy(acc_g: Floats, gyr_dps: Floats, t_s: Floats) -> Iterator[Sent]:
    """One sample a notification."""
    for acc, gyr, at_s in zip(acc_g, gyr_dps, t_s, strict=True):
        yield float(at_s), 0, struct.pack("<9h", *_int16(acc * 1024.0), *_int16(gyr * 32.0), 1, 2, 3)


def text(acc_g: Floats, gyr_dps: Floats, t_s: Floats, *, timed: bool = True, piece: int = 20) -> Iterator[Sent]:
    """Lines with a checksum, in the 20-byte pieces that Espruino sends."""
    for acc, gyr, at_s in zip(acc_g, gyr_dps, t_s, strict=True):
        stamp = (
            str(round(float(at_s) * 1000) + 4_294_960_000 - (1 << 32) * (at_s * 1000 + 4_294_960_000 >= 1 << 32)) if timed else ""
        )
        line = "S," + ",".join([stamp, *(f"{v:.4f}" for v in (*acc, *gyr))])
        check = 0
        for byte in line.encode():
            check ^= byte
        whole = f"{line}*{check:02x}\r\n".encode()
        for at in range(0, len(whole), piece):
            yield float(at_s), 0, whole[at : at + piece]


def text_untimed(acc_g: Floats, gyr_dps: Floats, t_s: Floats) -> Iterator[Sent]:
    """The same without times."""
    return text(acc_g, gyr_dps, t_s, timed=False)


Encoder = Callable[[Floats, Floats, Floats], Iterator[Sent]]
ENCODERS: dict[str, tuple[str, float, Encoder]] = {
    "witmotion": ("witmotion", 50.0, witmotion),
    "witmotion-timed": ("witmotion", 50.0, witmotion_timed),
    "polar-h10": ("polar-h10", 50.0, polar_raw),
    "polar-verity-sense": ("polar-verity-sense", 52.0, verity),
    "movesense": ("movesense", 52.0, movesense),
    "thingy52": ("thingy52", 50.0, thingy),
    "uart-text": ("uart-text", 50.0, text),
    "uart-text-untimed": ("uart-text", 50.0, text_untimed),
}
"""Driver, nominal rate, encoder."""
