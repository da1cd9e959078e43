"""One parse of each style sheet in a process: every test of a screen starts an app of its own, with the same styles."""

from __future__ import annotations

from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

PARSED: dict[Any, list[RuleSet]] = {}


@pytest.fixture(autouse=True, scope="session")
def styles_parsed_once() -> None:
    """Shares what Textual caches for each Stylesheet alone. Rules depend only on the arguments and the theme's variables."""
    parse = Stylesheet._parse_rules

    def parsed(self: Stylesheet, *arguments: Any, **named: Any) -> list[RuleSet]:
        key = (arguments, tuple(named.items()), tuple(self._variables.items()))
        if key not in PARSED:
            PARSED[key] = parse(self, *arguments, **named)
        return PARSED[key]

    Stylesheet._parse_rules = parsed  # type: ignore[method-assign]
