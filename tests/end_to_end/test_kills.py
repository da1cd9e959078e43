"""`kill -9` of daemon, dashboard, stream and broker at random moments; for more: `python -m benchmarks.kills --times 100`."""

from __future__ import annotations

import os

import pytest

from tests.end_to_end.killing import LOST_S, VICTIMS, kill_at_random
from tests.end_to_end.programs import Home
from tests.sensorcore.notifiers.test_notifiers import free_port


@pytest.mark.slow
def test_nothing_is_lost_nothing_hangs_and_totals_agree(home: Home) -> None:
    seed = int.from_bytes(os.urandom(4), "little")
    found = kill_at_random(home, free_port(), len(VICTIMS) + 3, seed)
    assert found.wrong == [], f"seed {seed}"
    assert found.lost_notes == [], f"seed {seed}"
    assert max(found.lost_s) <= LOST_S, f"seed {seed}"
    assert set(found.killed) == set(VICTIMS)
    assert found.ticks > 0
