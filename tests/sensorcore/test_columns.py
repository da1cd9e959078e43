"""Columnar values are cut and joined field by field."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sensorcore.columns import Columns, covers
from sensorcore.model import FloatArray


@dataclass(frozen=True, slots=True)
class Pair(Columns):
    """Times (n,) and vectors (n, 2) or None."""

    t_s: FloatArray
    vectors: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True)
class Nested(Columns):
    """Columns within columns."""

    index: NDArray[np.int64]
    pair: Pair


def nested(n: int, *, with_vectors: bool = True) -> Nested:
    numbers = np.arange(n)
    return Nested(numbers, Pair(numbers / 10, np.column_stack([numbers, -numbers]) if with_vectors else None))


@given(st.integers(0, 5), *[st.one_of(st.none(), st.integers(-7, 7))] * 2, st.sampled_from([None, 1, 2, -1]))
def test_nothing_is_cut_only_where_all_is_kept(n: int, start: int | None, stop: int | None, step: int | None) -> None:
    part = slice(start, stop, step)
    assert not covers(part, n) or list(range(n))[part] == list(range(n))
    cut = nested(n)[part]
    assert len(cut) == len(cut.pair) == len(range(n)[part])
    assert cut.index.tolist() == list(range(n))[part]


@given(st.lists(st.booleans(), max_size=8))
def test_a_mask_keeps_its_rows_in_every_field(mask: list[bool]) -> None:
    cut = nested(len(mask))[np.array(mask, dtype=np.bool_)]
    kept = [at for at, is_kept in enumerate(mask) if is_kept]
    assert cut.index.tolist() == kept
    assert cut.pair.vectors is not None
    assert cut.pair.vectors.tolist() == [[at, -at] for at in kept]


@given(st.integers(0, 6), st.lists(st.integers(0, 6), max_size=3))
def test_parts_joined_are_the_whole(n: int, cuts: list[int]) -> None:
    whole, at = nested(n), [0, *sorted(min(cut, n) for cut in cuts), n]
    joined = Nested.joined([whole[begin:end] for begin, end in pairwise(at)])
    assert joined.index.tolist() == whole.index.tolist()
    assert joined.pair.t_s.tolist() == whole.pair.t_s.tolist()
    assert joined.pair.vectors is not None
    assert joined.pair.vectors.shape == (n, 2)


def test_a_column_that_one_part_lacks_is_none() -> None:
    assert Nested.joined([nested(3), nested(2, with_vectors=False)]).pair.vectors is None
