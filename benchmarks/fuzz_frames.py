"""Fuzzer of the codec and the driver, with damaged packets: `python -m benchmarks.fuzz_frames --count 100000`.

A packet is either refused with FrameError or means exactly its bytes (decoding and encoding gives them back). Damage that leaves
the checksum behind is always refused; the driver agrees with the codec, and delivers no sample that was not in a sound frame.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from firmware_protocol import tables, wire
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import SampleFrame, Status, control_from_bytes
from sensorcore.devices.spinae_sensor import SpinaeSensor, profile_of
from sensorcore.model import Notification


class Packet(Protocol):
    def to_bytes(self) -> bytes: ...


READERS: dict[str, Callable[[bytes], Packet]] = {
    "data": SampleFrame.from_bytes,
    "status": Status.from_bytes,
    "control": control_from_bytes,
}


@dataclass
class Result:
    """How many packets went which way, and what must not have happened."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)


def valid_packet(rng: random.Random, number: int = 0) -> bytes:
    """Any packet of the protocol, mostly data frames; most of these continue a stream in which this is the `number`th."""
    kind = rng.random()
    if kind < 0.7:
        scale = rng.choice(sorted(tables.SCALES))
        samples = rng.randbytes(rng.randint(1, wire.max_samples(scale)) * 2 * tables.AXES[scale])
        session = rng.getrandbits(32) if rng.random() < 0.002 else number >> 8
        sequence = rng.getrandbits(32) if rng.random() < 0.002 else (number - 1000 - rng.choice([0, 0, 0, 1])) & wire.U32
        ticks_us = rng.choice([rng.getrandbits(32), number * 150_000 & wire.U32])
        return wire.pack_data(session, sequence, ticks_us, scale, rng.choice(sorted(tables.RATES)), samples)
    if kind < 0.85:
        return wire.pack_status(*status_values(rng))
    command = rng.choice([tables.BUZZ, *wire.COMMANDS])
    if command == tables.BUZZ:
        return wire.pack_control(command, rng.randint(1, 100), *rng.randbytes(2 * rng.randint(1, wire.MAX_BUZZ_STEPS)))
    arguments = {
        tables.START: (rng.getrandbits(32), rng.getrandbits(32)),
        tables.MODE: (rng.choice(sorted(tables.RATES)), rng.choice(sorted(tables.SCALES))),
        tables.TIME: (rng.getrandbits(64),),
    }
    return wire.pack_control(command, *arguments.get(command, ()))


def status_values(rng: random.Random) -> list[int]:
    """Arguments of `wire.pack_status`, each within its range or unknown."""
    known = {"rate": sorted(tables.RATES), "scale": sorted(tables.SCALES)}
    values = []
    for name, _, low, high, unknown in wire.STATUS_FIELDS:
        value = rng.choice(known[name]) if name in known else rng.randint(low, high)
        values.append(value if unknown is None or rng.random() < 0.8 else unknown)
    return values


def mutated(rng: random.Random, packet: bytes) -> bytes:
    """The packet with one kind of damage (which may by chance leave it as it was)."""
    data = bytearray(packet)
    damage = rng.randrange(6)
    if damage == 0:
        for _ in range(rng.randint(1, 8)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif damage == 1:
        data[rng.randrange(min(len(data), wire.DATA_HEADER))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
    elif damage == 2:
        del data[rng.randrange(len(data)) :]
    elif damage == 3:
        data += rng.randbytes(rng.randint(1, 300))
    elif damage == 4:
        at = rng.randrange(len(data))
        data[at : at + rng.randint(1, 12)] = rng.randbytes(rng.randint(0, 12))
    else:
        data = bytearray(rng.randbytes(rng.randint(0, 260)))
        if data and rng.random() < 0.5:
            data[0] = rng.choice([wire.DATA_TAG, wire.STATUS_TAG, wire.CONTROL_TAG])
    return bytes(data)


def read(packet: bytes, result: Result) -> str | None:
    """The kind of packet that the codec takes it for, None when every reader refuses; anything else is a finding."""
    taken = None
    for kind, reader in READERS.items():
        try:
            value = reader(packet)
            again = value.to_bytes()
        except FrameError:
            continue
        except Exception as error:  # noqa: BLE001 (finding any other exception is the purpose)
            result.findings.append(f"{kind} {packet.hex()}: {error!r}")
            continue
        if again != packet or taken is not None:
            result.findings.append(f"{kind} {packet.hex()}: comes back as {again.hex()}")
        taken = kind
    return taken


def fuzz(count: int, seed: int) -> Result:
    """`count` packets: untouched, damaged, and damaged with the checksum made to fit again."""
    rng = random.Random(seed)
    result = Result()
    drivers = [SpinaeSensor(), SpinaeSensor(profile_of(tables.DEFAULT_SCALE_WITHOUT_GYROSCOPE))]
    states = [driver.initial() for driver in drivers]
    for number in range(count):
        sound = valid_packet(rng, number)
        how = rng.choice(["sound", "damaged", "damaged", "resealed", "resealed"])
        packet = sound if how == "sound" else mutated(rng, sound)
        if how == "resealed" and len(packet) > wire.CRC_BYTES:
            packet = wire.seal(packet[: -wire.CRC_BYTES])
        kind = read(packet, result)
        result.counts["refused" if kind is None else kind] += 1
        if (how == "sound" and kind is None) or (how == "damaged" and packet != sound and kind is not None):
            result.findings.append(f"{how} {packet.hex()}: taken for {kind}")
        for which, driver in enumerate(drivers):
            note = Notification(rng.choice([number * 10**8, rng.getrandbits(64)]), packet)
            before = states[which].clock
            try:
                states[which], decoded = driver.decode(states[which], [note])
            except Exception as error:  # noqa: BLE001 (as above)
                result.findings.append(f"driver {packet.hex()}: {error!r}")
                continue
            wanted = kind == "data" and (which == 1 or tables.AXES[packet[2]] == 6)
            delivered = packet[1] if wanted and not decoded.duplicates else 0
            if decoded.rejected != (not (wanted or kind == "status")) or len(decoded.block) != delivered:
                result.findings.append(f"driver {packet.hex()}: {len(decoded.block)} samples, {decoded.rejected} rejected")
            clock = states[which].clock
            goes_on = not delivered or before is None or (clock is not None and clock.end_us > before.end_us)
            if not goes_on or not (np.diff(decoded.block.t_s) > 0).all():
                result.findings.append(f"driver {packet.hex()}: time does not increase")
            result.counts["samples"] += delivered
    return result


def main(arguments: list[str] | None = None) -> int:
    """Print a line; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    result = fuzz(options.count, options.seed)
    for finding in result.findings[:20]:
        print(finding)
    counts = ", ".join(f"{result.counts[name]} {name}" for name in ("refused", "data", "status", "control", "samples"))
    print(f"{options.count} packets, seed {options.seed}: {counts}; {len(result.findings)} findings")
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
