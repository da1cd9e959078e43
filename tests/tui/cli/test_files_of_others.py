"""Files of other programs through the real commands: what is analysed, reported and said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import import_files
from sensorcore.model import STANDARD_GRAVITY_MPS2
from tests.tui.cli.conftest import Spinae, write_csv
from tui.places.folders import data_folder

TOKYO_UNIX_S = 1_764_545_400  # 2025-12-01 08:30 in Tokyo, 23:30 UTC of the day before


def ride(kind: str, rate_hz: float = 50.0, seconds: float = 240.0) -> np.ndarray:
    """Rows of the generic CSV: a minute at rest, then a vehicle: its engine, its body on its springs, bends and brakes."""
    rng = np.random.default_rng(len(kind))
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    moving = np.clip((t_s - 60) / 5, 0, 1) * (kind != "desk")
    spring_hz, spring, engine_hz, engine = {
        "desk": (1.0, 0.0, 1.0, 0.0),
        "car": (1.7, 0.6, 11.0, 0.8),
        "bus": (1.3, 0.8, 17.0, 0.9),
        "train": (2.1, 0.4, 6.0, 1.0),
    }[kind]
    phase = np.cumsum(2 * np.pi * spring_hz * (1 + 0.15 * rng.normal(size=len(t_s)).cumsum() / len(t_s) ** 0.5) / rate_hz)
    swell = 0.5 + np.abs(np.sin(2 * np.pi * t_s / 7.3))
    up = spring * swell * np.sin(phase) + engine * np.sin(2 * np.pi * engine_hz * t_s) + rng.normal(0, 0.2, len(t_s))
    acc = np.stack([0.9 * np.sin(2 * np.pi * t_s / 19), up, 1.3 * np.sin(2 * np.pi * t_s / 31)], axis=1) * moving[:, None]
    acc[:, 2] += 0.15 * np.sin(2 * np.pi * 0.25 * t_s)  # breathing: somebody wears it
    acc += np.array([0.0, STANDARD_GRAVITY_MPS2, 0.0]) + rng.normal(0, 0.03, acc.shape)
    gyr = rng.normal(0, 1.5, acc.shape) * moving[:, None] + rng.normal(0, 0.1, acc.shape)
    return np.column_stack([t_s, acc / STANDARD_GRAVITY_MPS2, gyr])


@pytest.mark.parametrize("kind", ["car", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("bus", "train"))])
@pytest.mark.parametrize("gyroscope", [True, False])
def test_a_vehicle_is_not_a_walk_and_nobody_is_told_to_get_up_in_it(
    tmp_path: Path, spinae: Spinae, kind: str, gyroscope: bool
) -> None:
    names = "t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps" if gyroscope else "t_s,ax_g,ay_g,az_g"
    path = write_csv(tmp_path / "ride.csv", ride(kind)[:, : 7 if gyroscope else 4], names)
    # two minutes of sitting are over in the ride: only its first seconds may not be known to be one
    ran = spinae("analyze", path, "--json", "--set", "alerts.move_after_min=2", "--set", "alerts.move_every_min=1")
    result = json.loads(ran.out)
    walked_s = sum(c["end_s"] - c["start_s"] for c in result["contexts"] if c["state"] == "walking")
    assert walked_s < 3
    headless = spinae("replay", path, "--headless", "--set", "alerts.move_after_min=2", "--set", "alerts.move_every_min=1")
    assert "MoveReminder" not in headless.out
    at_desk = write_csv(tmp_path / "desk.csv", ride("desk"), "t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps")
    ran = spinae("replay", at_desk, "--headless", "--set", "alerts.move_after_min=2", "--set", "alerts.move_every_min=1")
    assert "MoveReminder" in ran.out, "the same time at a desk is told"


@pytest.mark.parametrize(
    "app", ["ISO times", pytest.param("Sensor Logger", marks=pytest.mark.slow), pytest.param("phyphox", marks=pytest.mark.slow)]
)
def test_half_past_eight_in_tokyo_is_reported_on_its_own_day_and_hour(tmp_path: Path, spinae: Spinae, app: str) -> None:
    m = import_files.motion(12_000)
    path = tmp_path / "walk.zip"
    if app == "Sensor Logger":
        files = import_files.sensor_logger(m)
        files = {name: content.replace(b"Europe/Berlin", b"Asia/Tokyo") for name, content in files.items()}
        for name in ("TotalAcceleration.csv", "Gyroscope.csv"):
            shifted = m.acc_mps2 if name[0] == "T" else m.gyr_radps
            files[name] = import_files.sensor_logger_csv(m.t_s, shifted, TOKYO_UNIX_S * 10**9)
        files["metadata.csv"] = files["metadata.csv"].replace(b"1700000000000", b"%d000" % TOKYO_UNIX_S)
        path.write_bytes(import_files.pack(files))
    elif app == "phyphox":
        times = b'"event","experiment time","system time","system time text"\n"START",0,%d,"2025-12-01 08:30:00 UTC+09:00"\n'
        path.write_bytes(import_files.pack(import_files.phyphox(m) | {"meta/time.csv": times % TOKYO_UNIX_S}))
    else:
        path = tmp_path / "walk.csv"
        stamps = [f"2025-12-01T08:{30 + int(t // 60)}:{t % 60:09.6f}+09:00" for t in m.t_s]
        path.write_bytes(import_files.table(["time", "ax_mps2", "ay_mps2", "az_mps2"], [stamps, *m.acc_mps2.T.tolist()]))
    made = data_folder() / "recordings" / "walk.mcap"
    assert spinae("import", path, "-o", made).code == 0
    ran = spinae("report", "--day", "2025-12-01")
    assert (ran.code, ran.err) == (0, "")
    page = tmp_path / "day.html"
    assert spinae("report", "--day", "2025-12-01", "--html", page).code == 0
    assert "Monday 2025-12-01" in ran.out
    assert "08:30" in ran.out + page.read_text() or "08:00" in ran.out + page.read_text()
    before = spinae("report", "--day", "2025-11-30")
    assert "0:02" not in before.out
