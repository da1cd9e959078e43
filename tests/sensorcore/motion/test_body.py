"""Signs and consistency of the body frame, from rotation matrices written out here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadInput
from sensorcore.model import vector3
from sensorcore.motion.body import lean, parse_mount
from sensorcore.simulator import random_mount

X, Y, Z = np.eye(3)
ANGLES = st.floats(-80, 80)


def forward_by(degrees: float) -> np.ndarray:
    """Body to world: the top of the body (z) moves towards the world's forward (x)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def right_by(degrees: float) -> np.ndarray:
    """Body to world: the top of the body moves towards the world's right (−y)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def test_the_matrices_lean_the_way_they_say() -> None:
    assert (forward_by(30) @ Z)[0] > 0.4
    assert (right_by(30) @ Z)[1] < -0.4


@given(ANGLES, ANGLES, st.integers(0, 999))
def test_flexion_and_lateral_come_back_with_their_signs_however_the_sensor_is_clipped(
    ahead: float, right: float, seed: int
) -> None:
    mount = random_mount(np.random.default_rng(seed))  # sensor to body
    up_body = (right_by(right) @ forward_by(ahead)).T @ Z
    found = lean((up_body @ mount)[None], vector3(Z @ mount), vector3(X @ mount))
    assert found.flexion_deg[0] == pytest.approx(ahead, abs=1e-9)
    assert found.lateral_deg[0] == pytest.approx(right, abs=1e-9)
    expected = np.cos(np.radians(ahead)) * np.cos(np.radians(right))
    assert np.cos(np.radians(found.inclination_deg[0])) == pytest.approx(expected, abs=1e-12)


@given(st.floats(0, 180), st.floats(0, 360), st.integers(0, 999))
def test_inclination_holds_over_the_whole_sphere(away: float, direction: float, seed: int) -> None:
    mount = random_mount(np.random.default_rng(seed))
    a, d = np.radians(away), np.radians(direction)
    up = (np.array([np.sin(a) * np.cos(d), np.sin(a) * np.sin(d), np.cos(a)]) @ mount)[None]
    found = lean(up, vector3(Z @ mount), vector3(X @ mount))
    assert found.inclination_deg[0] == pytest.approx(away, abs=1e-6)
    product = np.cos(np.radians(found.flexion_deg[0])) * np.cos(np.radians(found.lateral_deg[0]))
    assert product == pytest.approx(np.cos(a), abs=1e-9)
    unknown = lean(up, vector3(Z @ mount), None)
    assert unknown.flexion_deg[0] == unknown.inclination_deg[0] == found.inclination_deg[0]
    assert unknown.lateral_deg[0] == 0


@given(st.floats(-60, 60), st.floats(-60, 60))
def test_a_forward_that_is_not_level_is_made_level(off: float, ahead: float) -> None:
    """Sitting tilts the sensor about the wearer's left axis; the forward found while standing still serves."""
    found = lean((forward_by(ahead).T @ Z)[None], vector3(Z), vector3(forward_by(off) @ X))
    assert found.flexion_deg[0] == pytest.approx(ahead, abs=1e-9)
    assert found.lateral_deg[0] == pytest.approx(0, abs=1e-9)


def test_forward_along_upright_is_refused_not_computed() -> None:
    """A mount that contradicts the baseline: which way is forward would be chance, or not a number."""
    with pytest.raises(BadInput, match=r"along the measured upright.*--mount"):
        lean(np.array([X]), vector3(X), vector3(X))


AXES = {"x": X, "y": Y, "z": Z}


@given(
    st.sampled_from("xyz"), st.sampled_from("xyz"), st.sampled_from(["", "+", "-"]), st.sampled_from(["", "+", "-"]), st.booleans()
)
def test_parse_mount(up: str, forward: str, up_sign: str, forward_sign: str, spaced: bool) -> None:
    text = f"up={up_sign}{up},{' ' * spaced}forward={forward_sign}{forward}"
    if up == forward:
        with pytest.raises(BadInput, match="same axis"):
            parse_mount(text)
        return
    found_up, found_forward = parse_mount(text)
    np.testing.assert_array_equal(found_up, AXES[up] * (-1 if up_sign == "-" else 1))
    np.testing.assert_array_equal(found_forward, AXES[forward] * (-1 if forward_sign == "-" else 1))
    assert parse_mount(f"up={up_sign}{up}") == (found_up, None)


@pytest.mark.parametrize(
    "text", ["", "up", "up=", "up=w", "up=xy", "forward=x", "up=x,up=y", "up=x;forward=y", "up=x,forward=y,", "left=x,up=z", "UP=x"]
)
def test_parse_mount_says_what_is_wrong_and_how_to_write_it(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_mount(text)
    assert caught.value.where == "--mount"
    assert "up=-x,forward=-z" in str(caught.value)
