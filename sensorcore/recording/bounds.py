"""Limits of a recording: no file costs more memory or time than its size deserves, for any sizes that it declares.

A recording of ours compresses 3 to 4 times into chunks of 1 MiB, has eight channels, one metadata record of a few kilobytes, and
messages of at most a quarter of a megabyte (4096 imported samples). What other programs make of one (`mcap compress`: chunks of
4 MiB) fits as well.
"""

from __future__ import annotations

from typing import Final

CHUNK_BYTES: Final = 16 << 20
"""Of a chunk, compressed or not; also of a message that stands in no chunk."""
MESSAGE_BYTES: Final = 2 << 20
METADATA_BYTES: Final = 1 << 20
METADATA_RECORDS: Final = 100
CHANNEL_BYTES: Final = 256 << 10
"""Of a channel's or schema's record."""
CHANNELS: Final = 256
SUMMARY_BYTES: Final = 64 << 20
"""An index entry a chunk: 43,000 chunks of a day that was flushed every two seconds take 8 MB."""
SEARCH_BYTES: Final = 64 << 20
"""Range of the search for the next chunk after damage, where no index names it."""
UNPACKED_BYTES, UNPACKED_TIMES = 1 << 30, 64
"""All chunks together may unpack to the first, and to so many times the size of the file beyond it."""
RECORDS, BYTES_PER_RECORD = 500_000, 8
"""So many records in all chunks, and one for so many bytes of the file beyond them. A payload of ours, with its CRC-32, takes
more."""
TICK_BYTES: Final = 1024
"""Of a message of the posture; ours have 150."""
COMMANDS: Final = 20_000
"""Of one recording; a simulated year has fewer."""
NONSENSE_PAYLOADS: Final = 20_000
"""Reading ends when so many payloads were refused or repeated, and nine of ten were."""


def unpacked_bytes(size: int) -> int:
    """For a file of `size` bytes."""
    return UNPACKED_BYTES + UNPACKED_TIMES * size


def records(size: int) -> int:
    """For a file of `size` bytes."""
    return RECORDS + size // BYTES_PER_RECORD
