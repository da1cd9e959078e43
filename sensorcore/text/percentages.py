"""Shares in whole percent that add up to 100."""

from __future__ import annotations

from collections.abc import Sequence


def percentages(parts: Sequence[float]) -> list[int]:
    """Each part (≥ 0) in percent of their sum, rounded by the largest remainder: they add up to 100; all 0 for nothing. A part of
    nothing is 0."""
    whole = sum(parts)
    if whole <= 0:
        return [0] * len(parts)
    exact = [100 * part / whole for part in parts]
    found = [int(each) for each in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (found[i] - exact[i], -exact[i]))  # equal ones: the larger part
    for i in by_remainder[: 100 - sum(found)]:
        found[i] += 1
    return found
