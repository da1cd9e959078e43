"""Shares add up to 100, and none is further from the truth than it must be."""

from hypothesis import given
from hypothesis import strategies as st

from sensorcore.report.text import percent
from sensorcore.text.percentages import percentages

PARTS = st.lists(st.floats(0.0, 86400.0).map(lambda seconds: round(seconds, 1)), min_size=1, max_size=5)


@given(PARTS)
def test_they_add_up_to_100(parts: list[float]) -> None:
    found = percentages(parts)
    whole = sum(parts)
    assert sum(found) == (100 if whole else 0)
    assert all(abs(share - 100 * part / whole) < 1 for share, part in zip(found, parts, strict=True) if whole)
    assert all(share == 0 for share, part in zip(found, parts, strict=True) if not part)


def test_what_plain_rounding_would_make_101_or_99() -> None:
    assert percentages([505.0, 495.0]) == [51, 49]
    assert percentages([1.0, 1.0, 1.0]) == [34, 33, 33]
    assert percentages([0.0, 0.0]) == [0, 0]


@given(st.floats(1.0, 1e5), st.floats(1.0, 1e5))
def test_a_report_says_the_same_from_both_sides(upright_s: float, slouched_s: float) -> None:
    there, back = percent(upright_s, slouched_s), percent(slouched_s, upright_s)
    if upright_s != slouched_s:
        assert int(there.removesuffix(" %")) + int(back.removesuffix(" %")) == 100
