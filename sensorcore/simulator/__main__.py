"""Makes the bundled recordings again: `python -m sensorcore.simulator --manifest recordings/manifest.toml`.

For one recording of a scenario there is `spinae simulate`.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

from sensorcore.errors import SpinaeError
from sensorcore.simulator.calibration import calibrated
from sensorcore.simulator.record import write
from sensorcore.simulator.simulation import Simulation


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sensorcore.simulator", description=__doc__)
    parser.add_argument("--manifest", type=Path, required=True, help="make every recording it lists, beside it, replacing them")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this one (repeatable)")
    chosen = parser.parse_args(arguments)
    try:
        for entry in tomllib.loads(chosen.manifest.read_text(encoding="utf-8"))["recording"]:
            if chosen.only and entry["name"] not in chosen.only:
                continue
            simulation = Simulation(entry["scenario"], entry["seed"])
            output = chosen.manifest.parent / entry["file"]
            calibration = calibrated(simulation)
            output.unlink(missing_ok=True)
            write(simulation, output, calibration=calibration)
            output.chmod(0o644)  # bundled, not private
            print(f"{output}: {simulation.duration_s:g} s, {output.stat().st_size / 1e6:.2f} MB")
    except SpinaeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
