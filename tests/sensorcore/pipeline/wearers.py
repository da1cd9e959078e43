"""A wearer with a sensor on the upper and one on the lower back, made once: hinges forward with a straight back, then slumps."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from sensorcore.model import SampleBlock, StreamInfo
from sensorcore.pipeline.dual import PairPipeline
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival, StreamItem
from sensorcore.settings import AlertSettings, Settings
from sensorcore.simulator import Scenario, Simulation
from sensorcore.simulator.calibration import calibrated
from sensorcore.simulator.faults import Fault
from sensorcore.simulator.phases import Bends, Phase, Wearer
from sensorcore.simulator.record import arrivals
from sensorcore.simulator.simulation import beside

QUICK = Settings(alerts=AlertSettings(delay_s=5.0, mute_after_s=5.0, good_again_s=1.0))
HINGE_S, SLUMP_S, END_S = (36.0, 53.0), (60.0, 80.0), 90.0
Span: TypeAlias = tuple[float, float] | None
SCENARIO = Scenario(
    "hinge and slump",
    "",
    (
        Phase("stand still", 6.0, state="standing", still=True, calibrates="standing"),
        Phase("three bows", 14.0, bends=Bends(3, 45.0, rest_s=1.2), calibrates="bows", still=True),
        Phase("sit still", 11.0, state="sitting", still=True, calibrates="sitting"),
        Phase("upright", 5.0, flexion_deg=0.0),
        Phase("hinge", HINGE_S[1] - HINGE_S[0], flexion_deg=17.5),
        Phase("upright", SLUMP_S[0] - HINGE_S[1], flexion_deg=0.0),
        Phase("slump", SLUMP_S[1] - SLUMP_S[0], slump=1.1),
        Phase("upright", END_S - SLUMP_S[1], slump=0.0),
    ),
    Wearer(placement="upper_back", mount_deg=(10.0, -20.0, 30.0)),
)


@lru_cache
def two(
    upper_lost: tuple[float, float] | None = None, lower_lost: tuple[float, float] | None = None
) -> tuple[Simulation, Simulation]:
    """The upper sensor and the lower one; each may be out of range for a while, and what it sends then is lost."""
    upper = Simulation(SCENARIO, 5, sample_rate_hz=52.0, faults=_lost(upper_lost))
    return upper, beside(upper, "lower_back", faults=_lost(lower_lost))


def _lost(span: Span) -> list[Fault]:
    return [] if span is None else [Fault("lost", at_s=span[0], duration_s=span[1] - span[0], share=1.0)]


@lru_cache
def worn() -> tuple[StreamInfo, SampleBlock, SampleBlock]:
    """What is known of the two, calibrated, and their samples."""
    upper, lower = two()
    info = replace(upper.info, calibration=calibrated(upper), second=replace(lower.info, calibration=calibrated(lower)))
    return info, SampleBlock.joined(list(upper.items())), SampleBlock.joined(list(lower.items()))


def arrived(upper_lost: Span = None, lower_lost: Span = None) -> list[Arrival]:
    """What reaches the host of both."""
    upper, lower = two(upper_lost, lower_lost)
    return [each for _, part in arrivals(upper, lower) for each in part]


def run(info: StreamInfo, items: Iterable[StreamItem], settings: Settings = QUICK) -> list[PipelineOutput]:
    """All outputs of the pair's pipeline."""
    pipeline = PairPipeline(info, settings)
    state, outputs = pipeline.initial(), list[PipelineOutput]()
    for item in items:
        state, output = pipeline.step(state, item)
        outputs.append(output)
    return [*outputs, pipeline.finish(state)[1]]


def pieces(block: SampleBlock, places: Sequence[int]) -> list[SampleBlock]:
    """`block`, cut at `places`."""
    edges = sorted({0, len(block), *(place % len(block) for place in places)})
    return [block[a:b] for a, b in itertools.pairwise(edges)]
