"""Contract tests run the program as a user does and compare what it prints with what it printed before, byte for byte.

They name no module of the core, so the core can be rearranged under them. When an output is meant to change, make the golden files
again with `WRITE_GOLDEN=1 python -m pytest tests/contracts -m "slow or not slow"` and say in the commit why it changed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.cli.conftest import home, spinae

__all__ = ["golden", "home", "spinae"]

GOLDEN = Path(__file__).parent / "golden"
LARGEST = 12_000
"""What is longer is kept as its digest and its size in lines."""

Golden = Callable[[str, str], None]


@pytest.fixture
def golden() -> Golden:
    """`golden("analyze-workday.json", text)`: the text is what it was."""

    def holds(name: str, text: str) -> None:
        path = GOLDEN / name
        kept = text if len(text) <= LARGEST else digest(text)
        if os.environ.get("WRITE_GOLDEN"):
            path.write_text(kept, encoding="utf-8")
        assert path.exists(), f"{path.name} was never written; see tests/contracts/conftest.py"
        assert kept == path.read_text(encoding="utf-8")

    return holds


def digest(text: str) -> str:
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}\nlines {text.count(chr(10))}\n"
