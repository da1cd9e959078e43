"""Every packet survives the round trip; nothing else is taken for a packet."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import tables, wire
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import Buzz, Control, Mode, SampleFrame, Start, Status, control_from_bytes
from tests.firmware_protocol.packets import controls, frames, statuses

READERS = (SampleFrame.from_bytes, Status.from_bytes, control_from_bytes)


def frame(samples: int = 16) -> bytes:
    values = struct.pack(f"<{samples * 6}h", *range(-48, samples * 6 - 48))
    return SampleFrame(0xDEADBEEF, 7, 123_456, tables.DEFAULT_SCALE, tables.DEFAULT_RATE, values).to_bytes()


def status() -> Status:
    return Status((1, 2, 3), 5, 10, 20, 0, 99, None, 21.5, 80, True, 3, 1, tables.START, tables.OVERWRITTEN)


@given(frames())
def test_a_frame_comes_back(packet: SampleFrame) -> None:
    data = packet.to_bytes()
    assert SampleFrame.from_bytes(data) == packet
    assert len(data) <= wire.MAX_PACKET
    assert len(packet.counts()) == packet.count


@given(statuses)
def test_a_status_comes_back(packet: Status) -> None:
    assert Status.from_bytes(packet.to_bytes()) == packet


@given(controls)
def test_a_command_comes_back(packet: Control) -> None:
    assert control_from_bytes(packet.to_bytes()) == packet


def test_the_layout_is_the_one_in_the_specification() -> None:
    """Built by hand, sharing no code with the codec."""
    samples = struct.pack("<6h", 1, -2, 3, -4, 5, -6)
    body = struct.pack("<BBBBIII", 0xD1, 1, 1, 3, 0x11223344, 0xFFFFFFFE, 1_000_000) + samples
    packet = SampleFrame.from_bytes(body + struct.pack("<I", zlib.crc32(body)))
    assert (packet.session, packet.sequence, packet.device_time_us) == (0x11223344, 0xFFFFFFFE, 1_000_000)
    assert packet.counts() == [(1, -2, 3, -4, 5, -6)]
    assert len(frame(16)) == 212


@pytest.mark.parametrize("packet", [frame(), frame(1), status().to_bytes(), Start(1, 2).to_bytes(), Buzz().to_bytes()])
def test_every_truncation_and_every_flipped_bit_is_refused(packet: bytes) -> None:
    damaged = [packet[:size] for size in range(len(packet))]
    damaged += [packet + bytes(extra) for extra in (1, 12, 300)]
    for bit in range(len(packet) * 8):
        flipped = bytearray(packet)
        flipped[bit // 8] ^= 1 << bit % 8
        damaged.append(bytes(flipped))
    for bad in damaged:
        for reader in READERS:
            with pytest.raises(FrameError):
                reader(bad)


def test_a_frame_larger_than_a_link_packet_is_refused_though_all_else_fits() -> None:
    body = struct.pack("<BBBBIII", 0xD1, 19, 1, 3, 1, 2, 3) + bytes(19 * 12)
    with pytest.raises(FrameError, match="248 bytes"):
        SampleFrame.from_bytes(wire.seal(body))


@given(st.binary(max_size=260))
def test_noise_is_refused(noise: bytes) -> None:
    for reader in READERS:
        with pytest.raises(FrameError):
            reader(noise)


@given(frames() | statuses | controls, st.data())
def test_damage_of_up_to_four_bytes_in_a_row_is_always_found(packet: SampleFrame | Status | Control, data: st.DataObject) -> None:
    sound = packet.to_bytes()
    at = data.draw(st.integers(0, len(sound) - 4))
    burst = data.draw(st.binary(min_size=4, max_size=4).filter(any))
    bad = bytearray(sound)
    for i, mask in enumerate(burst):
        bad[at + i] ^= mask
    for reader in READERS:
        with pytest.raises(FrameError):
            reader(bytes(bad))


@pytest.mark.parametrize(
    ("offset", "value", "field"),
    [(0, 0xD2, "version"), (0, 0x51, "tag"), (1, 0, "count"), (1, 15, "count"), (2, 0, "scale"), (2, 99, "scale"), (3, 9, "rate")],
)
def test_the_error_names_the_field_and_its_byte(offset: int, value: int, field: str) -> None:
    body = bytearray(frame()[: -wire.CRC_BYTES])
    body[offset] = value
    with pytest.raises(FrameError, match=rf"{field} \(byte {offset}\)") as caught:
        SampleFrame.from_bytes(wire.seal(bytes(body)))
    assert (caught.value.field, caught.value.offset) == (field, offset)


@pytest.mark.parametrize(("offset", "value"), [(34, 101), (35, 2), (36, 0), (37, 50), (38, 7), (39, 4)])
def test_a_sealed_status_with_a_senseless_value_is_refused(offset: int, value: int) -> None:
    body = bytearray(status().to_bytes()[: -wire.CRC_BYTES])
    body[offset] = value
    with pytest.raises(FrameError, match=rf"\(byte {offset}\)"):
        Status.from_bytes(wire.seal(bytes(body)))


@pytest.mark.parametrize(
    "packet",
    [
        SampleFrame(-1, 0, 0, 1, 3, bytes(12)),
        SampleFrame(0, 1 << 32, 0, 1, 3, bytes(12)),
        SampleFrame(0, 0, 0, 9, 3, bytes(12)),
        SampleFrame(0, 0, 0, 1, 0, bytes(12)),
        SampleFrame(0, 0, 0, 1, 3, b""),
        SampleFrame(0, 0, 0, 1, 3, bytes(13)),
        SampleFrame(0, 0, 0, 1, 3, bytes(12 * 19)),
        Start(0, -1),
        Mode(3, 99),
        Buzz(0),
        Buzz(50, ()),
        Buzz(50, ((1, 1),) * 9),
        Buzz(50, ((256, 1),)),
    ],
)
def test_values_that_do_not_fit_are_refused(packet: SampleFrame | Control) -> None:
    with pytest.raises(FrameError):
        packet.to_bytes()


def test_what_can_be_asked_for_again_survives_the_wrap() -> None:
    sent = status().to_bytes()
    assert Status.from_bytes(sent).held == 11
    body = bytearray(sent[: -wire.CRC_BYTES])
    body[8:16] = struct.pack("<II", 0xFFFFFFF0, 0x0000000F)
    assert Status.from_bytes(wire.seal(bytes(body))).held == 32


def test_every_scale_fits_the_samples_of_every_rate() -> None:
    for scale in tables.SCALES:
        for _, samples in tables.RATES.values():
            assert samples <= wire.max_samples(scale)
