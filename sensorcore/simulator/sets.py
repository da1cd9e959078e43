"""Set of an exercise: repetition after repetition, with mistakes and fatigue."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.simulator.body import Leg, route
from sensorcore.simulator.exercises import DRILLS, Counts, Drill, ExerciseSet, Side, TrueRepetition
from sensorcore.simulator.tape import MOVING, Tape

HALF = (0.3, 0.45)
"""How far a half repetition goes."""
HALF_RISE = {"rise flexion": 35.0, "hips up": 0.04}
"""Half of a repetition that goes through another pose: off towards it, and back."""
SIZE_SD, PACE_SD = 0.06, 0.08

Change = Callable[[Leg, float], float]


def perform(
    tape: Tape, exercise: ExerciseSet, start_s: float, end_s: float, rng: np.random.Generator, change: Change, phase: str
) -> None:
    """Write the set onto the tape from `start_s` on; `change` makes a change of pose. Raises BadInput when it does not end by
    `end_s`."""
    drill, tempo, now = DRILLS[exercise.name], exercise.tempo(), start_s
    right_pose = tape.pose in drill.poses
    rest = tape.context if drill.judged else MOVING
    tape.mark(start_s, rest)
    if exercise.wobble_deg:
        ramp = min(1.0, (end_s - start_s) / 2)
        tape.excursion({"wobble": exercise.wobble_deg}, start_s, ramp, end_s - start_s - 2 * ramp, ramp)
    for number in range(1, exercise.count + 1):
        tired = 1.0 - exercise.fatigue * (number - 1) / max(exercise.count - 1, 1)
        pace = tired**-0.5 * float(np.exp(rng.normal(0.0, PACE_SD)))
        half = number in exercise.half
        size = exercise.amplitude * tired * float(np.exp(rng.normal(0.0, SIZE_SD))) * (rng.uniform(*HALF) if half else 1.0)
        side = _side(drill, exercise, number)
        out, hold, back = tempo.out_s * pace, tempo.hold_s * (0.3 if half else 1.0), tempo.back_s * pace
        began = now
        if drill.through is None:
            now = tape.excursion(_moves(drill, size, side), now, out, hold, back)
        elif half:
            now = tape.excursion(HALF_RISE, now, out, 0.0, back)
        else:
            home = tape.pose
            for leg in route(home, drill.through):
                now = change(leg, now)
            now += hold
            for leg in route(drill.through, home):
                now = change(leg, now)
            tape.mark(now, rest)
        if now > end_s:
            hint = f"Make the phase longer or the set shorter: {number - 1} of {exercise.count} repetitions fit"
            raise BadInput(f"the set of the phase {phase!r} does not fit into it", where="scenario", hint=hint)
        counts: Counts = "wrong pose" if not right_pose else "half" if half else "full"
        tape.repetitions.append(TrueRepetition(exercise.name, began, now, side, 0.0, counts))
        now += tempo.rest_s
    tape.mark(min(now, end_s), tape.context)


def _side(drill: Drill, exercise: ExerciseSet, number: int) -> Side | None:
    if not drill.sided:
        return None
    if exercise.side != "both":
        return exercise.side
    return "right" if number % 2 else "left"


def _moves(drill: Drill, size: float, side: Side | None) -> dict[str, float]:
    turned = -1.0 if side == "left" else 1.0
    moves = {signal: size * most for signal, most in drill.moves.items()}
    return moves | {signal: size * turned * most for signal, most in drill.sided.items()}
