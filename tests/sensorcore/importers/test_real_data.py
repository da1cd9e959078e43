"""Public recordings, written as the scorers write them (`%.7g`): rate, gaps and length come out right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from tests.project import SHARED
from tests.sensorcore.importers.reading import read_all

DATA = SHARED / "data"
Six = tuple[FloatArray, FloatArray | None]


def _eurobench(z: Mapping[str, Any]) -> Six:
    names = [str(c) for c in z["columns"]]
    acc, gyr = (np.stack([z["data"][:, names.index(f"{kind}{a}5")] for a in "xyz"], 1) for kind in "AG")
    return acc / STANDARD_GRAVITY_MPS2, np.rad2deg(gyr)


def _window(z: Mapping[str, Any]) -> Six:
    first = z[sorted(z)[0]]
    return first[:, :3] / STANDARD_GRAVITY_MPS2, first[:, 3:]


def _sisfall(z: Mapping[str, Any]) -> Six:
    counts = z[sorted(z)[0]].astype(float)
    return counts[:, :3] * 32 / 8192, counts[:, 3:] * 4000 / 65536


SETS: dict[str, tuple[str, float, Callable[[Mapping[str, Any]], Six]]] = {
    "broad": ("*.npz", 2000 / 7, lambda z: (z["acc"] / STANDARD_GRAVITY_MPS2, np.rad2deg(z["gyr"]))),
    "hapt": ("*.npz", 50, lambda z: (z["acc_g"], np.rad2deg(z["gyr_rad"]))),
    "sisfall": ("*.npz", 200, _sisfall),
    "trunkyxl": ("*.npz", 50, lambda z: (z["upper_back_acc_g"], z["upper_back_gyr_dps"])),
    "uci_chest_acc": ("*.npz", 52, lambda z: ((z["acc_raw"].astype(float) - 2000) / 400, None)),
    "eurobench_sts": ("*5sts_chair*.npz", 128, _eurobench),
    "qmt_fullbody": ("*.npz", 100, lambda z: (z["lower_back_acc"] / STANDARD_GRAVITY_MPS2, np.rad2deg(z["lower_back_gyr"]))),
    "posture_vest": ("windows.npz", 100, _window),
}


@pytest.mark.parametrize("name", SETS)
def test_public_recordings_open(tmp_path: Path, name: str) -> None:
    pattern, rate_hz, convert = SETS[name]
    files = sorted((DATA / name).glob(pattern))
    if not files:
        pytest.skip(f"../shared/data/{name} is not here: the data sets are not part of the project")
    with np.load(files[0]) as z:
        acc_g, gyr_dps = convert(z)
    rows = slice(len(acc_g) - 30_000, None) if len(acc_g) > 30_000 else slice(None)  # late times have the fewest digits
    t_s = np.arange(len(acc_g))[rows] / rate_hz
    missing = len(t_s) // 2
    columns = np.column_stack([t_s, acc_g[rows], *([] if gyr_dps is None else [gyr_dps[rows]])])
    columns = np.delete(columns, slice(missing, missing + 5), axis=0)
    header = "t_s,ax_g,ay_g,az_g" + ("" if gyr_dps is None else ",gx_dps,gy_dps,gz_dps")
    path = tmp_path / "recording.csv"
    np.savetxt(path, columns, delimiter=",", header=header, comments="", fmt="%.7g")
    info, block, _ = read_all(path)
    assert info.device.sample_rate_hz == pytest.approx(rate_hz, rel=2e-4)
    assert len(block) == len(columns)
    assert np.flatnonzero(block.after_gap).tolist() == [missing]
    np.testing.assert_allclose(block.t_s, columns[:, 0] - columns[0, 0], atol=0.05 / rate_hz + 1e-3)
    steps = np.delete(np.diff(block.t_s), missing - 1) * rate_hz
    assert np.abs(steps - 1).max() < 0.06
    np.testing.assert_allclose(block.acc_mps2, columns[:, 1:4] * STANDARD_GRAVITY_MPS2, rtol=1e-6, atol=1e-5)
