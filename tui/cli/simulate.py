"""`spinae simulate`: a recording of a simulated wearer, with the truth beside it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from sensorcore.errors import BadInput, CalibrationRefused
from sensorcore.model import Calibration
from sensorcore.pipeline.dual import check_places
from sensorcore.simulator.body import PLACES
from sensorcore.simulator.calibration import calibrated
from sensorcore.simulator.faults import KINDS, Fault, Kind, from_option
from sensorcore.simulator.record import write
from sensorcore.simulator.scenario import Scenario, bundled, load
from sensorcore.simulator.sensor import random_mount
from sensorcore.simulator.simulation import Simulation, beside
from sensorcore.simulator.workday import random_wearer, random_workday
from tui.cli.options import OneOrTwo
from tui.cli.progress import progress

RATES = (52, 104)
WORKDAY_MINUTES, SHORTEST_MINUTES = 60.0, 10.0
"""A random workday's usual length, and the shortest that has anything in it; a shorter recording is the beginning of one."""


def _line(name: str, kind: Kind) -> str:
    usual = [] if kind.duration_s is None else [f"duration={kind.duration_s:g}"]
    usual += (["axis=y"] if kind.turns else []) + [f"{size}={value.usual:g}" for size, value in kind.sizes.items()]
    return f"  {name:10}{kind.about}" + (f" ({', '.join(usual)})" if usual else "")


EPILOG = """examples:
  spinae simulate --list
  spinae simulate workday-short -o day.mcap --seed 7
  spinae simulate --random -o day.mcap --seed 7 --minutes 480
  spinae simulate workday-short -o day.mcap --placement upper_back --placement lower_back
  spinae simulate workday-short -o day.mcap --fault slip:at=300,deg=12 --fault lost:share=0.05

faults, written KIND:at=SECONDS,duration=SECONDS,SIZE=NUMBER (in brackets what is usual; without a duration: to the end):
""" + "\n".join(_line(name, kind) for name, kind in KINDS.items())


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", nargs="?", metavar="SCENARIO", help="one of --list, or a TOML file")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the recording to write")
    parser.add_argument("--list", action="store_true", help="the scenarios that come with spinae, and what they show")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same recording (default: 1)")
    parser.add_argument(
        "--random",
        action="store_true",
        help="somebody else for each seed, the sensor clipped on another way; without a SCENARIO, a workday of theirs",
    )
    parser.add_argument(
        "--placement",
        action=OneOrTwo,
        choices=tuple(PLACES),
        help="where the sensor sits, if not where the scenario says; twice for two sensors, the upper one first",
    )
    parser.set_defaults(second_placement=None)
    parser.add_argument("--rate", type=int, choices=RATES, help="samples a second (default: the scenario's, usually 104)")
    parser.add_argument("--minutes", type=float, metavar="M", help="how long; longer than the scenario repeats it")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="KIND:…", help="something that goes wrong, see below (repeatable)"
    )


def run(args: argparse.Namespace) -> int:
    if args.list:
        _list()
        return 0
    if args.output is None or (args.scenario is None and not args.random):
        print("spinae simulate: name a SCENARIO (or --random) and a file to write with -o, or ask for --list", file=sys.stderr)
        return 2
    simulation = _simulation(args)
    calibration, note = _calibration(simulation)
    lower = None
    if args.second_placement is not None:
        mount = random_mount(np.random.default_rng(args.seed)) if args.random else None
        lower = beside(simulation, args.second_placement, mount=mount)
        check_places(simulation.info, lower.info)
    with progress(f"simulating {simulation.scenario.name}", simulation.duration_s) as tell:
        pair = None if lower is None else (lower, _calibration(lower)[0])
        write(simulation, args.output, calibration=calibration, tell=tell, beside=pair)
    minutes, rate, faults = simulation.duration_s / 60, simulation.model.sample_rate_hz, len(simulation.faults)
    worn = "" if lower is None else f", {simulation.scenario.wearer.placement} and {lower.scenario.wearer.placement}"
    words = f"{faults} fault{'' if faults == 1 else 's'}"
    print(f"{args.output}: {simulation.scenario.name}, {minutes:.1f} min at {rate:g} Hz, seed {args.seed}, {words}{worn}")
    if note:
        print(f"  note: {note}")
    return 0


def _simulation(args: argparse.Namespace) -> Simulation:
    if args.seed < 0:
        raise BadInput(f"{args.seed} is not a seed", where="--seed", hint="Give a whole number from 0 on")
    if args.minutes is not None and not 0.0 < args.minutes <= 7 * 24 * 60:
        raise BadInput(
            f"{args.minutes:g} minutes cannot be simulated", where="--minutes", hint="Give more than 0 and at most a week"
        )
    faults = [from_option(text) for text in args.fault]
    duration_s = None if args.minutes is None else args.minutes * 60.0
    scenario = _scenario(args)
    if args.placement is not None:
        scenario = replace(scenario, wearer=replace(scenario.wearer, placement=args.placement))
    simulation = Simulation(scenario, args.seed, sample_rate_hz=args.rate, duration_s=duration_s, faults=faults)
    for fault in faults:
        _check_in_time(fault, simulation.duration_s)
    return simulation


def _scenario(args: argparse.Namespace) -> Scenario:
    if args.scenario is None:
        return random_workday(args.seed, WORKDAY_MINUTES if args.minutes is None else max(args.minutes, SHORTEST_MINUTES))
    scenario = load(args.scenario)
    if args.random:
        scenario = replace(scenario, wearer=random_wearer(np.random.default_rng(args.seed))[0])
    return scenario


def _check_in_time(fault: Fault, duration_s: float) -> None:
    if fault.at_s >= duration_s:
        raise BadInput(
            f"the recording ends at {duration_s:g} s, before it begins at {fault.at_s:g} s", where=f"--fault {fault.kind}"
        )


def _calibration(simulation: Simulation) -> tuple[Calibration | None, str]:
    """Result of the simulated wearer's calibration, or why there is none."""
    try:
        calibration = calibrated(simulation)
    except CalibrationRefused as refused:
        return None, f"without a calibration: {refused.what}"
    meant = any(phase.calibrates for phase in simulation.scenario.phases)
    return calibration, "" if calibration or not meant else "without a calibration: it ends before that is over"


def _list() -> None:
    scenarios = [load(name) for name in bundled()]
    width = max(len(scenario.name) for scenario in scenarios)
    for scenario in scenarios:
        print(f"{scenario.name:{width}}  {scenario.duration_s / 60:4.0f} min  {scenario.about}")
