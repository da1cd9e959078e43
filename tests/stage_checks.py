"""Checks of every stage in one place: a test class inherits `StageChecks` and gives its stage and streams for it as `runs`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.columns import Columns
from sensorcore.model import SampleBlock
from sensorcore.ports import StreamItem
from tests import saved_state
from tests.examples import examples

PLACES = st.lists(st.integers(0, 10**6), max_size=8) | st.integers(1, 400).map(lambda n: list(range(0, 20 * n, n)))


class Parallel:
    """Several streams of one length that are cut together."""

    def __init__(self, *streams: Any) -> None:
        self.streams = streams

    def __len__(self) -> int:
        return len(self.streams[0])

    def __getitem__(self, part: slice) -> tuple[Any, ...]:
        return tuple(each[part] for each in self.streams)


class Interrupted:
    """Samples with other items before some of them, by place; a part of it is a list of items."""

    def __init__(self, block: SampleBlock, others: dict[int, StreamItem]) -> None:
        self.block, self.others = block, others

    def __len__(self) -> int:
        return len(self.block)

    def __getitem__(self, part: slice) -> list[StreamItem]:
        begin, end, _ = part.indices(len(self))
        items: list[StreamItem] = []
        for a, b in itertools.pairwise(sorted({begin, end, *(at for at in self.others if begin <= at < end)})):
            items += [self.others[a]] if a in self.others else []
            items.append(self.block[a:b])
        return items


@dataclass(frozen=True, repr=False)
class Run:
    """A stage and a stream for it: `step(state, part)` gives the state and a tuple of outputs, which are arrays, `Columns` or
    sequences of values; `finish` gives the last outputs. `has_state`: the state after the last part is the same for all cuts."""

    initial: Any
    step: Callable[[Any, Any], tuple[Any, tuple[Any, ...]]]
    stream: Any
    finish: Callable[[Any], tuple[Any, ...]] | None = None
    has_state: bool = True

    def parts(self, places: Sequence[int]) -> list[Any]:
        """The stream cut at these places."""
        edges = sorted({0, len(self.stream), *(place % len(self.stream) for place in places)})
        return [self.stream[a:b] for a, b in itertools.pairwise(edges)]

    def outcome(self, places: Sequence[int] = (), *, save: bool = False) -> tuple[str, str]:
        """The last state and all outputs as text, to the bit."""
        state, outputs = self.initial, []
        for part in self.parts(places):
            state, output = self.step(saved_state.restored(state) if save else state, part)
            outputs.append(output)
        if self.finish is not None:
            outputs.append(self.finish(saved_state.restored(state) if save else state))
        return text(state) if self.has_state else "", text([_merged(parts) for parts in zip(*outputs, strict=True)])


def text(value: Any) -> str:
    return json.dumps(saved_state.plain(value), default=lambda scalar: scalar.item())


def _merged(parts: Sequence[Any]) -> Any:
    if isinstance(parts[0], Columns):
        return type(parts[0]).joined(parts)
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return [each for part in parts for each in part]


def the_same_however_it_is_cut(run: Run, places: list[int]) -> None:
    assert run.outcome(places) == run.outcome()


def a_saved_state_carries_on(run: Run, places: list[int]) -> None:
    assert run.outcome(places[:4], save=True) == run.outcome(places[:4])


def a_step_changes_none_of_its_inputs(run: Run, places: list[int]) -> None:
    """The same inputs give the same outputs again."""
    state = run.initial
    for part in run.parts(places[:3]):
        before = text(state), text(part)
        after, output = run.step(state, part)
        assert text(run.step(state, part)) == text((after, output))
        assert (text(state), text(part)) == before
        state = after


_CHECKS: Final = {the_same_however_it_is_cut: 12, a_saved_state_carries_on: 6, a_step_changes_none_of_its_inputs: 4}
"""How many examples each gets when all are thorough."""


class StageChecks:
    """Mixin: the stage is pure, its state can be saved, and its result does not depend on how the stream is cut."""

    runs: ClassVar[st.SearchStrategy[Run]]

    def __init_subclass__(cls) -> None:
        for check, thorough in _CHECKS.items():
            setattr(cls, f"test_{check.__name__}", examples(thorough)(given(cls.runs, PLACES)(_method(check))))


def _method(check: Callable[[Run, list[int]], None]) -> Callable[[StageChecks, Run, list[int]], None]:
    def test(self: StageChecks, run: Run, places: list[int]) -> None:
        check(run, places)

    test.__name__ = f"test_{check.__name__}"
    return test
