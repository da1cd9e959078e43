"""Summary of a routine in one line, compared with the last time."""

from __future__ import annotations

from collections.abc import Sequence

from sensorcore.history.values import RoutineDone
from sensorcore.routine.guide import GuideState, done_share
from sensorcore.routine.programme import Programme
from sensorcore.routine.shown import clock


def done(programme: Programme, state: GuideState, start_unix_s: float, utc_offset_s: int) -> RoutineDone:
    """The run as a row of the history. Its duration leaves out pauses."""
    return RoutineDone(start_unix_s, utc_offset_s, programme.name, state.active_s, done_share(programme, state))


def last_of(routines: Sequence[RoutineDone], name: str) -> RoutineDone | None:
    """The newest run of that routine."""
    return max((each for each in routines if each.routine == name), key=lambda each: each.start_unix_s, default=None)


def summary_line(programme: Programme, state: GuideState, last: RoutineDone | None, *, sensor: bool) -> str:
    """The line that stays on the terminal. Counts appear only where a sensor was worn."""
    parts = [f"{programme.title}: {clock(state.active_s)}, {100 * done_share(programme, state):.0f} % done"]
    if sensor:
        parts += [part for part in (_counted(programme, state),) if part]
    else:
        parts.append("by the timer, nothing was counted")
    if last is not None:
        parts.append(f"last time {clock(last.duration_s)}, {100 * last.done_share:.0f} %")
    return "; ".join(parts) + "."


def _counted(programme: Programme, state: GuideState) -> str:
    parts = []
    for step, tally in zip(programme.steps, state.tallies, strict=True):
        if step.repetitions:
            sides = f" ({tally.left} left, {tally.right} right)" if step.has_sides and tally.left + tally.right else ""
            parts.append(f"{step.title.lower()} {tally.count} of {step.repetitions}{sides}")
        else:
            parts.append(f"{step.title.lower()} {min(tally.gone_s, step.lasts_s):.0f} s")
    return ", ".join(parts)
