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
from collections.abc import Iterator
from dataclasses import dataclass, field

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
LEAST_SAMPLE_BYTES = {
    "witmotion": 20,
    "thingy52": 18,
    "movesense": 24,
    "uart-text": 9,
    "polar-h10": 0.75,
    "polar-verity-sense": 0.75,
    "phone": 20,
}
"""A delta of the narrowest width takes three bits."""


@dataclass
class Result:
    """What happened, and what must not have."""

    samples: int = 0
    rejected: int = 0
    findings: list[str] = field(default_factory=list)


def sound(name: str, rng: random.Random, number: int) -> bytes:
    """A notification of that family, place first."""
    words = [rng.randint(-300, 300) for _ in range(9)]
    if name == "witmotion":
        frame = struct.pack("<2x9h", *words[:2], 2048, *words[3:])
        return b"\0" + b"".join([b"Ua" + frame[2:]] * rng.choice([1, 1, 2, 4]))
    if name == "thingy52":
        return b"\0" + struct.pack("<9h", *words)
    if name == "movesense":
        floats = struct.pack("<24f", *(rng.uniform(-9, 9) for _ in range(24)))
        return b"\0\2\x63" + struct.pack("<I", number * 77 & 0xFFFFFFFF) + floats
    if name == Phone.name:
        return phone(rng, number)
    if name == "uart-text":
        return b"\0S,%d,0.1,-0.2,0.95,1.5,-2,%d\n" % (number * 20, rng.randint(0, 99))
    return polar(2 if name == "polar-h10" or number % 2 else 5, rng, number)


def polar(kind: int, rng: random.Random, number: int) -> bytes:
    """A frame of five samples, or a reply of the control point."""
    words = [rng.randint(-300, 300) for _ in range(3)]
    stamp = 599_616_000_000_000_000 + number // 2 * 100_000_000
    if rng.random() < 0.05:
        return b"\1\xf0\2" + bytes((kind, 0, 0, 5, 1)) + struct.pack("<f", 0.000244)
    if kind == 2 and rng.random() < 0.5:
        return b"\0" + struct.pack("<BQB", 2, stamp, 1) + struct.pack("<3h", *words) * 5
    return b"\0" + struct.pack("<BQB3h", kind, stamp, 0x80, *words) + bytes((8, 4)) + rng.randbytes(12)


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
    driver = driver_named(name)
    state, newest_s, arrival_ns, pool = driver.initial(), float("-inf"), 1_790_000_000_000_000_000, 0.0
    for number in range(count):
        payload = sound(name, rng, number)
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
        result.findings += [f"{name} {payload.hex()}: {what}" for what in problems(decoded, 1, LEAST_SAMPLE_BYTES[name], pool)]
        pool -= len(decoded.block) * LEAST_SAMPLE_BYTES[name]
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
