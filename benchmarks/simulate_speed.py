"""`python -m benchmarks.simulate_speed`: speed of `spinae simulate` at 104 Hz, as a multiple of real time.

Start-up, calibration and writing the recording are included. The bar: 500 times."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

DAYS = (("workday", 60.0), ("bad-day", 25.0))


def main() -> None:
    spinae = str(Path(sys.executable).parent / "spinae")
    print("| scenario | minutes | user CPU, s | × life |")
    print("|---|---|---|---|")
    for scenario, minutes in DAYS:
        with tempfile.TemporaryDirectory() as folder:
            before_s = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            command = [spinae, "simulate", scenario, "--rate", "104", "-o", str(Path(folder) / "day.mcap")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            took_s = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before_s
        print(f"| {scenario} | {minutes:g} | {took_s:.2f} | {60 * minutes / took_s:.0f} |")


if __name__ == "__main__":
    main()
