"""The curve is where the values are."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tui.drawing import braille

values = arrays(np.float64, 300, elements=st.one_of(st.just(np.nan), st.floats(0, 30)))


@given(values, st.integers(1, 400))
def test_no_peak_is_lost_and_no_value_invented(angles: np.ndarray, n_columns: int) -> None:
    low, high = braille.columns(angles, n_columns)
    assert len(low) == len(high) == n_columns
    seen = angles[~np.isnan(angles)]
    assert np.isin(high[~np.isnan(high)], seen).all()
    if len(seen) and n_columns <= len(angles):
        assert np.nanmax(high) == seen.max()
        assert np.nanmin(low) == seen.min()


@given(values, st.integers(2, 30), st.integers(5, 100))
def test_every_column_with_data_has_its_dots_and_gaps_none(angles: np.ndarray, rows: int, cells: int) -> None:
    low, high = braille.columns(angles, 2 * cells)
    dots = braille.curve(low, high, top=30.0, rows=rows)
    assert dots.shape == (4 * rows, 2 * cells)
    assert (dots.any(axis=0) == ~np.isnan(low)).all()
    for x in np.flatnonzero(~np.isnan(high)):
        assert dots[4 * rows - 1 - round(high[x] * (4 * rows - 1) / 30.0), x]


def test_neighbours_are_joined() -> None:
    step = np.array([0.0, 30.0])
    dots = braille.curve(step, step, top=30.0, rows=4)
    assert (dots[:, 0] | dots[:, 1]).all()


def test_codes_are_the_braille_of_unicode() -> None:
    dots = np.zeros((4, 4), dtype=np.bool_)
    dots[0, 0] = dots[3, 1] = True
    dots[:, 2:] = True
    assert [chr(c) for c in braille.codes(dots)[0]] == ["⢁", "⣿"]


@pytest.mark.parametrize(("value", "row"), [(0.0, 15), (30.0, 0), (15.0, 7)])
def test_a_level_is_dashed_at_its_height(value: float, row: int) -> None:
    dots = braille.level(value, top=30.0, rows=4, n_columns=8, every=4, length=2)
    assert dots[row].tolist() == [True, True, False, False] * 2
    assert dots.sum() == 4


def test_a_level_above_the_top_is_not_drawn() -> None:
    assert not braille.level(40.0, top=30.0, rows=4, n_columns=8, every=4, length=2).any()


@example(860, 40, 82)
@given(st.integers(0, 5000), st.integers(1, 40), st.integers(50, 150))
def test_columns_stand_still_until_a_new_one_begins(newest: int, later: int, n_columns: int) -> None:
    """What is drawn of a moment is the same when it is looked at a little later, but for a shift by whole columns."""
    stream = np.random.default_rng(1).uniform(0, 30, 6000)
    window = 600

    def drawn(now: int) -> tuple[np.ndarray, int]:
        before = np.concatenate([np.full(window, np.nan), stream[: now + 1]])[-window:]
        _, high = braille.columns(before, n_columns, newest=now)
        assert high[-1] >= stream[now]
        return high, now * n_columns // window

    (first, column), (then, later_column) = drawn(newest), drawn(newest + later)
    shift = later_column - column
    known = slice(shift, n_columns - 1)  # the newest column is not full yet; the oldest has lost ticks or not
    moved = then[: n_columns - shift][: n_columns - 1 - shift]
    np.testing.assert_array_equal(first[known][1:], moved[1:])
