"""Tilt on real movement with an optical reference (BROAD); the peers: `python -m benchmarks.tilt`."""

import numpy as np
import pytest

from sensorcore.motion.smooth import smooth_up
from sensorcore.motion.tilt import TiltParams
from sensorcore.validation import broad
from tests.project import SHARED
from tests.sensorcore.motion.motions import run

BROAD = SHARED / "data" / "broad"
pytestmark = pytest.mark.skipif(not BROAD.is_dir(), reason="the BROAD data set is not in ../shared/data/broad")


@pytest.mark.parametrize(
    ("rate_hz", "bar_deg"),
    [(104.0, 0.46), pytest.param(52.0, 0.46, marks=pytest.mark.slow), pytest.param(25.0, 0.53, marks=pytest.mark.slow)],
)
def test_the_mean_error_on_real_movement(rate_hz: float, bar_deg: float) -> None:
    causal, offline = [], []
    for recording in broad.trials(BROAD):
        trial = broad.load(recording, rate_hz)
        assert trial.moving.sum() > 60 * rate_hz
        causal.append(broad.rmse_deg(trial, run(trial.device, trial.block).up))
        offline.append(broad.rmse_deg(trial, smooth_up(TiltParams(trial.device), trial.block)))
    assert np.mean(causal) <= bar_deg
    assert np.mean(offline) < np.mean(causal)
