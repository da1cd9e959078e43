"""Folders of the project and beside it, whichever folder a test stands in."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SHARED: Final = ROOT.parent / "shared"
"""Data sets and vectors that are no part of the project; a test that needs them is skipped without them."""
