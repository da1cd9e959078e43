"""The states of a link, whatever happens in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import SourceError
from sensorcore.events import LinkBack, LinkEvent, LinkLost
from sensorcore.link import LinkState
from sensorcore.links.link_tracker import LinkTracker

STEPS = st.lists(st.sampled_from(["search", "found", "accepted", "idle", "wait", "broke"]), max_size=40)


def go(link: LinkTracker, step: str, now_s: float) -> None:
    match step:
        case "broke":
            link.broke(SourceError("the connection broke", where="back"), now_s)
        case "search" | "found":
            getattr(link, step)()
        case _:
            getattr(link, step)(now_s)


@given(STEPS)
def test_live_is_only_what_was_found_and_heard_and_losses_and_returns_alternate(steps: list[str]) -> None:
    told: list[LinkEvent] = []
    link = LinkTracker(told.extend)
    found = False
    for now_s, step in enumerate(steps):
        was = link.state
        go(link, step, float(now_s))
        found = {"search": False, "broke": False}.get(step, found or step == "found")
        if link.state is not was:
            assert (was, step, link.state) in {
                (was, "search", LinkState.SEARCHING),
                (was, "broke", LinkState.SEARCHING),
                (LinkState.SEARCHING, "found", LinkState.CONNECTING),
                (was, "accepted", LinkState.STREAMING),
                (was, "idle", LinkState.PAUSED),
            }
        if link.is_live:
            assert found
            assert link.problem is None
        if step == "broke":
            assert link.problem == "back: the connection broke"
    assert all(isinstance(event, LinkLost if at % 2 == 0 else LinkBack) for at, event in enumerate(told))
    assert link.reconnects >= sum(isinstance(event, LinkBack) for event in told)


def test_what_comes_late_from_a_link_that_broke_changes_nothing() -> None:
    link = LinkTracker(lambda _: None)
    link.found()
    link.accepted(1.0)
    link.broke(SourceError("gone"), 2.0)
    link.accepted(3.0)
    assert (link.state, link.problem, link.connects) == (LinkState.SEARCHING, "gone", 1)


def test_how_long_it_was_away_is_from_loss_to_the_next_frame() -> None:
    told: list[LinkEvent] = []
    link = LinkTracker(told.extend)
    link.found()
    link.accepted(1.0)
    link.broke(SourceError("gone"), 10.0)
    link.search()
    link.found()
    link.wait(15.0)
    link.accepted(17.5)
    assert told == [LinkLost(0.0, "gone"), LinkBack(0.0, 7.5)]
