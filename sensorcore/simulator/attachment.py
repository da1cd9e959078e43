"""Attachment of the sensor: slips, drift, wobble on soft tissue, knocks, and being taken off, laid on a table and put back on.

Angular rate and specific force follow from the same movement: the sensor turns about its own place, at a rate
that is the exact derivative of the turn.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, FloatArray
from sensorcore.simulator.faults import GRIP_S, HAND_S, Fault, of_kind
from sensorcore.simulator.jet import Jet, Move, Moves
from sensorcore.simulator.kinematics import Felt
from sensorcore.simulator.sensor import SensorModel, random_mount
from sensorcore.simulator.turn import axis_and_angle

ASIDE_M = np.array([0.35, -0.25, 0.10])
"""Where a hand lays the sensor, from where it was worn (world axes)."""
GRAVITY_MPS2 = np.array([0.0, 0.0, STANDARD_GRAVITY_MPS2])
BLOW = np.array([0.8, -0.5, 0.33])
"""The direction of a knock, in sensor axes."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What a perfect sensor held this way feels, in its own axes (n, 3); its orientation `to_world` (n, 3, 3); `worn` (n,)."""

    acc_mps2: FloatArray
    gyr_radps: FloatArray
    to_world: FloatArray
    worn: BoolArray


class Attachment:
    """A sensor on a trunk, in order, chunk after chunk. `felt_at` gives what its place feels at given times."""

    def __init__(
        self,
        model: SensorModel,
        faults: Iterable[Fault],
        mount: FloatArray,
        rng: np.random.Generator,
        felt_at: Callable[[FloatArray], Felt],
    ) -> None:
        faults = tuple(faults)
        self._mount = mount
        self._turns = [turn for fault in of_kind(faults, "slip", "off", "drift") for turn in [_Turn.of(fault)]]
        if model.mount_drift_deg_per_h:
            self._turns.append(_Turn.of(Fault("drift", axis="y", deg_per_h=model.mount_drift_deg_per_h)))
        self._wobbles = (_Wobble(model), _Wobble(model)) if model.wobble_deg_per_mps2 else None
        grips = [
            Move(*when) for off in of_kind(faults, "off") for when in ((off.at_s - GRIP_S, GRIP_S, -1.0), (off.end_s, GRIP_S, 1.0))
        ]
        self._loose = Moves(1.0, grips)
        self._knocks = tuple(of_kind(faults, "knock"))
        self._absences = [_Absence(fault, random_mount(rng), self._pose(felt_at, fault)) for fault in of_kind(faults, "off")]

    def at(self, true_s: FloatArray, seen: Felt) -> Attached:
        """The sensor at true times `true_s` (n,), which follow the last call's; `seen` is what its place feels then."""
        mount, rate = self._held(true_s)
        if self._wobbles is not None:
            free = seen.acc_mps2 - STANDARD_GRAVITY_MPS2 * seen.up
            nod, roll = (wobble.step(free[:, axis]) for wobble, axis in zip(self._wobbles, (2, 1), strict=True))
            loose = self._loose.at(true_s)
            for axis, angle in ((0, roll), (1, nod)):
                mount, rate = _turned(axis, angle * loose, mount, rate)
        if mount.ndim == 2:
            acc, gyr = seen.acc_mps2 @ mount, seen.gyr_radps @ mount
        else:
            acc = np.einsum("nj,njk->nk", seen.acc_mps2, mount)
            gyr = np.einsum("nj,njk->nk", seen.gyr_radps + rate, mount)
        attached = Attached(acc, gyr, seen.to_world @ mount, np.ones(len(true_s), dtype=np.bool_))
        for absence in self._absences:
            absence.override(true_s, attached)
        for knock in self._knocks:
            _blow(knock, true_s, attached.acc_mps2)
        return attached

    def _held(self, true_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(3, 3) or (n, 3, 3) from sensor to trunk axes without the wobble; the rate (n, 3) at which it turns, in trunk axes."""
        mount, rate = self._mount, np.zeros((len(true_s), 3))
        for turn in self._turns:
            mount, rate = _turned(turn.axis, turn.at(true_s), mount, rate)
        return mount, rate

    def _pose(self, felt_at: Callable[[FloatArray], Felt], fault: Fault) -> tuple[FloatArray, FloatArray]:
        """The sensor's orientation when it is taken off and when it is back on."""
        before_s, after_s = np.array([fault.at_s]), np.array([fault.end_s])
        before, after = (felt_at(t_s).to_world[0] @ self._held(t_s)[0].reshape(-1, 3, 3)[0] for t_s in (before_s, after_s))
        return before, after


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn about a trunk axis: `angle` (radians), plus `rate` (rad/s) from `start_s` to `end_s`."""

    axis: int
    angle: Moves
    rate: float = 0.0
    start_s: float = 0.0
    end_s: float = 0.0

    @classmethod
    def of(cls, fault: Fault) -> _Turn:
        axis = "xyz".index(fault.axis or "y")
        if fault.kind == "drift":
            return cls(axis, Moves(0.0, ()), math.radians(fault.deg_per_h or 0.0) / 3600.0, fault.at_s, fault.end_s)
        start_s, duration_s = fault.at_s, fault.duration_s or 0.0
        if fault.kind == "off":  # it is put back on differently; nobody feels that while it lies on the table
            start_s, duration_s = start_s + duration_s / 2.0, 0.1
        return cls(axis, Moves(0.0, [Move(start_s, duration_s, math.radians(fault.deg or 0.0))]))

    def at(self, true_s: FloatArray) -> Jet:
        jet = self.angle.at(true_s)
        if not self.rate:
            return jet
        turned = self.rate * (np.clip(true_s, self.start_s, self.end_s) - self.start_s)
        turning = (true_s >= self.start_s) & (true_s < self.end_s)
        return jet + Jet(turned, np.where(turning, self.rate, 0.0), np.zeros(len(true_s)))


class _Wobble:
    """A damped resonance excited by an acceleration, solved exactly for one that changes linearly between samples."""

    def __init__(self, model: SensorModel) -> None:
        omega = 2.0 * math.pi * model.wobble_hz
        period_s = 1.0 / (model.sample_rate_hz * (1.0 + model.rate_error))
        self._gain = math.radians(model.wobble_deg_per_mps2) * omega**2
        self._damped = omega * math.sqrt(1.0 - model.wobble_damping**2)
        self._pole = complex(-model.wobble_damping * omega, self._damped)
        self._decay = cmath.exp(self._pole * period_s)
        self._new = (self._decay - 1.0 - self._pole * period_s) / (self._pole**2 * period_s)
        self._old = (self._decay - 1.0) / self._pole - self._new
        self._mode = 0j
        self._before: float | None = None

    def step(self, acc_mps2: FloatArray) -> Jet:
        """The angle (radians) at the next n samples; its second derivative is not asked for and is zero here."""
        if self._before is None:
            self._before = float(acc_mps2[0])
        push = self._new * acc_mps2 + self._old * np.concatenate([[self._before], acc_mps2[:-1]])
        self._before = float(acc_mps2[-1])
        decay = self._decay
        modes = list(accumulate(push.tolist(), lambda mode, pushed: decay * mode + pushed, initial=self._mode))
        self._mode = modes[-1]
        mode = self._gain / self._damped * np.array(modes[1:])
        return Jet(np.imag(mode), np.imag(self._pole * mode).astype(np.float64), np.zeros(len(mode)))


class _Absence:
    """Taken off, turned and laid on a table, and put back on; smooth in orientation and place."""

    def __init__(self, fault: Fault, table: FloatArray, worn: tuple[FloatArray, FloatArray]) -> None:
        self._start_s, self._end_s = fault.at_s, fault.end_s
        self._from = worn[0], table
        self._turn = rotation_vector(worn[0].T @ table), rotation_vector(table.T @ worn[1])
        self._back_s = fault.end_s - HAND_S
        self._moved = tuple(Moves(0.0, [Move(start_s, HAND_S, 1.0)]) for start_s in (fault.at_s, self._back_s))

    def override(self, true_s: FloatArray, attached: Attached) -> None:
        """Put what the sensor feels while it is off in place of what it would have felt."""
        begin, middle, end = np.searchsorted(true_s, [self._start_s, self._back_s, self._end_s]).tolist()
        for number, part in enumerate((slice(begin, middle), slice(middle, end))):
            if part.start == part.stop:
                continue
            share, turn = self._moved[number].at(true_s[part]), self._turn[number]
            to_world = self._from[number] @ exponential(share.x[:, None] * turn)
            away = (share if number == 0 else share.scaled(-1.0)).a[:, None] * ASIDE_M
            attached.to_world[part] = to_world
            attached.gyr_radps[part] = share.v[:, None] * turn
            attached.acc_mps2[part] = np.einsum("nji,nj->ni", to_world, away + GRAVITY_MPS2)
            attached.worn[part] = False


def _turned(axis: int, angle: Jet, mount: FloatArray, rate: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`mount` and its `rate` after a further turn by `angle` about a trunk axis. A turn that rests is one matrix for all."""
    resting = not angle.v.any() and bool((angle.x == angle.x[0]).all())
    turn = _about(axis, angle.x[:1])[0] if resting else _about(axis, angle.x)
    mount = turn @ mount
    rate = rate @ turn.T if resting else np.einsum("nij,nj->ni", turn, rate)
    rate[:, axis] += angle.v
    return mount, rate


def _about(axis: int, angle: FloatArray) -> FloatArray:
    matrix = np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[:, axis, axis] = 1.0
    matrix[:, i, i] = matrix[:, j, j] = np.cos(angle)
    matrix[:, j, i] = np.sin(angle)
    matrix[:, i, j] = -matrix[:, j, i]
    return matrix


def exponential(turn: FloatArray) -> FloatArray:
    """Rotation matrices (n, 3, 3) of rotation vectors (n, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(turn, axis=1)[:, None, None]
    cross = np.zeros((len(turn), 3, 3))
    cross[:, 0, 1], cross[:, 0, 2], cross[:, 1, 2] = -turn[:, 2], turn[:, 1], -turn[:, 0]
    cross -= cross.transpose(0, 2, 1)
    matrix: FloatArray = np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * np.sinc(angle / (2.0 * np.pi)) ** 2 * (cross @ cross)
    return matrix


def rotation_vector(matrix: FloatArray) -> FloatArray:
    """The rotation vector (3,) of a rotation matrix (3, 3), of any angle up to π."""
    axis, angle = axis_and_angle(matrix)
    return axis * angle


def _blow(knock: Fault, true_s: FloatArray, acc_mps2: FloatArray) -> None:
    """Add a blow: the second derivative of sin⁴, so that the sensor ends where it began."""
    duration_s = knock.duration_s or 0.0
    begin, end = np.searchsorted(true_s, [knock.at_s, knock.end_s])
    s = np.sin(np.pi * (true_s[begin:end] - knock.at_s) / duration_s)
    shape = s * s * (4.0 * s * s - 3.0)
    acc_mps2[begin:end] += (STANDARD_GRAVITY_MPS2 * (knock.g or 0.0) * shape)[:, None] * BLOW
