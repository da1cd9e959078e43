"""Two sensors on the software radio, asked for on the command line by every name they have, in either order, on a real terminal."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.end_to_end.programs import Home, until

pytestmark = pytest.mark.slow


@pytest.fixture
def worn(home: Home) -> Iterator[list[dict[str, str]]]:
    """What a daemon that wears A and B says of them, once both serial numbers are read."""
    daemon = subprocess.Popen([sys.executable, "-m", "tests.end_to_end.radio_pair"], env=home.env)

    def both() -> list[dict[str, str]] | None:
        ran = home.run("status", "--json")
        found = json.loads(ran.stdout)["worn"] if ran.returncode == 0 else []
        return found if len(found) == 2 and all(each["serial"] for each in found) else None

    try:
        yield until(both, "two serial numbers")
    finally:
        daemon.terminate()
        daemon.wait(20)


def test_two_sensors_are_shown_by_any_of_their_names_and_only_in_their_order(home: Home, worn: list[dict[str, str]]) -> None:
    upper, lower = worn
    assert (upper["name"], lower["name"]) == ("A", "B")
    for one, other in (("A", "B"), ("SP-000A", "sp-000b"), (upper["address"], lower["address"].lower()), ("a", lower["address"])):
        with home.shown("wear", "--sensor", one, "--sensor", other) as screen:
            screen.shows("1 Today")
            screen.press("q")
            assert screen.process.wait(20) == 0, screen.text
        assert "Your day goes on" in screen.text
    refused = {
        ("B", "A"): "A is worn above and B below, not the other way round",
        ("A",): "A + B is worn already",
        ("A", "C"): "A + B is worn already",
        ("A", "A"): "A + B is worn already",
    }
    for asked, said in refused.items():
        with home.shown("wear", *(part for name in asked for part in ("--sensor", name))) as screen:
            assert screen.process.wait(20) == 1
        assert said in screen.text
    assert home.status() is not None  # none of them ended the day
