"""The known name that a mistyped one is nearest to."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The hint for an unknown name: the nearest known one, else `otherwise` (None: all that are known)."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}." if otherwise is None else otherwise
