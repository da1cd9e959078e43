"""The link: samples become frames on the wire and reach the host late, in bursts, twice or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from firmware_protocol import tables, wire
from sensorcore.errors import BadInput
from sensorcore.model import Notification
from sensorcore.source.simulate.scenario import LinkFaults
from sensorcore.source.simulate.sensor import SensorModel
from sensorcore.source.simulate.simulation import Simulated, Simulation

BOOT_S = 2.5
"""How long a sensor takes from reset to its first sample."""
HOLD_S = (0.15, 0.5)
"""A held-up link delivers nothing for this long, then everything at once."""


def wire_rate(model: SensorModel) -> tuple[int, int]:
    """The rate's id on the wire and the samples in a frame. Raises BadInput for a rate that the wire does not know."""
    for rate, (hz, samples) in tables.RATES.items():
        if hz == model.sample_rate_hz:
            return rate, samples
    known = ", ".join(f"{hz}" for hz, _ in tables.RATES.values())
    raise BadInput(
        f"the sensor cannot send {model.sample_rate_hz:g} samples a second", where="simulator", hint=f"Choose one of {known}"
    )


class Link:
    """Frames in order, with what goes wrong on the way. Chance is drawn once a frame, so pieces may have any size."""

    def __init__(self, faults: LinkFaults, model: SensorModel, rng: np.random.Generator, start_unix_ns: int) -> None:
        self.faults = faults
        self.model = model
        self._rng = rng
        self._start_unix_ns = start_unix_ns
        self._rate, self._size = wire_rate(model)
        self._axes = tables.AXES[model.scale]
        self._booted_s = -faults.booted_s_ago
        self._session = int(rng.integers(1, 2**32))
        self._sequence = int(faults.booted_s_ago * model.sample_rate_hz / self._size)
        self._reboots = sorted(faults.reboot_at_s)
        self._left_s = 0.0
        """When the last frame reached the host, in the host's time."""
        self._held_until_s = 0.0
        self._counts = np.empty((0, self._axes), dtype="<i2")
        self._t_s = np.empty(0)

    def send(self, piece: Simulated) -> Iterator[Notification]:
        """What reaches the host of `piece`, in the order of arrival. A frame that is not full yet waits for the next piece."""
        counts = np.concatenate([self._counts, piece.counts[:, : self._axes].astype("<i2")])
        t_s = np.concatenate([self._t_s, piece.block.t_s])
        full = len(t_s) // self._size * self._size
        self._counts, self._t_s = counts[full:], t_s[full:]
        for start in range(0, full, self._size):
            yield from self._frame(t_s[start : start + self._size], counts[start : start + self._size])

    def _frame(self, t_s: np.ndarray, counts: np.ndarray) -> Iterator[Notification]:
        first_s, last_s = float(t_s[0]), float(t_s[-1])
        late, lost, doubled, held, hold = self._rng.random(5)
        if self._reboots and last_s >= self._reboots[0]:
            if last_s < self._reboots[0] + BOOT_S:
                return
            self._booted_s = self._reboots.pop(0)
            self._session, self._sequence = (self._session * 69069 + 1) & wire.U32, 0
        sequence = self._sequence
        self._sequence = (sequence + 1) & wire.U32
        faults = self.faults
        if any(start <= last_s < start + length for start, length in faults.stalls_s) or lost < faults.lost_share:
            return
        next_s = last_s + 1.0 / self.model.sample_rate_hz
        if any(first_s <= at < next_s for at in faults.lost_at_s):
            return
        device_us = round((last_s - self._booted_s) * 1e6) & wire.U32
        payload = wire.pack_data(self._session, sequence, device_us, self.model.scale, self._rate, counts.tobytes())
        host_s = last_s / (1.0 + self.model.clock_ppm * 1e-6)
        if held < faults.holds_per_min / 60.0 * self._size / self.model.sample_rate_hz:
            self._held_until_s = host_s + HOLD_S[0] + hold * (HOLD_S[1] - HOLD_S[0])
        low, high = faults.jitter_ms
        arrives_s = host_s + (low + late * (high - low)) / 1000.0
        self._left_s = max(arrives_s, self._held_until_s, self._left_s)
        notification = Notification(self._start_unix_ns + round(self._left_s * 1e9), payload)
        yield notification
        if doubled < faults.duplicated_share or any(first_s <= at < next_s for at in faults.duplicated_at_s):
            yield notification


def notifications(simulation: Simulation) -> Iterator[tuple[Simulated, list[Notification]]]:
    """Each piece of the stream and what reached the host of it."""
    start_unix_ns = simulation.info.start_unix_ns or 0
    link = Link(simulation.scenario.link, simulation.model, np.random.default_rng(simulation.link_seed), start_unix_ns)
    for piece in simulation.pieces():
        yield piece, list(link.send(piece))
