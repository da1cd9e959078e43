"""Upright and forward that nobody gave: assumed from stillness and found from bends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sensorcore.events import ForwardFound
from sensorcore.model import Calibration, Vector3
from sensorcore.motion.ticks import Ticks
from sensorcore.posture import reference
from sensorcore.posture.reference import ReferenceState
from sensorcore.settings import Settings
from tests.sensorcore.posture.ticks import FORWARD, UP, joined, judged, ticks


def look(state: ReferenceState, whole: Ticks) -> ReferenceState:
    """Look through all the ticks, whatever becomes known on the way."""
    while len(whole):
        state, used = reference.step(state, whole[:])
        whole = whole[used:]
    return state


def bend(depth_deg: float, *, holds: int = 5, lateral_deg: float = 0.0) -> Ticks:
    down = np.linspace(0, depth_deg, 15)
    angles = np.concatenate([down, np.full(holds, depth_deg), down[::-1]])
    if not lateral_deg:
        return ticks(angles)
    sideways = [ticks([0.0], lateral_deg=float(a) * np.sign(lateral_deg)) for a in angles]
    return joined(*sideways)


def test_the_first_three_still_seconds_are_assumed_upright() -> None:
    fidgeting, still = ticks(30.0, n=50, sway_mps2=1.0), ticks(7.0, n=60)
    found = look(ReferenceState(None), joined(fidgeting, still)).calibration
    assert found is not None
    assert found.assumed
    assert found.upright["sitting"] == pytest.approx((-np.sin(np.radians(7)), 0, np.cos(np.radians(7))), abs=0.01)
    assert look(ReferenceState(None), still[:29]).calibration is None


def test_stillness_must_not_drift() -> None:
    assert look(ReferenceState(None), ticks(np.linspace(0, 60, 100))).calibration is None


def test_lying_is_not_assumed_upright_where_the_mount_is_known() -> None:
    lying, sitting = ticks(85.0, n=100), ticks(5.0, n=100)
    assert look(ReferenceState(None, nominal_up=UP), lying).calibration is None
    found = look(ReferenceState(None, nominal_up=UP), joined(lying, sitting)).calibration
    assert found is not None
    assert found.upright["sitting"][2] > 0.99


@pytest.mark.parametrize("size", [0.0, 0.1, 5.0])
def test_what_is_not_gravity_is_no_upright(size: float) -> None:
    still = ticks(0.0, n=100)
    assert look(ReferenceState(None), replace(still, acc_mps2=still.acc_mps2 * size)).calibration is None


def test_a_mount_keeps_its_forward_when_upright_is_found() -> None:
    found = look(ReferenceState(Calibration({}, FORWARD), UP), ticks(0.0, n=100)).calibration
    assert found is not None
    assert (found.forward, found.assumed) == (FORWARD, True)


def test_lying_is_not_assumed_upright_where_forward_is_known() -> None:
    """On the back, the front points up."""
    lying, sitting = ticks(-88.0, n=100), ticks(5.0, n=100)
    found = look(ReferenceState(Calibration({}, FORWARD)), joined(lying, sitting)).calibration
    assert found is not None
    assert found.upright["sitting"][2] > 0.99


@pytest.mark.parametrize("depth_deg", [35.0, 90.0])
def test_forward_is_where_bends_go(depth_deg: float) -> None:
    day = joined(*[bend(depth_deg) for _ in range(4)])
    state, _, events = judged(Settings(), [day], calibration=Calibration({"sitting": UP}))
    (found,) = [event for event in events if isinstance(event, ForwardFound)]
    assert found.forward == pytest.approx(FORWARD, abs=1e-6)
    assert found.quality_deg < 1.0
    assert state.reference.complete


@pytest.mark.parametrize("angle_deg", [-85.0, -35.0, 180.0])
def test_who_lies_or_reclines_does_not_show_where_forward_is(angle_deg: float) -> None:
    day = joined(ticks(np.linspace(0, angle_deg, 30)), ticks(angle_deg, n=600), ticks(np.linspace(angle_deg, 0, 30)))
    assert look(ReferenceState(Calibration({"sitting": UP})), joined(day, day)).calibration == Calibration({"sitting": UP})
    found = look(ReferenceState(Calibration({"sitting": UP})), joined(day, *[bend(40.0) for _ in range(4)])).calibration
    assert found is not None
    assert found.forward == pytest.approx(FORWARD, abs=1e-6)


def test_one_bend_and_bends_all_around_are_not_enough() -> None:
    known = Calibration({"sitting": UP})
    assert look(ReferenceState(known), bend(60.0, holds=50)).calibration == known
    around = joined(bend(30.0), bend(-30.0), bend(30.0, lateral_deg=1), bend(30.0, lateral_deg=-1))
    assert look(ReferenceState(known), joined(around, around)).calibration == known


def test_a_tilt_in_doubt_is_no_bend() -> None:
    known = Calibration({"sitting": UP})
    wrong = replace(bend(-40.0), uncertainty_deg=np.full(35, 20.0))
    assert look(ReferenceState(known), joined(*[wrong] * 5)).calibration == known


@pytest.mark.parametrize("forward", [FORWARD, None])
def test_a_calibration_is_never_replaced(forward: Vector3 | None) -> None:
    given = Calibration({"sitting": UP, "standing": (0.1, 0.0, 0.995)}, forward)
    after = look(ReferenceState(given), joined(ticks(8.0, n=100), *[bend(40.0) for _ in range(4)])).calibration
    assert after is not None
    assert after.upright == given.upright
