"""The age of a stream: silent within three seconds of when its next tick was due, and time never runs back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.view import presence as present
from sensorcore.view.presence import Presence, silent_after_s


@given(st.floats(0.0, 60.0))
def test_what_is_older_than_it_should_be_is_silent_within_three_seconds(every_s: float) -> None:
    assert every_s < silent_after_s(every_s) <= every_s + 3.0


steps = st.lists(st.tuples(st.floats(0.0, 20.0), st.booleans()), max_size=40)


@given(steps, st.sampled_from([0.0, 2.0]))
def test_time_goes_on_without_ticks_never_back_and_stops_with_the_day(passed: list[tuple[float, bool]], every_s: float) -> None:
    now_s, end_s, seen_s = 100.0, 0.0, 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(present, "steady_s", lambda: now_s)
        presence = Presence()
        for wait_s, ticks in passed:
            now_s += wait_s
            if ticks:
                end_s += 0.1
                presence.arrived()
            here_s = presence.now_s(end_s, every_s)
            assert here_s >= max(seen_s, end_s)
            seen_s = here_s
        assert presence.last_s(end_s) == max(seen_s, end_s)
        now_s += 3600.0
        assert presence.last_s(end_s) == max(seen_s, end_s)
        assert presence.now_s(end_s, every_s) >= end_s + 3600.0
