"""A board on the bench, measuring a simulated wearer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensorcore.model import SampleBlock
from sensorcore.simulator import simulate
from tests.radio.micropython.process import MICROPYTHON, NO_MICROPYTHON, Bench, write_counting, write_motion


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if MICROPYTHON is None and here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=NO_MICROPYTHON))


@pytest.fixture(scope="session")
def motion() -> SampleBlock:
    """Two minutes of a simulated wearer."""
    return simulate("walk-and-bend", duration_s=120).block


@pytest.fixture(scope="session")
def motion_file(motion: SampleBlock, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_motion(tmp_path_factory.mktemp("motion") / "motion.i32", motion)


@pytest.fixture(scope="session")
def counting_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_counting(tmp_path_factory.mktemp("counting") / "motion.i32")


@pytest.fixture(scope="session")
def measured(motion_file: Path) -> np.ndarray[Any, Any]:
    """(n, 6): what the IMU models measure, in g and degrees per second."""
    values = np.fromfile(motion_file, "<i4").reshape(-1, 6)
    return values / np.array([1e6] * 3 + [1e3] * 3)


@pytest.fixture
def bench(tmp_path: Path, motion_file: Path) -> Callable[..., Bench]:
    """Makes a board; keyword arguments are Bench's."""

    def make(**options: Any) -> Bench:
        return Bench(tmp_path, **({"samples": motion_file} | options))

    return make
