"""Breathing on people, and that the scorer scores: on orientations made here, with breaths that are known."""

from pathlib import Path

import numpy as np
import pytest

from sensorcore.errors import BadInput
from sensorcore.motion.breathing import GOOD
from sensorcore.validation.rrhr_breathing import collected, evaluate, up_of_world_y
from tests.project import SHARED

DATA = SHARED / "data" / "rrhr_breathing"


def write(folder: Path, name: str, rate_per_min: float, *, labelled_per_min: float | None = None, swing_deg: float = 0.5) -> None:
    """Three minutes of a sensor that a breath turns about its z axis, while the wearer slowly turns about the vertical (y)."""
    t_s = np.arange(0, 180, 0.096) + 1000.0
    breath = np.radians(swing_deg) * np.sin(2 * np.pi * rate_per_min / 60 * t_s)
    turn = np.radians(0.1 * t_s)
    about_y = np.stack([np.cos(turn / 2), 0 * t_s, np.sin(turn / 2), 0 * t_s], axis=1)
    about_z = np.stack([np.cos(breath / 2), 0 * t_s, 0 * t_s, np.sin(breath / 2)], axis=1)
    quat = product(about_y, about_z)
    labelled = np.arange(1000.0, 1180.0, 60 / (labelled_per_min or rate_per_min))
    np.savez(folder / f"{name}.npz", t=t_s, q1_wxyz=quat, q2_wxyz=quat, peaks_t=labelled)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    (aw, ax, ay, az), (bw, bx, by, bz) = a.T, b.T
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=1,
    )


def test_turning_about_the_vertical_does_not_move_it_and_a_breath_does() -> None:
    half = np.radians(30) / 2
    turned, leaned = [np.cos(half), 0, np.sin(half), 0], [np.cos(half), 0, 0, np.sin(half)]
    np.testing.assert_allclose(up_of_world_y(np.array([turned, leaned])), [[0, 1, 0], [0.5, np.cos(2 * half), 0]], atol=1e-12)


def test_right_and_wrong_rates_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "a__sit_1", 14.0)
    write(tmp_path, "b__stand_1", 14.0, labelled_per_min=17.0)
    write(tmp_path, "b__walk_1", 14.0)
    found = collected(tmp_path, 1, lambda _: None)
    assert set(found.activity) == {"sit", "stand"}
    told = found.quality > 0.0
    assert (~told).sum() <= 2  # the first of each recording waits for a second that shows the same
    assert (found.quality[told] > 0.9).all()
    assert found.error_per_min[told & (found.person == "a")].max() < 0.2
    np.testing.assert_allclose(found.error_per_min[told & (found.person == "b")], 3.0, atol=0.2)
    table = evaluate(tmp_path, lambda _: None)
    assert table.rows[0][:3] == ("**imu1**", str(len(told)), f"{100 * told.mean():.0f}%")
    assert table.rows[0][4] == "50.0%"


def test_a_folder_without_them_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no recordings"):
        evaluate(tmp_path, lambda _: None)
    write(tmp_path, "b__walk_1", 14.0)
    with pytest.raises(BadInput, match="sat or stood"):
        evaluate(tmp_path, lambda _: None)


@pytest.mark.skipif(not DATA.is_dir(), reason="the RR-HR data set is not in ../shared/data/rrhr_breathing")
def test_on_people() -> None:
    found = collected(DATA, 1, lambda _: None)
    good = found.quality >= GOOD
    error = found.error_per_min[good]
    assert good.mean() >= 0.6
    assert np.median(error) <= 0.5
    assert np.mean(error <= 2.0) >= 0.9
