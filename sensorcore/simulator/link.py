"""Link model: samples become frames on the wire and reach the host late, in bursts, twice, damaged, out of turn or not at all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np

from firmware_protocol import tables, wire
from sensorcore.errors import BadInput
from sensorcore.model import FloatArray, Notification
from sensorcore.simulator.faults import Fault, FaultKind, of_kind
from sensorcore.simulator.scenario import LinkModel
from sensorcore.simulator.sensor import SensorModel
from sensorcore.simulator.simulation import Simulated, Simulation

BOOT_S = 2.5
"""How long a sensor takes from reset to its first sample."""
HOLD_S = (0.15, 0.5)
"""A held-up link delivers nothing for this long, then everything at once."""
PACE_S = 0.02
"""What a frame takes at least while the sensor catches up: a connection interval."""

Span: TypeAlias = tuple[float, float, float]
"""When the first and the last sample of a frame were taken, and the first after it."""


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
    """Frames with what goes wrong on the way. Chance is drawn once a frame, so pieces may have any size. Arrivals are in order of
    time; what arrives out of turn is what a host asked for again."""

    def __init__(
        self, link: LinkModel, faults: Iterable[Fault], model: SensorModel, rng: np.random.Generator, start_unix_ns: int
    ) -> None:
        low, high = link.jitter_ms
        if not (0.0 <= low <= high < math.inf and 0.0 <= link.holds_per_min < math.inf and 0.0 <= link.booted_s_ago < math.inf):
            raise BadInput("jitter_ms, holds_per_min and booted_s_ago must be 0 or more, jitter_ms rising", where="scenario: link")
        self.link = link
        self.model = model
        self._faults = tuple(faults)
        self._off = list(of_kind(self._faults, "reboot", "battery"))
        self._backfills = list(of_kind(self._faults, "backfill"))
        self._rng = rng
        self._start_unix_ns = start_unix_ns
        self._rate, self._size = wire_rate(model)
        self._axes = tables.AXES[model.scale]
        self._booted_s = -link.booted_s_ago
        self._session = int(rng.integers(1, 2**32))
        self._sequence = int(link.booted_s_ago * model.sample_rate_hz / self._size)
        self._left_s = 0.0
        """When the last frame reached the host, in the host's time."""
        self._held_until_s = 0.0
        self._catching_up = False
        self._held: list[bytes] = []
        """What the host will ask for again."""
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

    def _frame(self, t_s: FloatArray, counts: np.ndarray) -> Iterator[Notification]:
        chance = self._rng.random(8).tolist()
        last_s = float(t_s[-1])
        span = float(t_s[0]), last_s, last_s + 1.0 / self.model.sample_rate_hz
        if self._is_off(last_s):
            return
        sequence = self._sequence
        self._sequence = (sequence + 1) & wire.U32
        device_us = round((last_s - self._booted_s) * 1e6) & wire.U32
        payload = wire.pack_data(self._session, sequence, device_us, self.model.scale, self._rate, counts.tobytes())
        host_s = last_s / (1.0 + self.model.clock_ppm * 1e-6)
        arrives_s = self._arrival_s(host_s, span, chance[0], chance[1], chance[2])
        if arrives_s is None:
            return
        if self._backfills and last_s >= self._backfills[0].at_s:
            fault = self._backfills[0]
            self._held.append(payload)
            if last_s < fault.end_s:
                return
            if last_s >= fault.end_s + (fault.delay_s or 0.0):
                self._backfills.pop(0)
                again, self._held = self._held, []
                self._catching_up = True
                yield from (self._arrived(arrives_s, one) for one in again)
                return
        if chance[3] < self._share("lost", span):
            return
        if chance[4] < self._share("damaged", span):
            at = int(chance[5] * len(payload))
            payload = payload[:at] + bytes([payload[at] ^ (1 + int(chance[6] * 255))]) + payload[at + 1 :]
        notification = self._arrived(arrives_s, payload)
        yield notification
        if chance[7] < self._share("duplicate", span):
            yield notification

    def _is_off(self, last_s: float) -> bool:
        """Whether the sensor takes no samples; when it does so again, it has a new session and a new clock."""
        if not self._off or last_s < self._off[0].at_s:
            return False
        end_s = self._off[0].end_s
        if last_s < end_s:
            return True
        self._booted_s = max(end_s - BOOT_S, self._off.pop(0).at_s)
        self._session, self._sequence = (self._session * 69069 + 1) & wire.U32, 0
        return False

    def _arrival_s(self, host_s: float, span: Span, late: float, held: float, hold: float) -> float | None:
        """When a frame reaches the host; None if the sensor could not keep it for so long."""
        if held < self.link.holds_per_min / 60.0 * self._size / self.model.sample_rate_hz:
            self._held_until_s = host_s + HOLD_S[0] + hold * (HOLD_S[1] - HOLD_S[0])
        low, high = self.link.jitter_ms
        arrives_s = max(host_s + (low + late * (high - low)) / 1000.0, self._held_until_s)
        for fault in self._during("batch", span):
            every_s = fault.every_s or 1.0
            arrives_s = math.ceil(arrives_s / every_s) * every_s
        for fault in self._during("stall", span):
            if host_s < fault.end_s - (fault.ring_s or 0.0):
                return None
            arrives_s = max(arrives_s, fault.end_s)
            self._catching_up = True
        return arrives_s

    def _arrived(self, arrives_s: float, payload: bytes) -> Notification:
        self._catching_up = self._catching_up and arrives_s < self._left_s + PACE_S
        self._left_s = max(arrives_s, self._left_s + (PACE_S if self._catching_up else 0.0))
        return Notification(self._start_unix_ns + round(self._left_s * 1e9), payload)

    def _during(self, kind: FaultKind, span: Span) -> Iterator[Fault]:
        return (fault for fault in self._faults if fault.kind == kind and _hits(fault, span))

    def _share(self, kind: FaultKind, span: Span) -> float:
        return max((fault.share or 0.0 for fault in self._during(kind, span)), default=0.0)


def _hits(fault: Fault, span: Span) -> bool:
    """A frame counts for the moment of its last sample; a fault shorter than a frame hits the one that it falls into."""
    first_s, last_s, next_s = span
    return fault.at_s < next_s and (last_s < fault.end_s or first_s <= fault.at_s)


def notifications(simulation: Simulation) -> Iterator[tuple[Simulated, list[Notification]]]:
    """Each piece of the stream and what reached the host of it."""
    link = Link(
        simulation.scenario.link,
        simulation.faults,
        simulation.model,
        np.random.default_rng(simulation.link_seed),
        simulation.info.start_unix_ns or 0,
    )
    for piece in simulation.pieces():
        yield piece, list(link.send(piece))
