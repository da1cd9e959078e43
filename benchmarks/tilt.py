"""Tilt against an optical reference and against peers: `python -m benchmarks.tilt PATH_TO_BROAD`, prints Markdown tables.

The protocol is in `sensorcore/validation/broad.py`, the peers in `benchmarks/peers.py`; every figure of a run uses the same trials.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import peers
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, SampleBlock
from sensorcore.motion import tilt
from sensorcore.validation import broad
from sensorcore.validation.broad import FRAME_S, RATES_HZ, Trial, ahead, ours, run

BIAS_DPS = 4.0
LOST_SHARE = 0.05


def _peer(peer: peers.Peer) -> Callable[[Trial], float]:
    return lambda trial: broad.rmse_deg(trial, peer(trial.gyr_radps, trial.block.acc_mps2, trial.rate_hz))


def _ours(*, gyroscope: bool = True, bias_dps: float = 0.0, **params: float) -> Callable[[Trial], float]:
    def error_deg(trial: Trial) -> float:
        worse = replace(trial, block=replace(trial.block, gyr_radps=trial.gyr_radps + np.radians(bias_dps)))
        return broad.rmse_deg(trial, ours(worse, gyroscope=gyroscope, **params))

    return error_deg


def _arrived(trial: Trial) -> BoolArray:
    """Which samples are left when whole frames are lost at random (the same ones for every method)."""
    frame = round(FRAME_S * trial.rate_hz)
    lost = np.random.default_rng(1).random(len(trial.block) // frame + 1) < LOST_SHARE
    return ~np.repeat(lost, frame)[: len(trial.block)]


def _lossy(trial: Trial, *, bridged: bool) -> float:
    kept = _arrived(trial)
    t_s = trial.block.t_s[kept] if bridged else trial.block.t_s[: kept.sum()]
    block = SampleBlock.checked(t_s, trial.block.acc_mps2[kept], trial.gyr_radps[kept])
    up = np.full_like(trial.up, np.nan)  # samples that never arrived are not scored
    up[kept] = run(tilt.TiltParams(trial.device), block)
    return broad.rmse_deg(trial, up)


def _small_range(trial: Trial) -> float:
    acc, gyr = 4 * STANDARD_GRAVITY_MPS2, np.radians(500.0)
    block = replace(trial.block, acc_mps2=np.clip(trial.block.acc_mps2, -acc, acc), gyr_radps=np.clip(trial.gyr_radps, -gyr, gyr))
    return broad.rmse_deg(trial, ours(replace(trial, block=block)))


AGAINST_PEERS: dict[str, Callable[[Trial], float]] = {
    "**spinae, live**": _ours(),
    **{name: _peer(peer) for name, peer in peers.PEERS.items()},
    "**spinae, looking ahead** (`--smooth`)": lambda trial: broad.rmse_deg(trial, ahead(trial)),
    "vqf offline, as shipped (looks ahead)": _peer(peers.vqf_offline),
    "**spinae, accelerometer only**": _ours(gyroscope=False),
}

IN_TROUBLE: dict[str, Callable[[Trial], float]] = {
    "nothing wrong": _ours(),
    f"{LOST_SHARE:.0%} of the packets ({FRAME_S * 1000:.0f} ms each) lost at random, bridged (what spinae does)": lambda t: _lossy(
        t, bridged=True
    ),
    "the same, samples put together as if none were missing": lambda t: _lossy(t, bridged=False),
    f"gyroscope bias of {BIAS_DPS:g} °/s on each axis, bias limit 10 °/s (what spinae does)": _ours(bias_dps=BIAS_DPS),
    "the same, bias limit 2 °/s (VQF's default)": _ours(bias_dps=BIAS_DPS, bias_clip_dps=2.0),
    "ranges of ±4 g and ±500 °/s instead of ±16 g and ±2000 °/s": _small_range,
    **{f"time constant {tau:g} s{' (default)' if tau == 3 else ''}": _ours(tau_acc_s=float(tau)) for tau in (2, 3, 4, 5)},
}


def table(title: str, rows: dict[str, Callable[[Trial], float]], trials: dict[float, list[Trial]]) -> str:
    """A Markdown table: mean over the trials of each row's error, a column for each rate."""
    lines = [f"| {title} | {' | '.join(f'{rate:g} Hz' for rate in trials)} |", "|---|" + "---|" * len(trials)]
    for name, error_deg in rows.items():
        means = [np.mean([error_deg(trial) for trial in at_rate]) for at_rate in trials.values()]
        lines.append(f"| {name} | {' | '.join(f'{mean:.2f}' for mean in means)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("broad", type=Path, help="folder of BROAD")
    found = broad.trials(parser.parse_args().broad)
    trials = {rate: [broad.load(each, rate) for each in found] for rate in RATES_HZ}
    minutes = sum(trial.moving.sum() for trial in trials[RATES_HZ[0]]) / RATES_HZ[0] / 60
    print(f"{len(found)} trials, {minutes:.0f} minutes of movement: {', '.join(each.name for each in found)}\n")
    print(table("mean error, degrees", AGAINST_PEERS, trials), end="\n\n")
    print(table("spinae, mean error, degrees", IN_TROUBLE, trials))


if __name__ == "__main__":
    main()
