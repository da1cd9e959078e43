"""Samples to the frames that our own sensor would send: the simulator's side of the wire."""

from __future__ import annotations

import numpy as np

from firmware_protocol import tables, wire
from sensorcore.devices.spinae_sensor import si_per_count
from sensorcore.errors import BadInput
from sensorcore.model import SampleBlock


def encode_block(
    block: SampleBlock,
    *,
    session_id: int,
    first_sequence: int = 0,
    boot_us: int = 0,
    scale: int = tables.DEFAULT_SCALE,
    rate: int = tables.DEFAULT_RATE,
) -> list[bytes]:
    """The data frames of `block`, rounded to whole counts and clipped at full scale; the last may hold fewer samples.

    `boot_us` is the device's time at stream time 0. Frames keep the time of their last sample only. To continue a stream, cut it
    at whole frames (`samples_per_frame`) and pass the next sequence. For a gap, leave frames out of the result, as a radio would:
    a block with a gap inside raises BadInput, and so does a scale with a gyroscope for samples without one.
    """
    acc_per_count, gyr_per_count = si_per_count(scale)
    values = block.acc_mps2 / acc_per_count
    if tables.AXES[scale] == 6:
        if block.gyr_radps is None:
            raise BadInput(f"scale {scale} has a gyroscope and the samples have none", where="encoding frames")
        values = np.hstack((values, block.gyr_radps / gyr_per_count))
    if block.after_gap[1:].any():
        raise BadInput("the samples have a gap inside", where="encoding frames", hint="Encode the whole, then leave frames out")
    counts = np.clip(np.rint(values), -32768, 32767).astype("<i2").tobytes()
    ticks_us = (np.rint(block.t_s * 1e6).astype(np.int64) + boot_us) & wire.U32
    n, per_frame, stride = len(block), samples_per_frame(rate), 2 * tables.AXES[scale]
    return [
        wire.pack_data(
            session_id,
            (first_sequence + number) & wire.U32,
            int(ticks_us[min(start + per_frame, n) - 1]),
            scale,
            rate,
            counts[start * stride : (start + per_frame) * stride],
        )
        for number, start in enumerate(range(0, n, per_frame))
    ]


def samples_per_frame(rate: int = tables.DEFAULT_RATE) -> int:
    """Samples in a frame at this rate id."""
    return tables.RATES[rate][1]
