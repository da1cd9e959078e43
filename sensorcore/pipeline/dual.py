"""The pipeline of two sensors: each has a line of its own, with its own clock, filter, uprights and context; their ticks are put on
the first one's grid, joined, and judged once.

A tick is decided when both have passed it, or, while one is missing (`Pairing`), when the other has. So the result, to the bit,
does not depend on how either stream is cut, nor on how the two are interleaved between two pairings or commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from sensorcore.commands import Calibrate, Command, OpenExercise, Resume, SetState, Snooze, Zero
from sensorcore.errors import BadInput
from sensorcore.events import (
    ActivationAsked,
    ActivationDone,
    ActivationWithheld,
    BaselineSet,
    BreathMeasured,
    Event,
    ExerciseOpened,
    GapFound,
    HoldBroken,
    HoldEnded,
    HoldStarted,
    LowerUpright,
    MoveReminder,
    RepCounted,
    SetEnded,
)
from sensorcore.model import DeviceReport, IntArray, Pairing, Placement, SampleBlock, Second, StreamInfo
from sensorcore.motion import ticks
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.pipeline.join import UPRIGHTS, JoinState, join
from sensorcore.pipeline.single import Pipeline, PipelineOutput, PipelineState, Series
from sensorcore.ports import StreamItem
from sensorcore.posture import judge, scoring
from sensorcore.posture.speaking import PolicyChange
from sensorcore.settings import Settings
from sensorcore.track.posture_track import BRIDGED_TICKS
from sensorcore.track.track_log import empty_track

UPPER: Final[tuple[Placement, ...]] = ("upper_back", "chest")
LOWER: Final[tuple[Placement, ...]] = ("lower_back", "waist")
_UPPER_TELLS: Final = (BreathMeasured, MoveReminder)
_LOWER_TELLS: Final = (
    ActivationAsked,
    ActivationDone,
    ActivationWithheld,
    ExerciseOpened,
    RepCounted,
    HoldStarted,
    HoldBroken,
    HoldEnded,
    SetEnded,
)
"""Exercises move the lower back; some of them hardly the upper (docs/accuracy.md)."""
_NOBODY: Final[tuple[type[Event], ...]] = ()


@dataclass(frozen=True, slots=True)
class PairState:
    """The two `lines`; their ticks that are `waiting` to be decided (on the first one's grid), and the end of the newest of each
    (`reach`); ticks before `decided` are; `pairing` in force, `held` what the missing one sent since. Of `judge` only detector and
    policy are used."""

    lines: tuple[PipelineState, PipelineState]
    judge: scoring.JudgeState
    waiting: tuple[Ticks, Ticks] = field(default_factory=lambda: (_none(), _none()))
    reach: tuple[int, int] = (0, 0)
    decided: int = 0
    pairing: Pairing = field(default_factory=Pairing)
    held: Ticks = field(default_factory=lambda: _none())  # noqa: PLW0108 - it is defined below
    join: JoinState = field(default_factory=JoinState)


class PairPipeline:
    """As `Pipeline`, for a stream that has a `second`."""

    def __init__(self, info: StreamInfo, settings: Settings, *, series: bool = False, decides: bool = True) -> None:
        """`series` is that of the first sensor. Raises BadInput when it is not clear which of the two is the upper one."""
        assert info.second is not None
        check_places(info, info.second)
        self.info = info
        lower = replace(info.second, carried=info.carried)
        self._lines = Pipeline(info, settings, series=series, decides=decides), Pipeline(lower, settings, decides=decides)
        self._decides = decides
        self.settings = self._lines[0].settings

    def initial(self) -> PairState:
        return PairState((self._lines[0].initial(), self._lines[1].initial()), scoring.initial(self.info))

    def step(self, state: PairState, item: StreamItem) -> tuple[PairState, PipelineOutput]:
        match item:
            case Command():
                return self._command(state, item)
            case Pairing():
                state, series = self._released(state, item)
                state, output = self._decide(state, _frontier(state.reach, item))
                return state, replace(output, series=_one_after_another([*series, output.series]))
            case Second(sent=sent):
                return self._sense(state, 1, sent)
            case _:
                return self._sense(state, 0, item)

    def finish(self, state: PairState) -> tuple[PairState, PipelineOutput]:
        """Both streams have ended: judge what is left of either."""
        state, late = self._released(state, state.pairing)
        state = replace(state, pairing=replace(state.pairing, missing=None))
        for which in (0, 1):
            rest = ticks.finish(state.lines[which].ticks)
            state, series = self._wait(_with(state, which, replace(state.lines[which], ticks=ticks.initial())), which, rest)
            late += series
        state, output = self._decide(state, max(state.reach))
        last: list[Event] = []
        for which in (0, 1):
            line, ended = self._lines[which].finish(state.lines[which])
            state = _with(state, which, line)
            last += [event for event in ended.events if isinstance(event, _reported_by(which, state.pairing))]
        return state, replace(output, events=(*output.events, *last), series=_one_after_another([*late, output.series]))

    def _sense(self, state: PairState, which: Literal[0, 1], item: SampleBlock | DeviceReport) -> tuple[PairState, PipelineOutput]:
        line = self._lines[which]
        if isinstance(item, DeviceReport):
            return _with(state, which, line.step(state.lines[which], item)[0]), PipelineOutput(empty_track(), ())
        sensed, complete = line.sense(state.lines[which], item)
        state, late = self._wait(_with(state, which, sensed), which, complete)
        state, output = self._decide(state, _frontier(state.reach, state.pairing))
        return state, replace(output, series=_one_after_another([*late, output.series]))

    def _released(self, state: PairState, pairing: Pairing) -> tuple[PairState, list[Series]]:
        """Under a new pairing, with what was held under the one before."""
        held, missing = state.held, state.pairing.missing
        state = replace(state, pairing=pairing, held=_none())
        return (state, []) if missing is None else self._queue(state, missing, held)

    def _wait(self, state: PairState, which: Literal[0, 1], complete: Ticks) -> tuple[PairState, list[Series]]:
        """Have `complete` wait for its decision."""
        complete = complete if which == 0 else complete.shifted(state.pairing.shift_ticks)
        if which != state.pairing.missing:
            return self._queue(state, which, complete)
        return replace(state, held=Ticks.joined([state.held, complete])), []

    def _queue(self, state: PairState, which: Literal[0, 1], complete: Ticks) -> tuple[PairState, list[Series]]:
        """What was decided without it is only for its own line."""
        complete = complete[int(np.searchsorted(complete.index, state.reach[which])) :]  # a new shift may count a tick twice
        if not len(complete):
            return state, []
        late = int(np.searchsorted(complete.index, state.decided))
        series: list[Series] = []
        if late:
            line, own = self._lines[which].judge(state.lines[which], complete[:late])
            state = _with(state, which, line)
            series = [own.series] if own.series is not None else []
        waiting = list(state.waiting)
        waiting[which] = Ticks.joined([waiting[which], complete[late:]])
        reach = list(state.reach)
        reach[which] = int(complete.index[-1]) + 1
        return replace(state, waiting=(waiting[0], waiting[1]), reach=(reach[0], reach[1])), series

    def _decide(self, state: PairState, end: int) -> tuple[PairState, PipelineOutput]:
        """Judge all ticks before `end`."""
        if end <= state.decided:
            return state, PipelineOutput(empty_track(), ())
        cuts = [int(np.searchsorted(each.index, end)) for each in state.waiting]
        now = [each[:cut] for each, cut in zip(state.waiting, cuts, strict=True)]
        index = np.union1d(now[0].index, now[1].index)
        first, above = self._lines[0].judge(state.lines[0], now[0])
        second, below = self._lines[1].judge(state.lines[1], now[1])
        assert above.decision_inputs is not None
        assert below.decision_inputs is not None
        joining, pieces = join(
            state.join, index, (above.decision_inputs.scored_ticks, below.decision_inputs.scored_ticks), (now[0].up, now[1].up)
        )
        judged, inputs = state.judge, replace(above.decision_inputs, before=state.judge, scored_ticks=tuple(pieces))
        decided = judge.Decided(empty_track(), ())
        if self._decides:
            judged, decided = judge.decide_all(inputs, judged)
        events: list[Event] = [*_gaps(index, state.decided), *decided.events]
        for which, own in enumerate((above.events, below.events)):
            events += [event for event in own if isinstance(event, _reported_by(which, state.pairing))]
        events += _uprights(below.events)
        state = replace(
            state,
            lines=(first, second),
            judge=replace(judged, now_s=float(index[-1] + 1) / TICK_HZ) if len(index) else judged,
            waiting=(state.waiting[0][cuts[0] :], state.waiting[1][cuts[1] :]),
            decided=end,
            join=joining,
        )
        events.sort(key=lambda event: event.t_s)
        return state, PipelineOutput(decided.track, tuple(events), above.series, inputs, decided.policy_changes)

    def _command(self, state: PairState, said: Command) -> tuple[PairState, PipelineOutput]:
        """Both lines obey, but one that is missing is not as the wearer sees themselves now."""
        answers: dict[int, tuple[Event, ...]] = {}
        for which in (0, 1):
            match said.action:
                case Calibrate(sensor=sensor) if sensor != which:
                    continue
                case Zero() | SetState() if state.pairing.missing == which:
                    continue
            line, output = self._lines[which].step(state.lines[which], said)
            state, answers[which] = _with(state, which, line), output.events
        speaker = 1 if isinstance(said.action, OpenExercise) else state.join.lead
        speaker = speaker if state.pairing.missing is None else 1 - state.pairing.missing
        if isinstance(said.action, Snooze | Resume):
            snoozed_until_s = state.lines[speaker].judge.policy.snoozed_until_s
            speaking = replace(state.judge.policy, snoozed_until_s=snoozed_until_s)
            state = replace(state, judge=replace(state.judge, policy=speaking))
        silent = UPRIGHTS if speaker == 1 else _NOBODY
        events = [event for event in answers.get(speaker, ()) if not isinstance(event, silent)]
        asked = (PolicyChange(state.judge.now_s, state.judge.policy),)
        return state, PipelineOutput(empty_track(), (*events, *_uprights(answers.get(1, ()))), policy_changes=asked)


def check_places(upper: StreamInfo, lower: StreamInfo) -> None:
    """Raises BadInput when the first of two sensors is not above the second."""
    if upper.placement not in UPPER or lower.placement not in LOWER:
        raise BadInput(
            f"the first of two sensors must be the upper and the second the lower one, not {upper.placement} and {lower.placement}",
            where=upper.name,
            hint=f"Name them upper first: {' or '.join(UPPER)}, then {' or '.join(LOWER)}",
        )


def stages(info: StreamInfo, settings: Settings, *, series: bool = False, decides: bool = True) -> Pipeline | PairPipeline:
    """The pipeline that a stream needs."""
    kind = Pipeline if info.second is None else PairPipeline
    return kind(info, settings, series=series, decides=decides)


def _uprights(events: Iterable[Event]) -> Iterator[LowerUpright]:
    """The lower line's uprights as events of their own."""
    return (LowerUpright(event.t_s, event.state, event.assumed, event.up) for event in events if isinstance(event, BaselineSet))


def _none() -> Ticks:
    return ticks.finish(ticks.initial())


def _with(state: PairState, which: int, line: PipelineState) -> PairState:
    return replace(state, lines=(line, state.lines[1]) if which == 0 else (state.lines[0], line))


def _frontier(reach: tuple[int, int], pairing: Pairing) -> int:
    """The end of what can be decided."""
    return min(reach) if pairing.missing is None else reach[1 - pairing.missing]


def _reported_by(which: int, pairing: Pairing) -> tuple[type[Event], ...]:
    """Events that a line reports, beside posture."""
    if pairing.missing is not None:
        return _NOBODY if pairing.missing == which else (*_UPPER_TELLS, *_LOWER_TELLS)
    return _LOWER_TELLS if which else _UPPER_TELLS


def _gaps(index: IntArray, decided: int) -> Iterable[GapFound]:
    """Time without data of either sensor."""
    steps = np.diff(index, prepend=decided - 1)
    for i in np.flatnonzero(steps - 1 > BRIDGED_TICKS).tolist():
        yield GapFound(float(index[i]) / TICK_HZ, float(steps[i] - 1) / TICK_HZ)


def _one_after_another(parts: list[Series | None]) -> Series | None:
    found = [part for part in parts if part is not None]
    if len(found) < 2:
        return found[0] if found else None
    return Series(
        np.concatenate([part.t_s for part in found]),
        np.concatenate([part.up for part in found]),
        tuple(reference for part in found for reference in part.references),
    )
