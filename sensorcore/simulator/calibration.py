"""Calibration at the start of a simulated stream: the product's own algorithm on the simulated samples.
The script only gives the time of each part."""

from __future__ import annotations

from dataclasses import replace

from sensorcore.errors import BadInput
from sensorcore.model import Calibration, SampleBlock, Vector3
from sensorcore.motion.calibration import calibrate, upright_of, with_upright
from sensorcore.simulator.script import SIT_DOWN_S, PhaseSpan
from sensorcore.simulator.simulation import Simulation


def calibrated(simulation: Simulation) -> Calibration | None:
    """What the wearer's calibration at the start gives; None if the scenario has none or ends before it is over. Raises
    CalibrationRefused."""
    return measured(simulation) if _spans(simulation).keys() >= {"standing", "bows"} else None


def measured(simulation: Simulation) -> Calibration:
    """From the phases marked `calibrates`: standing and the bows that follow it, then sitting if there is such a phase. Raises
    BadInput when the scenario lacks the first two, CalibrationRefused when the samples do not support them."""
    when = _spans(simulation)
    if not {"standing", "bows"} <= when.keys():
        raise BadInput("no phases that calibrate standing and the bows", where=simulation.scenario.name)
    standing = _between(simulation, when["standing"].start_s, when["bows"].end_s)
    calibration = calibrate(simulation.info.device, standing, "standing")
    if "sitting" in when:
        sitting = _between(simulation, when["sitting"].start_s + SIT_DOWN_S, when["sitting"].end_s)
        calibration = with_upright(calibration, "sitting", upright_of(sitting, "sitting still"))
    upright = {state: _rounded(up) for state, up in calibration.upright.items()}
    forward = None if calibration.forward is None else _rounded(calibration.forward)
    quality_deg = None if calibration.quality_deg is None else round(calibration.quality_deg, 6)
    return replace(calibration, upright=upright, forward=forward, quality_deg=quality_deg)


def _spans(simulation: Simulation) -> dict[str, PhaseSpan]:
    """The first complete phase of each kind that calibrates."""
    spans = [span for span in simulation.trunk.phases if span.end_s <= simulation.duration_s]
    return {span.phase.calibrates: span for span in reversed(spans) if span.phase.calibrates}


def _rounded(vector: Vector3) -> Vector3:
    """To a nanoradian, so that it is the same on every processor."""
    x, y, z = (round(value, 9) for value in vector)
    return x, y, z


def _between(simulation: Simulation, start_s: float, end_s: float) -> SampleBlock:
    blocks = []
    for block in simulation.items():
        first, end = block.t_s.searchsorted([start_s, end_s])
        if first < end:
            blocks.append(block[slice(int(first), int(end))])
        if end < len(block):
            break
    return SampleBlock.joined(blocks)
