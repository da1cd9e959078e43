"""Samples at full precision, as importers store them in a recording: decoding yields exactly the block that was packed.

Little-endian: "FS", version (1), flags (bit 0: angular rate follows), u32 count; then count float64 of `t_s`, count x 3 of
`acc_mps2`, count x 3 of `gyr_radps` if flagged, count x u8 (bit 0: after a gap, bit 1: saturated), and a CRC-32 of it all.
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Sequence

import numpy as np

from sensorcore.devices.base import Decoded
from sensorcore.errors import BadInput
from sensorcore.model import DeviceProfile, Notification, SampleBlock

MAGIC, VERSION = b"FS", 1
HEADER = struct.Struct("<2sBBI")
CRC = struct.Struct("<I")
WITH_GYROSCOPE = 1
OTHER_AXES = "samples with other axes than the recording says"
AFTER_GAP, SATURATED = 1, 2


def pack(block: SampleBlock) -> bytes:
    """One payload holding the whole block (which must be shorter than 2^32 samples)."""
    flags = block.after_gap * np.uint8(AFTER_GAP) | block.saturated * np.uint8(SATURATED)
    gyr = b"" if block.gyr_radps is None else block.gyr_radps.astype("<f8").tobytes()
    head = HEADER.pack(MAGIC, VERSION, 0 if block.gyr_radps is None else WITH_GYROSCOPE, len(block))
    body = b"".join((head, block.t_s.astype("<f8").tobytes(), block.acc_mps2.astype("<f8").tobytes(), gyr, flags.tobytes()))
    return body + CRC.pack(crc32(body))


def unpack(payload: bytes) -> SampleBlock:
    """The block that was packed. Raises BadInput for anything else."""
    size = len(payload)
    if size < HEADER.size + CRC.size:
        raise BadInput(f"{size} bytes are too few", where="packed samples")
    magic, version, kind, n = HEADER.unpack_from(payload)
    if magic != MAGIC or version != VERSION or kind not in (0, WITH_GYROSCOPE):
        raise BadInput("these are no packed samples of a known version", where="packed samples")
    if size != HEADER.size + n * (8 * (7 if kind else 4) + 1) + CRC.size:
        raise BadInput(f"{size} bytes do not hold {n} samples", where="packed samples")
    if crc32(payload[: -CRC.size]) != CRC.unpack_from(payload, size - CRC.size)[0]:
        raise BadInput("the checksum does not fit; the bytes were damaged", where="packed samples")
    numbers = np.frombuffer(payload, "<f8", n * (7 if kind else 4), HEADER.size).astype(np.float64)
    flags = np.frombuffer(payload, np.uint8, n, size - CRC.size - n)
    return SampleBlock.checked(
        numbers[:n],
        numbers[n : 4 * n].reshape(n, 3),
        numbers[4 * n :].reshape(n, 3) if kind else None,
        after_gap=(flags & AFTER_GAP) != 0,
        saturated=(flags & SATURATED) != 0,
        where="packed samples",
    )


class FloatSamples:
    """The driver. The profile is the recording's: the payloads do not tell what sensor they came from. Its state is the time of
    the last sample, which the next must exceed."""

    name = "float-samples"

    def __init__(self, profile: DeviceProfile | None) -> None:
        if profile is None:
            raise BadInput("a recording of imported samples must say what sensor they came from", where=f"driver {self.name}")
        self.profile = profile

    def initial(self) -> float:
        """Before any sample."""
        return float("-inf")

    def decode(self, state: float, notifications: Sequence[Notification]) -> tuple[float, Decoded]:
        """The blocks as packed. Rejected: payloads that are damaged, or have no angular rate where the profile has a gyroscope
        (or the other way round). Duplicates: payloads that do not begin after the last sample delivered."""
        empty = np.empty((0, 3))
        blocks = [SampleBlock.checked(np.empty(0), empty, empty if self.profile.has_gyroscope else None)]
        duplicates = 0
        reasons: dict[str, int] = {}
        for notification in notifications:
            try:
                block = unpack(notification.payload)
            except BadInput as error:
                reasons[error.what] = reasons.get(error.what, 0) + 1
                continue
            if (block.gyr_radps is not None) != self.profile.has_gyroscope:
                reasons[OTHER_AXES] = reasons.get(OTHER_AXES, 0) + 1
            elif len(block) and block.t_s[0] <= state:
                duplicates += 1
            elif len(block):
                blocks.append(block)
                state = float(block.t_s[-1])
        return state, Decoded(SampleBlock.joined(blocks), sum(reasons.values()), duplicates, reasons=tuple(reasons.items()))
