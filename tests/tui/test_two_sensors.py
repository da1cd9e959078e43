"""Two sensors on the dashboard: the curvature as a number and as a figure that bends; with one, nothing of it."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np

from sensorcore.events import OneSensor
from sensorcore.model import Second
from tests.sensorcore.pipeline.wearers import HINGE_S, SLUMP_S, worn
from tests.streams import Stream
from tests.tui.app.test_dashboard import dashboard, shown
from tests.tui.moments import moment
from tui.drawing import figure
from tui.text import looks, presenter
from tui.widgets.figure import FigurePanel


async def test_a_rounded_back_is_told_and_drawn_and_a_straight_one_that_leans_is_not() -> None:
    info, upper, lower = worn()
    async with dashboard(source=Stream(info, [upper, Second(lower)])) as (app, pilot):
        panel = app.screen.query_one(FigurePanel)
        app.player.seek(SLUMP_S[1] - 4)
        screen = await shown(pilot, app, app.frame())
        assert "▲ SLOUCHED  rounded" in screen
        assert "curvature 24°" in screen
        bent = panel._key
        app.player.seek(HINGE_S[1] - 4)
        screen = await shown(pilot, app, app.frame())
        assert "SLOUCHED" not in screen
        assert "● GOOD" in screen or "◐ DRIFTING" in screen
        assert re.search(r"curvature -?[0-3]°", screen)
        assert bent[-1] is not None
        assert bent[1] - bent[-1] > 20  # upper less lower
        assert abs(panel._key[1] - (panel._key[-1] or 0)) < 4


async def test_with_one_sensor_nothing_is_different() -> None:
    info, upper, _ = worn()
    async with dashboard(source=Stream(replace(info, second=None), [upper])) as (app, pilot):
        app.player.seek(SLUMP_S[1] - 4)
        screen = await shown(pilot, app, app.frame())
        assert "SLOUCHED" in screen
        assert "curvature" not in screen
        assert app.screen.query_one(FigurePanel)._key[-1] is None
        gone = OneSensor(5.0, "lower", "no data")
        screen = await shown(pilot, app, moment(missing=gone, notices=(gone,), notices_total=1))
        assert "lower sensor: no data" in screen


def test_the_figure_bends_as_the_two_tell() -> None:
    straight, rounded = figure._back((0.5, 0.4), 20, 20), figure._back((0.5, 0.4), 20, -5)
    between = [np.degrees(np.arctan2(b[0] - a[0], b[1] - a[1])) for a, b in itertools.pairwise(rounded)]
    np.testing.assert_allclose([between[0], between[-1]], [-5.0, 20.0], atol=1e-6)
    assert rounded[-1][0] < straight[-1][0]
    assert presenter.curvature_text(moment()) == ""
    assert presenter.curvature_text(moment(curvature_deg=12.3)) == "curvature 12°"
    assert looks.look(moment(inclination_deg=12.0, curvature_deg=2.0)).word == "Good"  # 12° are 9° of a straight back's 15°
    assert looks.look(moment(inclination_deg=12.0)).word == "Drifting"
    assert looks.look(moment(inclination_deg=2.0, curvature_deg=9.0)).word == "Drifting"  # of 12°
