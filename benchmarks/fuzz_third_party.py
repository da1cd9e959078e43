"""Fuzzer of the drivers of third-party sensors and of a phone, with damaged notifications: `python -m benchmarks.fuzz_third_party
--count 100000` (each); a phone's are also messages of its apps, damaged before they are packed.

For any input: no exception; time increases and all is finite; no more samples than the bytes could hold, and none from a
notification that is noise; the state does not grow.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from sensorcore.devices import THIRD_PARTY, driver_named
from sensorcore.devices.base import Decoded
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.family import LINK_BEGAN
from sensorcore.devices.phone import Phone
from sensorcore.devices.phone_batch import PLATFORMS, pack
from sensorcore.errors import BadInput
from sensorcore.links.phone.sensorlogger import NAMES, parse
from sensorcore.model import Notification

LARGEST_STATE = 200_000


@dataclass
class Result:
    """What happened, and what must not have."""

    samples: int = 0
    rejected: int = 0
    findings: list[str] = field(default_factory=list)


def words(rng: random.Random, count: int) -> list[int]:
    """Small numbers of 16 bits."""
    return [rng.randint(-300, 300) for _ in range(count)]


def witmotion(rng: random.Random, number: int) -> bytes:  # noqa: ARG001 - as the others
    """A frame or some, at rest."""
    frame = b"Ua" + struct.pack("<9h", *words(rng, 2), 2048, *words(rng, 6))
    return b"\0" + frame * rng.choice([1, 1, 2, 4])


def thingy(rng: random.Random, number: int) -> bytes:  # noqa: ARG001 - as the others
    """Raw motion, at rest."""
    return b"\0" + struct.pack("<9h", *words(rng, 2), 1024, *words(rng, 6))


def movesense(rng: random.Random, number: int) -> bytes:
    """A whole frame of four samples, at rest."""
    acc = [value for _ in range(4) for value in (rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2), 9.8)]
    floats = struct.pack("<24f", *acc, *(rng.uniform(-9, 9) for _ in range(12)))
    return b"\0\2\x63" + struct.pack("<I", number * 77 & 0xFFFFFFFF) + floats


def text(rng: random.Random, number: int) -> bytes:
    """A line."""
    return b"\0S,%d,0.1,-0.2,0.95,1.5,-2,%d\n" % (number * 20, rng.randint(0, 99))


def polar(kind: int, rng: random.Random, number: int) -> bytes:
    """A frame of five samples, or a reply of the control point."""
    small = [*words(rng, 2), 1000]
    stamp = 599_616_000_000_000_000 + number // 2 * 100_000_000
    if rng.random() < 0.05:
        return b"\1\xf0\2" + bytes((kind, 0, 0, 5, 1)) + struct.pack("<f", 0.000244)
    if kind == 2 and rng.random() < 0.5:
        return b"\0" + struct.pack("<BQB", 2, stamp, 1) + struct.pack("<3h", *small) * 5
    return b"\0" + struct.pack("<BQB3h", kind, stamp, 0x80, *small) + bytes((8, 4)) + rng.randbytes(12)


def phone(rng: random.Random, number: int) -> bytes:
    """A message of Sensor Logger, sound or damaged, as the receiver packs it."""
    t_ns = 1_790_000_000_000_000_000 + number * 20_000_000
    rows = [(each, t_ns + place * 5_000_000) for place in range(4) for each in rng.sample(sorted(NAMES), 2)]
    readings = [{"name": name, "time": at, "values": {"x": 0.1, "y": rng.uniform(-1, 1), "z": 9.8}} for name, at in rows]
    body = json.dumps({"messageId": number, "sessionId": str(number // 5000), "deviceId": "d", "payload": readings}).encode()
    if rng.random() < 0.3:
        body = damaged(rng, body)
    try:
        return b"\0" + pack(parse(body, rng.choice(PLATFORMS)).batch)
    except BadInput:
        return b"\0" + body[:250]


MADE_BY: Final[dict[str, tuple[Callable[[random.Random, int], bytes], float]]] = {
    "witmotion": (witmotion, 20),
    "thingy52": (thingy, 18),
    "movesense": (movesense, 24),
    "uart-text": (text, 9),
    "polar-h10": (partial(polar, 2), 0.75),
    "polar-verity-sense": (lambda rng, number: polar(2 if number % 2 else 5, rng, number), 0.75),
    Phone.name: (phone, 20),
}
"""Of each family, what makes a sound notification (its place first), and the fewest bytes of a sample. A delta of the narrowest
width takes three bits."""


def damaged(rng: random.Random, payload: bytes) -> bytes:
    """With one kind of damage."""
    data = bytearray(payload)
    kind = rng.randrange(6)
    if kind == 0:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del data[rng.randrange(len(data)) :]
    elif kind == 2:
        data += rng.randbytes(rng.randint(1, 250))
    elif kind == 3:
        at = rng.randrange(len(data))
        data[at : at + rng.randint(1, 8)] = rng.randbytes(rng.randint(0, 8))
    elif kind == 4:
        data = bytearray(rng.randbytes(rng.randint(0, 250)))
    else:
        data = bytearray((LINK_BEGAN,))
    return bytes(data)


def problems(decoded: Decoded, payloads: int, least_bytes: float, bytes_so_far: float) -> Iterator[str]:
    """What is wrong with a result, if anything. `bytes_so_far`: all that arrived and was not accounted for by samples yet."""
    block = decoded.block
    values = [block.t_s, block.acc_mps2, *([] if block.gyr_radps is None else [block.gyr_radps])]
    if not all(np.isfinite(each).all() for each in values):
        yield "not finite"
    if not (np.diff(block.t_s) > 0).all():
        yield "time does not increase"
    if len(block) * least_bytes > bytes_so_far:
        yield f"{len(block)} samples from {bytes_so_far} bytes"
    if decoded.rejected > payloads * 300:
        yield f"{decoded.rejected} rejected of {payloads} notifications"


def fuzz(name: str, count: int, seed: int) -> Result:
    """`count` notifications, about half of them damaged."""
    rng, result = random.Random(f"{name} {seed}"), Result()
    make, least_bytes = MADE_BY[name]
    driver = driver_named(name)
    state, newest_s, arrival_ns, pool = driver.initial(), float("-inf"), 1_790_000_000_000_000_000, 0.0
    for number in range(count):
        payload = make(rng, number)
        if rng.random() < 0.5:
            payload = damaged(rng, payload)
        arrival_ns += rng.choice([20_000_000] * 50 + [10_000_000_000])
        note = Notification(arrival_ns if rng.random() < 0.999 else rng.getrandbits(64) - (1 << 63), payload)
        try:
            state, decoded = driver.decode(state, [note])
        except Exception as error:  # noqa: BLE001 (finding any exception is the purpose)
            result.findings.append(f"{name} {payload.hex()}: {error!r}")
            continue
        pool += len(payload)
        result.findings += [f"{name} {payload.hex()}: {what}" for what in problems(decoded, 1, least_bytes, pool)]
        pool -= len(decoded.block) * least_bytes
        if len(decoded.block):
            if decoded.block.t_s[0] <= newest_s:
                result.findings.append(f"{name} {payload.hex()}: time runs back")
            newest_s = float(decoded.block.t_s[-1])
        result.samples += len(decoded.block)
        result.rejected += decoded.rejected
        if number % 500 == 0 and len(pickle.dumps(state)) > LARGEST_STATE:
            result.findings.append(f"{name}: the state has grown to {len(pickle.dumps(state))} bytes")
            break
    result.findings += noise(name, min(count, 20_000), rng)
    return result


def noise(name: str, count: int, rng: random.Random) -> list[str]:
    """Bytes of chance never make a sample, where a format can tell: fixed fields of 16 bits do not fit by chance."""
    if name == "thingy52":  # any 18 bytes are a sample: the radio's checksum is all there is
        return []
    driver = driver_named(name)
    notes = [
        Notification(1_790_000_000_000_000_000, b"\0" + rng.randbytes(rng.choice([13, 20, 28, 60, 104]))) for _ in range(count)
    ]
    found = len(driver.decode(driver.initial(), notes)[1].block)
    return [f"{name}: {found} samples from {count} notifications of noise"] if found > count * 0.001 else []


def main(arguments: list[str] | None = None) -> int:
    """Print a line a driver; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    findings: list[str] = []
    drivers: tuple[type[DeviceDriver], ...] = (*THIRD_PARTY, Phone)
    for driver in drivers:
        result = fuzz(driver.name, options.count, options.seed)
        findings += result.findings
        summary = f"{result.samples} samples, {result.rejected} rejected; {len(result.findings)} findings"
        print(f"{driver.name}: {options.count} notifications, seed {options.seed}: {summary}")
    for finding in findings[:20]:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
