"""The policy's own borders, to the tick."""

from __future__ import annotations

import pytest

from sensorcore.posture.policy import LocalClock, PolicyState, is_quiet, is_within, next_turn, silence
from sensorcore.settings import AlertSettings

SEVEN_S = 7 * 3600.0
MIDNIGHT = LocalClock(0.0)


@pytest.mark.parametrize(("hours", "begin_s"), [("22:00-07:00", 22 * 3600.0), ("06:00-07:00", 6 * 3600.0)])
def test_quiet_hours_begin_with_their_first_moment_and_end_before_their_last(hours: str, begin_s: float) -> None:
    """Intervals are `[start, end)`: at seven it speaks again."""
    about = AlertSettings(quiet_hours=hours)
    assert [is_quiet(about, MIDNIGHT, begin_s + after_s) for after_s in (-0.1, 0.0, 0.1)] == [False, True, True]
    assert [is_quiet(about, MIDNIGHT, SEVEN_S + after_s) for after_s in (-0.1, 0.0, 0.1)] == [True, False, False]
    assert silence(about, MIDNIGHT, PolicyState(), SEVEN_S) is None
    assert next_turn(about, MIDNIGHT, PolicyState(), begin_s, SEVEN_S - 60.0) == pytest.approx(SEVEN_S, abs=1e-5)


def test_without_a_clock_no_hour_is_quiet() -> None:
    assert is_within((0.0, 3600.0), LocalClock(None), 10.0) is None
    assert not is_quiet(AlertSettings(quiet_hours="00:00-23:59"), LocalClock(None), 10.0)
