"""`python -m benchmarks.tune_speed [--hours 8]`: a simulated day through `spinae tune` over its 100 default settings, on one core.

The bar: under 20 s for a day of 8 h. A fresh process, start-up and printing included."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.analyze_day import make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.mcap"
        make(path, args.hours, args.seed)
        command = [str(Path(sys.executable).parent / "spinae"), "tune", str(path), "--json"]
        took_s = []
        for _ in range(2):
            start_s = time.perf_counter()
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            took_s.append(time.perf_counter() - start_s)
        size_mb = path.stat().st_size / 1e6
    tried = len(json.loads(said)["settings"])
    print("| hours | file, MB | settings | tune, s (better of 2) | bar, s |")
    print("|---|---|---|---|---|")
    print(f"| {args.hours:g} | {size_mb:.0f} | {tried} | {min(took_s):.1f} | 20 |")


if __name__ == "__main__":
    main()
