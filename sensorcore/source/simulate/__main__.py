"""Makes recordings: one of a scenario, or all that a manifest lists.

python -m sensorcore.source.simulate workday-short -o day.mcap --seed 7
python -m sensorcore.source.simulate --manifest recordings/manifest.toml
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

from sensorcore.errors import SpinaeError
from sensorcore.source.simulate.calibration import measured
from sensorcore.source.simulate.record import write
from sensorcore.source.simulate.scenario import bundled, load
from sensorcore.source.simulate.simulation import Simulation


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sensorcore.source.simulate", description="Make a simulated recording.")
    parser.add_argument("scenario", nargs="?", help=f"a TOML file, or one of: {', '.join(bundled())}")
    parser.add_argument("-o", "--output", type=Path, help="the recording to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--force", action="store_true", help="replace the output")
    parser.add_argument("--manifest", type=Path, help="make every recording this file lists, beside it, replacing them")
    chosen = parser.parse_args(arguments)
    if (chosen.manifest is None) == (chosen.scenario is None) or (chosen.scenario is not None and chosen.output is None):
        parser.error("give a scenario and -o FILE, or --manifest FILE")
    try:
        if chosen.manifest is None:
            make(chosen.scenario, chosen.seed, chosen.output, force=chosen.force)
        else:
            for entry in tomllib.loads(chosen.manifest.read_text(encoding="utf-8"))["recording"]:
                output = chosen.manifest.parent / entry["file"]
                make(entry["scenario"], entry["seed"], output, force=True)
                output.chmod(0o644)  # bundled, not private
    except SpinaeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(scenario: str, seed: int, output: Path, *, force: bool) -> None:
    """One recording, with the calibration that its own first minute gives where the scenario has one. Raises SpinaeError."""
    simulation = Simulation(load(scenario), seed)
    calibrates = any(phase.calibrates for phase in simulation.scenario.phases)
    calibration = measured(simulation) if calibrates else None
    if force:
        output.unlink(missing_ok=True)
    write(simulation, output, calibration=calibration)


if __name__ == "__main__":
    sys.exit(main())
