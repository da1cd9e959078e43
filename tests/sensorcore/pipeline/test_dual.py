"""Two sensors: what they tell together, the same however it is cut, interleaved, saved, recorded or replayed; and one alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, Event, OneSensor, SlouchStarted, TwoSensors
from sensorcore.model import Notification, Pairing, SampleBlock, Second, StreamInfo
from sensorcore.pipeline.analysis import analyze
from sensorcore.pipeline.analysis import run as run_source
from sensorcore.pipeline.dual import PairPipeline, PairState
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import StreamItem
from sensorcore.recording.importing import import_file
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.engine import Engine
from sensorcore.session.pair_clock import PairClock
from sensorcore.session.replay import driver_of, paced, second_driver_of
from sensorcore.session.wall_clock import LiveClock
from sensorcore.settings import Settings
from sensorcore.simulator.record import write
from sensorcore.track.posture_track import SLOUCHED, UPRIGHT, PostureTrack, joined
from sensorcore.view.player import Player
from sensorcore.whatif.day import watch
from sensorcore.whatif.tune import alerts
from tests.examples import examples
from tests.sensorcore.pipeline.wearers import HINGE_S, QUICK, SLUMP_S, arrived, pieces, run, two, worn
from tests.stage_checks import Run, StageChecks
from tests.streams import Stream

Outcome = tuple[PostureTrack, list[Event]]
places = st.lists(st.integers(0, 10**6), max_size=8)


def together(outputs: Sequence[PipelineOutput]) -> Outcome:
    return joined([each.track for each in outputs]), [event for each in outputs for event in each.events]


def assert_same(one: Outcome, other: Outcome) -> None:
    assert one[1] == other[1]
    for name in PostureTrack.__slots__:
        np.testing.assert_array_equal(getattr(one[0], name), getattr(other[0], name))


def parts_of(track: PostureTrack, span: tuple[float, float]) -> slice:
    return slice(*np.searchsorted(track.index, [span[0] * 10, span[1] * 10]).tolist())


def barriers() -> list[tuple[float, StreamItem]]:
    """What both streams are cut at: the second begins 0.3 s later, is away for a while, and the wearer speaks."""
    return [
        (0.0, Pairing(3)),
        (38.0, Command(0.0, "mark", "tea")),
        (45.0, Pairing(3, 1)),
        (48.0, Pairing(4, None)),
        (57.0, Command(0.0, "zero")),
        (65.0, Pairing(4, 0)),
        (67.0, Pairing(4)),
        (84.0, Command(0.0, "snooze", "5")),
    ]


def mixed(
    upper: SampleBlock, lower: SampleBlock, cuts: tuple[list[int], list[int]], seed: int, lags_s: tuple[float, float] = (0.0, 1.0)
) -> list[StreamItem]:
    """Both streams in pieces, in an order of chance between two barriers."""
    rng, items = np.random.default_rng(seed), list[StreamItem]()
    begins = [0, 0]
    for at_s, barrier in [*barriers(), (np.inf, Pairing(4))]:
        ends = [int(np.searchsorted(b.t_s, at_s - lag)) for b, lag in zip((upper, lower), lags_s, strict=True)]
        waiting = [pieces(b[x:y], c) if y > x else [] for b, x, y, c in zip((upper, lower), begins, ends, cuts, strict=True)]
        while any(waiting):
            which = int(rng.integers(2)) if all(waiting) else 0 if waiting[0] else 1
            block = waiting[which].pop(0)
            items.append(Second(block) if which else block)
        items.append(barrier)
        begins = ends
    return items


@example([74662, 1869], [4644, 1166, 143442, 1144, 10426], 58345)  # names of uprights were cut short
@examples(3, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(places, places, st.integers(0, 2**32 - 1))
def test_the_same_however_it_is_cut_and_interleaved(above: list[int], below: list[int], seed: int) -> None:
    info, upper, lower = worn()
    plain = together(run(info, mixed(upper, lower, ([], []), 0)))
    assert_same(together(run(info, mixed(upper, lower, (above, below), seed))), plain)


def paired(cuts: list[int], seed: int) -> Run:
    info, upper, lower = worn()
    pipeline = PairPipeline(info, QUICK)

    def step(state: PairState, items: list[StreamItem]) -> tuple[PairState, tuple[Any, ...]]:
        outputs = list[PipelineOutput]()
        for item in items:
            state, output = pipeline.step(state, item)
            outputs.append(output)
        return state, together(outputs)

    stream = mixed(upper, lower, (cuts, cuts[1:]), seed)
    return Run(pipeline.initial(), step, stream, lambda state: together([pipeline.finish(state)[1]]))


class TestPairPipeline(StageChecks):
    runs = st.builds(paired, st.lists(st.integers(0, 10**6), max_size=3), st.integers(0, 2**32 - 1))


def test_a_straight_back_that_leans_is_no_slouch_and_a_rounded_one_is() -> None:
    info, upper, lower = worn()
    track, events = together(run(info, [upper, Second(lower)]))
    hinge, slump = parts_of(track, (HINGE_S[0] + 3, HINGE_S[1] - 2)), parts_of(track, (SLUMP_S[0] + 4, SLUMP_S[1] - 2))
    assert (track.posture[hinge] == UPRIGHT).all()
    assert np.abs(track.curvature_deg[hinge]).max() < 4.0
    assert track.flexion_deg[hinge].mean() == pytest.approx(17.5, abs=2.0)
    assert (track.posture[slump] == SLOUCHED).mean() > 0.9
    assert track.curvature_deg[slump].mean() == pytest.approx(1.1 * 22.0, abs=2.5)  # SHARES: 19° above, −3° below
    (alert,) = [event for event in events if isinstance(event, AlertRaised)]
    assert alert.why.direction == "rounded"
    assert alert.why.angle_deg == pytest.approx(24.2, abs=2.5)
    assert alert.why.threshold_deg == pytest.approx(12.0)
    for alone in (replace(info, second=None), replace(info.second or info, second=None)):
        block = upper if alone.placement == "upper_back" else lower
        found = joined([each[0] for each in run_source(Stream(alone, [block]), QUICK)])
        assert (found.posture[parts_of(found, (HINGE_S[0] + 5, HINGE_S[1] - 2))] == SLOUCHED).all()  # each alone is mistaken


def test_a_lean_beyond_what_a_straight_back_may_is_told_as_a_lean() -> None:
    info, upper, lower = worn()
    strict = replace(QUICK, posture=replace(QUICK.posture, threshold_deg=10.0))
    _, events = together(run(info, [upper, Second(lower)], strict))
    first = next(event for event in events if isinstance(event, SlouchStarted))
    assert (first.direction, round(first.threshold_deg, 1)) == ("forward", 13.3)
    player = Player(Stream(info, [upper, Second(lower)]), strict)
    for t_s, words in ((HINGE_S[1] - 5, "(18°, limit 13.3°)"), (SLUMP_S[1] - 2, "(rounded by 24°, limit 8°)")):
        player.seek(t_s)
        while player.compute():
            pass
        assert words in player.explain().sentence


@pytest.mark.parametrize("lost", ["upper", pytest.param("lower", marks=pytest.mark.slow)])
def test_one_that_drops_out_is_told_and_the_other_carries_on(lost: str, tmp_path: Path) -> None:
    gone = (55.0, 68.0)
    info, _, _ = worn()
    came = arrived(upper_lost=gone) if lost == "upper" else arrived(lower_lost=gone)
    track, events = lived(info, came, tmp_path / "day.mcap")
    told = [event for event in events if isinstance(event, OneSensor | TwoSensors)]
    assert told[0] == OneSensor(told[0].t_s, lost, "no data")  # type: ignore[arg-type]
    assert gone[0] + 4 < told[0].t_s < gone[0] + 7
    assert isinstance(told[1], TwoSensors)
    assert gone[1] + 4 < told[1].t_s < gone[1] + 13  # until the tilt is sure again after the gap
    assert np.diff(track.index).max() == 1  # no moment without a posture
    away = parts_of(track, (gone[0] + 0.5, gone[1] - 0.5))
    assert np.isnan(track.curvature_deg[away]).all()
    assert np.isfinite(track.curvature_deg[parts_of(track, (gone[1] + 13, 88.0))]).all()
    assert_same(replayed(tmp_path / "day.mcap"), (track, events))


def lived(info: StreamInfo, came: Sequence[object], path: Path) -> Outcome:
    """As it would be worn: through the engine, recorded."""
    outputs: list[PipelineOutput] = []

    class Sink:
        def take(self, arrived: object, output: PipelineOutput) -> None:
            outputs.append(output)

    async def source():  # type: ignore[no-untyped-def]
        for i, each in enumerate(came):
            if i % 20 == 0:
                await asyncio.sleep(0)
            yield each

    assert info.second is not None
    with RecordingWriter(path, RecordingInfo(info, SpinaeSensor.name, "", SpinaeSensor.name), sync=False) as writer:
        driver, second = SpinaeSensor(info.device), SpinaeSensor(info.second.device)
        engine = Engine(info, driver, QUICK, (RecordingSink(writer), Sink()), second=second)
        asyncio.run(engine.run(source()))
    return together(outputs)


def replayed(path: Path) -> Outcome:
    track, events = [], list[Event]()
    for part, news, _, _ in run_source(open_recording(path), QUICK):
        track.append(part)
        events += news
    return joined(track), events


def test_live_is_replayed_and_recorded_again(tmp_path: Path) -> None:
    info, _, _ = worn()
    came = arrived()
    live = lived(info, came, tmp_path / "day.mcap")
    recording = open_recording(tmp_path / "day.mcap")
    assert [*recording.arrivals()] == [*came]
    assert recording.info.second == info.second
    assert_same(replayed(tmp_path / "day.mcap"), live)
    assert_same((joined([*recording.posture()]), live[1]), live)
    again = tmp_path / "again.mcap"
    with RecordingWriter(again, replace(recording.recorded, second_driver=SpinaeSensor.name), sync=False) as writer:
        engine = Engine(recording.info, driver_of(recording), QUICK, (RecordingSink(writer),), second=second_driver_of(recording))
        asyncio.run(engine.run(paced(recording, np.inf)))  # type: ignore[arg-type]
    assert [*open_recording(again).arrivals()] == [*came]
    assert_same(replayed(again), live)
    import_file(recording, tmp_path / "imported.mcap")
    assert_same(replayed(tmp_path / "imported.mcap"), live)
    day = watch(recording.info, recording.items(), QUICK)
    raised = [event for event in live[1] if isinstance(event, AlertRaised)]
    assert [(alert.t_s, alert.level) for alert in alerts(day, QUICK)] == [(each.t_s, each.level) for each in raised]


def test_a_recording_cut_anywhere_is_read(tmp_path: Path) -> None:
    path, info = tmp_path / "day.mcap", worn()[0]
    upper, lower = two()
    assert info.second is not None
    write(upper, path, calibration=info.calibration, beside=(lower, info.second.calibration))
    whole, cut = path.read_bytes(), tmp_path / "cut.mcap"
    assert sum(1 for _ in open_recording(path).truth()) > 800
    read = 0
    for size in np.linspace(100, len(whole) - 1, 12).astype(int).tolist():
        cut.write_bytes(whole[:size])
        with contextlib.suppress(BadInput):  # cut before it said which sensors it is from
            assert analyze(open_recording(cut), Settings()).notes
            read += 1
    assert read >= 10


def test_an_alone_sensor_reads_the_recording_as_its_own() -> None:
    info, upper, lower = worn()
    alone = replace(info, second=None)
    with_second = [each[0] for each in run_source(Stream(alone, [upper, Second(lower)]), QUICK)]
    without = [each[0] for each in run_source(Stream(alone, [upper]), QUICK)]
    assert_same((joined(with_second), []), (joined(without), []))


def test_two_on_the_same_height_are_refused() -> None:
    info, _, _ = worn()
    with pytest.raises(BadInput, match="must be the upper and the second the lower one, not waist"):
        PairPipeline(replace(info, placement="waist"), QUICK)


def test_one_that_begins_later_is_put_on_the_other_ones_ticks() -> None:
    info, _, _ = worn()
    upper, lower = (list(each) for each in zip(*[_split(each) for each in arrived()], strict=True))
    late = [each for each in lower if each is not None][20:]  # its stream begins with the first that is heard
    began_s = (late[0].arrival_unix_ns - (info.start_unix_ns or 0)) / 1e9
    hearing, items = PairClock(LiveClock(), LiveClock()), list[Pairing]()
    came = sorted([*(each for each in upper if each), *map(Second, late)], key=_arrival_ns)  # type: ignore[arg-type]
    for each in came:
        items += [said for said in hearing.over(each) if isinstance(said, Pairing)]
    assert items[-1].missing is None
    assert items[-1].shift_ticks == pytest.approx(10 * began_s, abs=4)  # the first frame ends then
    assert [each.missing for each in items][:1] == [1]  # the other one did not wait


def _split(arrival: object) -> tuple[Notification | None, Notification | None]:
    if isinstance(arrival, Second):
        return None, arrival.sent
    return (arrival, None) if isinstance(arrival, Notification) else (None, None)


def _arrival_ns(arrival: Notification | Second[Notification]) -> int:
    return (arrival.sent if isinstance(arrival, Second) else arrival).arrival_unix_ns
