"""Simulated days through the product and through the same definitions applied to the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sensorcore.devices import driver_named
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.events import AlertRaised, Event
from sensorcore.model import BoolArray, Calibration, FloatArray, SampleBlock
from sensorcore.motion import ticks, tilt
from sensorcore.motion.tilt import Tilt, TiltParams, TiltState
from sensorcore.pipeline.single import Pipeline
from sensorcore.posture import judge, scoring
from sensorcore.posture.policy import LocalClock
from sensorcore.settings import Settings
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.link import notifications
from sensorcore.simulator.sensor import PERFECT, Sensor
from sensorcore.simulator.simulation import PIECE_SAMPLES, Simulation


@dataclass(frozen=True, slots=True)
class Day:
    """What the product said, what it would have said of the true angles, and both tilts at the delivered samples."""

    said: tuple[Event, ...]
    true: tuple[Event, ...]
    t_s: FloatArray
    up: FloatArray
    true_up: FloatArray
    uncertainty_deg: FloatArray
    true_state: NDArray[np.int8]
    true_pose: NDArray[np.int8]
    changing: BoolArray
    """In the middle of a change of pose."""

    def alerts_s(self) -> tuple[FloatArray, FloatArray]:
        """Times of the alerts said, and of those that belong."""
        said, true = ([e.t_s for e in events if isinstance(e, AlertRaised)] for events in (self.said, self.true))
        return np.asarray(said), np.asarray(true)

    def error_deg(self) -> FloatArray:
        """Angle between the estimated and the true up (n,)."""
        cross = np.linalg.norm(np.cross(self.up, self.true_up), axis=1)
        return np.asarray(np.degrees(np.arctan2(cross, (self.up * self.true_up).sum(axis=1))))


def live(simulation: Simulation, calibration: Calibration | None, settings: Settings) -> Day:
    """Through link, driver and pipeline; and the true up through the same ticks, context rules, detector and policy."""
    driver = driver_named(SpinaeSensor.name, simulation.info.device)
    decoding = driver.initial()
    blocks: list[SampleBlock] = []
    times, ups, states, poses, sent = [], [], [], [], []
    for piece, arrived in notifications(simulation):
        decoding, decoded = driver.decode(decoding, arrived)
        blocks.append(decoded.block)
        times.append(piece.truth.t_s)
        ups.append(piece.truth.up)
        states.append(piece.truth.state)
        poses.append(piece.truth.pose)
        sent.append(piece.counts)
    block = SampleBlock.joined(blocks)
    t_s = np.concatenate(times)
    # the stream begins with the first frame that arrived
    begins_s = t_s[_first_of(np.concatenate(sent), block, simulation)]
    at = np.minimum(np.searchsorted(t_s, block.t_s + begins_s - 0.5 / simulation.model.sample_rate_hz), len(t_s) - 1)
    true_up = np.concatenate(ups)[at]

    info = replace(simulation.info, calibration=calibration)
    pipeline = Pipeline(info, settings, series=True)
    state, output = pipeline.step(pipeline.initial(), block)
    _, rest = pipeline.finish(state)
    said = (*output.events, *rest.events)
    up = np.concatenate([each.series.up for each in (output, rest) if each.series is not None])
    doubt = tilt.step(TiltParams.of(simulation.info.device, settings.motion), TiltState(), block)[1]
    true = _true_events(simulation, block, replace(doubt, up=true_up), settings)
    state_of, pose_of = np.concatenate(states)[at], np.concatenate(poses)[at]
    return Day(said, true, block.t_s, up, true_up, doubt.uncertainty_deg, state_of, pose_of, _changing(simulation, t_s[at]))


def _first_of(counts: NDArray[np.int16], block: SampleBlock, simulation: Simulation) -> int:
    """Which of the samples sent was the first to arrive."""
    first = Sensor(simulation.model, np.random.default_rng(0)).physical(counts[:PIECE_SAMPLES])[0]
    return int(np.flatnonzero((first == block.acc_mps2[0]).all(axis=1))[0])


def _changing(simulation: Simulation, t_s: FloatArray) -> BoolArray:
    """Which of the samples were taken while the wearer changed the pose (with a tenth of a second for the clock's error)."""
    within = np.zeros(len(t_s), dtype=np.bool_)
    for change in simulation.trunk.poses:
        begin, end = np.searchsorted(t_s, [change.start_s - 0.1, change.start_s + change.duration_s + 0.1])
        within[begin:end] = True
    return within


def _true_events(simulation: Simulation, block: SampleBlock, true_tilt: Tilt, settings: Settings) -> tuple[Event, ...]:
    """The definition applied to the true angles: from the uprights that the wearer showed while calibrating (a calibration with a
    perfect sensor), with no error of tilt. What is unknown (no data, doubt after a gap) is unknown here too."""
    state, complete = ticks.step(ticks.initial(), block, true_tilt)
    perfect = replace(PERFECT, sample_rate_hz=simulation.model.sample_rate_hz)
    shown = measured(Simulation(simulation.scenario, simulation.seed, sensor=perfect, mount=simulation.mount))
    judging = scoring.initial(replace(simulation.info, calibration=shown))
    clock = LocalClock.of(simulation.info.start_unix_ns, simulation.info.utc_offset_s)
    judging, _, events, _ = judge.step(settings, clock, judging, complete)
    _, _, last, _ = judge.step(settings, clock, judging, ticks.finish(state))
    return (*events, *last)


def matched(said_s: FloatArray, true_s: FloatArray, within_s: float) -> int:
    """How many alerts have a partner, each used once."""
    left = list(true_s)
    hits = 0
    for t_s in said_s:
        near = min(left, key=lambda other: abs(other - t_s), default=None)
        if near is not None and abs(near - t_s) <= within_s:
            left.remove(near)
            hits += 1
    return hits
