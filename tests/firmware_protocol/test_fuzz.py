"""A small run of the fuzz command, and proof that it can find something."""

from __future__ import annotations

import pytest

from benchmarks import fuzz_frames
from firmware_protocol import wire


def test_nothing_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_frames.main(["--count", "3000", "--seed", "3"]) == 0
    assert "3000 packets, seed 3" in capsys.readouterr().out


def test_a_codec_without_its_checksum_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_check_crc", lambda packet: None)
    assert fuzz_frames.fuzz(300, 1).findings
