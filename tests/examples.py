"""Hypothesis settings by lane: TEST_EXAMPLES is `fast` (the default) or `thorough` (the coverage lane)."""

import os
from typing import Any

from hypothesis import settings

PROFILE = os.environ.get("TEST_EXAMPLES", "fast")
FAST_SHARE = 0.3


def examples(thorough: int, **more: Any) -> settings:
    """Settings with this many examples in the thorough profile, and a share of them (at least two) in the fast one."""
    return settings(max_examples=thorough if PROFILE == "thorough" else max(2, round(FAST_SHARE * thorough)), deadline=None, **more)
