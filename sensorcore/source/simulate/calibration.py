"""What a wearer's calibration at the start of a simulated stream finds, from the samples alone, errors of the sensor included.

Up of a state is the mean acceleration while still; forward is the way gravity moved during the bows. The script tells where those
stretches are, so this needs none of the searching and doubting that calibrating a real stream takes.
"""

from __future__ import annotations

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import Calibration, FloatArray, SampleBlock, Vector3, join, vector3
from sensorcore.source.simulate.simulation import Simulation
from sensorcore.source.simulate.trunk import SIT_DOWN_S

SETTLE_S = 1.0
"""Left out at the start of a still stretch."""
SMOOTH_S = 0.25


def measured(simulation: Simulation) -> Calibration:
    """From the phases marked `calibrates`. Raises BadInput when the scenario lacks one of a state's upright or the bows."""
    upright: dict[str, Vector3] = {}
    bows: FloatArray | None = None
    for span in simulation.trunk.phases:
        what = span.phase.calibrates
        if what == "bows":
            bows = _smooth(_between(simulation, span.start_s, span.end_s).acc_mps2, simulation.model.sample_rate_hz)
        elif what is not None:
            settled_s = span.start_s + SETTLE_S + (SIT_DOWN_S if what == "sitting" else 0.0)
            upright[what] = vector3(_unit(_between(simulation, settled_s, span.end_s).acc_mps2.mean(axis=0)))
    if bows is None or "standing" not in upright:
        raise BadInput("no phases that calibrate standing and the bows", where=simulation.scenario.name)
    moves = _bow_directions(bows, np.array(upright["standing"]))
    forward = _unit(np.sum(moves, axis=0))
    spread = [float(np.rad2deg(np.arccos(np.clip(_unit(move) @ forward, -1.0, 1.0)))) for move in moves]
    return Calibration(upright, vector3(forward), quality_deg=round(float(np.sqrt(np.mean(np.square(spread)))), 2))


def _bow_directions(acc_mps2: FloatArray, up: FloatArray) -> list[FloatArray]:
    """Which way each bow went: world-up moves backward in the body's axes, weighted by how far."""
    seen = acc_mps2 / np.linalg.norm(acc_mps2, axis=1)[:, None]
    across = seen - (seen @ up)[:, None] * up
    far = np.linalg.norm(across, axis=1)
    edges = np.flatnonzero(np.diff((far > far.max() / 2).astype(np.int8), prepend=0, append=0))
    return [-across[start:end].sum(axis=0) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _between(simulation: Simulation, start_s: float, end_s: float) -> SampleBlock:
    blocks = []
    for piece in simulation.items():
        inside = (piece.t_s >= start_s) & (piece.t_s < end_s)
        if inside.any():
            blocks.append(piece[slice(int(inside.argmax()), len(piece) - int(inside[::-1].argmax()))])
        elif blocks or piece.t_s[0] >= end_s:
            break
    return join(blocks)


def _smooth(values: FloatArray, rate_hz: float) -> FloatArray:
    window = np.ones(max(1, round(SMOOTH_S * rate_hz)))
    return np.stack([np.convolve(column, window / len(window), mode="valid") for column in values.T], axis=1)


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / np.linalg.norm(vector)
    return unit
