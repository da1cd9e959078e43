"""The figure leans as the wearer leans; the ring divides as the time does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tui.drawing import figure
from tui.drawing.figure import Figure, Pose
from tui.widgets.ring import ring

CELLS, ROWS = 24, 15
POSES: tuple[Pose, ...] = ("sitting", "standing", "walking", "lying", "absent")


def head_x(drawn: Figure) -> float:
    """Middle of the topmost dots, in dots from the left."""
    rows = np.flatnonzero(drawn.body.any(axis=1))[:6]
    return float(np.mean(np.flatnonzero(drawn.body[rows].any(axis=0))))


@examples(30)
@given(st.integers(-40, 34), st.integers(6, 30))
def test_forward_is_to_the_right_from_the_side_and_right_to_the_right_from_behind(angle: int, more: int) -> None:
    for view in (lambda a: figure.side(CELLS, ROWS, "sitting", a, 15), lambda a: figure.behind(CELLS, ROWS, "standing", a, 15)):
        assert head_x(view(min(40, angle + more))) > head_x(view(angle)) - 0.6
        assert head_x(view(0)) < head_x(view(20)) - 3
        assert head_x(view(0)) > head_x(view(-20)) + 3


def test_the_shoulders_lean_by_the_angle_that_was_measured() -> None:
    for angle in (10, 25, 40):
        hip, *_, shoulder = figure._back((0.5, 0.4), angle)
        leaning = np.degrees(np.arctan2(shoulder[0] - hip[0], shoulder[1] - hip[1]))
        assert leaning == pytest.approx(angle, abs=1.0)


def test_each_pose_looks_different_and_walking_moves() -> None:
    drawn = {pose: figure.side(CELLS, ROWS, pose, 0, 15).body.tobytes() for pose in POSES if pose != "absent"}
    assert len(set(drawn.values())) == 4
    left, right = (figure.side(CELLS, ROWS, "walking", 0, 15, step).body for step in (0, 1))
    assert (left != right).any()


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize(("cells", "rows"), [(1, 1), (3, 2), (10, 8), (40, 4), (60, 30)])
def test_any_size_holds_a_figure(pose: Pose, cells: int, rows: int) -> None:
    for angle in (-120, 0, 120):
        for drawn in (figure.side(cells, rows, pose, angle, 60), figure.behind(cells, rows, pose, angle, 60)):
            assert drawn.body.shape == drawn.guides.shape == (4 * rows, 2 * cells)
            assert drawn.body.any()


@examples(30)
@given(st.tuples(*[st.sampled_from([0.0, 0.005, 0.1, 0.5, 1.0])] * 4))
def test_a_part_of_the_ring_is_as_large_as_its_share(shares: tuple[float, float, float, float]) -> None:
    whole = sum(shares) or 1.0
    part, dots = ring(30, 15, tuple(share / whole for share in shares))
    assert dots.any()
    whole = sum(shares)
    for i, share in enumerate(shares):
        drawn = np.mean(part == i)
        if whole:
            assert (drawn > 0) == (share > 0)
            assert drawn == pytest.approx(share / whole, abs=0.06)


def test_the_parts_of_the_ring_differ_without_colour() -> None:
    part, dots = ring(30, 15, (0.25, 0.25, 0.25, 0.25))
    filled = dots.reshape(15, 4, 30, 2).mean(axis=(1, 3))
    dense = [np.median(filled[(part == i) & (filled > 0)]) for i in range(4)]
    assert dense[0] > dense[1] > dense[2] > dense[3] > 0
