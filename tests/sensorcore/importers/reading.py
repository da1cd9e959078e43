"""Helpers of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorcore.errors import SpinaeError
from sensorcore.importers import ImportedSource, open_import
from sensorcore.model import SampleBlock, StreamInfo


def read_all(path: Path) -> tuple[StreamInfo, SampleBlock, list[str]]:
    """Everything in a file."""
    source: ImportedSource = open_import(path)
    blocks = [item for item in source.items() if isinstance(item, SampleBlock)]
    return source.info, SampleBlock.joined(blocks), source.warnings


def refusal(path: Path) -> str:
    """The one error that a file brings about, as a person sees it."""
    with pytest.raises(SpinaeError) as caught:
        for _ in open_import(path).items():
            pass
    text = str(caught.value)
    assert "\n" not in text
    assert path.name in text
    assert caught.value.hint, "an error says what to do next"
    return text
