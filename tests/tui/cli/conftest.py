"""Commands run with a home of their own; files to run them on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import recordings
from tests.streams import workday
from tui.cli import main

RECORDING = Path(recordings.__path__[0]) / "workday-short.mcap"
HEADER = "t_s,ax_mps2,ay_mps2,az_mps2,gx_radps,gy_radps,gz_radps"


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings of the machine's user, and no crash log in their folders. Works for child processes too."""
    place = tmp_path_factory.mktemp("home")
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(place))
    for name in [name for name in os.environ if name.startswith("SPINAE_")]:
        monkeypatch.delenv(name)
    return place


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Spinae = Callable[..., Ran]


@pytest.fixture
def spinae(capsys: pytest.CaptureFixture[str]) -> Spinae:
    """`spinae("analyze", file)` in this process."""

    def run(*arguments: object) -> Ran:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


def table(seconds: float = 70.0) -> np.ndarray:
    """Columns of `HEADER`, from the simulated workday: a slouch from 39 s on, at 52 Hz."""
    _, whole = workday()
    assert whole.gyr_radps is not None
    return np.column_stack([whole.t_s, whole.acc_mps2, whole.gyr_radps])[whole.t_s < seconds]


def write_csv(path: Path, columns: np.ndarray, header: str = HEADER) -> Path:
    np.savetxt(path, columns, fmt="%.6f", delimiter=",", header=header, comments="")
    return path


@pytest.fixture(scope="session")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """70 s as the generic CSV. Not to be changed."""
    return write_csv(tmp_path_factory.mktemp("data") / "desk.csv", table())
