"""Batches in order, by their numbers and the times of their rows: what is replayed or numbered wrongly costs itself only."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.devices.phone_batch import EARLIEST_NS, Batch, PhoneRows
from sensorcore.links.phone.order import HOLD_S, SILENT_S, BatchOrder


def batch(session: int, message: int, at_s: float) -> Batch:
    """Half a second of rows that end at `at_s`."""
    t_ns = EARLIEST_NS + round(at_s * 1e9) + np.arange(1, 6) * 100_000_000
    return Batch(session, message, {"total": PhoneRows(t_ns, np.zeros((5, 3)))})


def test_one_replayed_batch_of_an_older_recording_costs_nothing_that_follows() -> None:
    order, handed = BatchOrder(), 0
    for k in range(4):
        handed += len(order.take(batch(1, k, 0.5 * k), 0.5 * k))
    for k in range(4):
        handed += len(order.take(batch(2, k, 100.0 + 0.5 * k), 100.0 + 0.5 * k))
    assert order.is_earlier(batch(1, 3, 1.5), 102.0)
    assert order.take(batch(1, 3, 1.5), 102.0) == []
    for k in range(4, 40):
        handed += len(order.take(batch(2, k, 100.0 + 0.5 * k), 100.0 + 0.5 * k))
    assert (handed, order.duplicates, order.lost) == (44, 1, 0)


def test_after_a_silence_an_older_clock_is_taken_and_what_went_on_is_too() -> None:
    order = BatchOrder()
    assert len(order.take(batch(1, 0, 1000.0), 0.0)) == 1
    assert len(order.take(batch(2, 0, 10.0), SILENT_S - 0.1)) == 0
    assert len(order.take(batch(2, 1, 10.5), SILENT_S + 0.1)) >= 0
    assert len(order.take(batch(1, 1, 1000.5), SILENT_S + 0.2)) == 1


def test_a_number_far_ahead_does_not_make_all_that_follows_too_late() -> None:
    order, handed, now_s = BatchOrder(), 0, 0.0
    for k in range(60):
        now_s = 0.5 * k
        if k == 10:
            order.take(batch(1, 1 << 40, now_s - 0.1), now_s)
        handed += len(order.take(batch(1, k, now_s), now_s))
    assert handed >= 60


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1 << 50), st.floats(0.0, 1e6)), max_size=40))
def test_whatever_was_sent_before_a_recording_is_taken_within_seconds(noise: list[tuple[int, int, float]]) -> None:
    """After any batches, a recording that is sent in order is handed on again, at the latest after the silence."""
    order, now_s = BatchOrder(), 0.0
    for session, message, at_s in noise:
        now_s += 0.1
        order.take(batch(session, message, at_s), now_s)
    now_s += SILENT_S + HOLD_S
    handed = sum(len(order.take(batch(7, k, 2e6 + k), now_s + 0.5 * k)) for k in range(40))
    assert handed >= 40
