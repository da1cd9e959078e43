"""Counting on movements whose number is known: as it happens, and at the end of the set."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import Event, HoldBroken, HoldEnded, HoldStarted, SetEnded
from sensorcore.exercise import stage
from sensorcore.model import DeviceProfile, StreamInfo
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.repetition import Repetition
from tests.examples import examples
from tests.sensorcore.exercise.sets import FRAME, Moved, counted, excursion, rest, together, with_gap
from tests.stage_checks import Run, StageChecks
from tests.streams import summarize

SUPINE_DEG, ALL_FOURS_DEG = -90.0, 80.0


@st.composite
def tilts(draw: st.DrawFn) -> tuple[int, list[Moved]]:
    """A set of pelvic tilts from 4° on, each of 1 to 12 s, nearly alike."""
    count = draw(st.integers(2, 8))
    size, out, hold = draw(st.floats(4.0, 20.0)), draw(st.floats(0.5, 4.5)), draw(st.floats(0.0, 3.0))
    parts = [rest(2.0)]
    for _ in range(count):
        vary = draw(st.floats(0.85, 1.15))
        parts += [excursion(-size * vary, out_s=out * vary, hold_s=hold, back_s=out), rest(draw(st.floats(0.3, 2.0)))]
    return count, [*parts, rest(2.0)]


@pytest.mark.slow
@examples(40)
@given(tilts())
def test_repetitions_from_4_degrees_and_1_to_12_s_count(made: tuple[int, list[Moved]]) -> None:
    count, parts = made
    online, reps, _ = counted("pelvic_tilt", together(parts))
    assert (len(online), len(reps)) == (count, count)


def test_each_is_told_by_the_time_it_ends_and_dated_where_it_was() -> None:
    parts = [rest(2.0)]
    ends = []
    for _ in range(4):
        parts += [excursion(-8.0), rest(1.0)]
        ends.append(sum(len(part.flexion_deg) for part in parts) / TICK_HZ - 1.0)
    online, reps, _ = counted("pelvic_tilt", together(parts))
    for told, rep, end_s in zip(online, reps, ends, strict=True):
        assert end_s - 1.5 < told.t_s <= end_s + 0.5
        assert rep.start_s == pytest.approx(end_s - 3.5, abs=0.5)
        assert rep.end_s == pytest.approx(end_s, abs=0.5)
        assert rep.range_deg == pytest.approx(8.0, rel=0.1)
    assert [told.number for told in online] == [1, 2, 3, 4]


def test_a_view_sees_what_is_open_and_how_many_were_counted() -> None:
    online, _, events = counted("pelvic_tilt", together([rest(2.0), *[excursion(-8.0), rest(1.0)] * 4]))
    info = StreamInfo(DeviceProfile("test", 52.0))
    seen = [summarize(events[: n + 1], info).exercises for n in range(len(events))]
    assert seen == [*((("pelvic_tilt", n),) for n in range(len(online) + 1)), ()]
    paused = SetEnded(9.0, "pelvic_tilt", (), False)
    assert summarize([*events[:3], paused], info).exercises == (("pelvic_tilt", 0),)


def test_half_repetitions_do_not_count() -> None:
    sizes = [-10.0, -10.0, -4.0, -10.0, -3.5, -10.0]
    moved = together([rest(2.0), *itertools.chain(*((excursion(size), rest(1.0)) for size in sizes))])
    online, reps, _ = counted("pelvic_tilt", moved)
    assert (len(online), len(reps)) == (4, 4)


@pytest.mark.parametrize(("at_deg", "expected"), [(0.0, 0), (SUPINE_DEG, 3)])
def test_a_bridge_counts_lying_on_the_back_only(at_deg: float, expected: int) -> None:
    parts = [rest(2.0, at_deg), *itertools.chain(*((excursion(-28.0, at_deg=at_deg), rest(1.0, at_deg)) for _ in range(3)))]
    online, reps, _ = counted("bridge", together(parts))
    assert (len(online), len(reps)) == (expected, expected)


def test_what_goes_mostly_another_way_is_another_movement() -> None:
    fidget = excursion(-5.0, lateral_deg=7.0, out_s=0.8, back_s=0.8)
    online, reps, _ = counted("pelvic_tilt", together([rest(3.0), *itertools.chain(*((fidget, rest(2.0)) for _ in range(5)))]))
    assert (len(online), len(reps)) == (0, 0)


def test_three_exercises_in_a_row_are_told_apart() -> None:
    """The protocol of TrunkyXL: three bends, then six side bends, then six turns, without a pause; nobody moves about one axis."""
    bends = [excursion(55.0, lateral_deg=6.0, turn_deg=12.0, hold_s=0.0) for _ in range(3)]
    sides = [excursion(8.0, lateral_deg=sign * 30.0, turn_deg=-sign * 12.0, hold_s=0.0) for _ in range(3) for sign in (1, -1)]
    turns = [excursion(4.0, lateral_deg=-sign * 8.0, turn_deg=sign * 40.0, hold_s=0.0) for _ in range(3) for sign in (1, -1)]
    moved = together([rest(1.0), *bends, *sides, *turns, rest(1.0)])
    found = {name: counted(name, moved) for name in ("forward_bend", "side_bend", "trunk_rotation")}
    assert {name: (len(online), len(reps)) for name, (online, reps, _) in found.items()} == {
        "forward_bend": (3, 3),
        "side_bend": (6, 6),
        "trunk_rotation": (6, 6),
    }
    assert [rep.side for rep in found["side_bend"][1]] == ["right", "left"] * 3
    assert [rep.side for rep in found["trunk_rotation"][1]] == ["left", "right"] * 3
    assert found["forward_bend"][1][0].side is None


def test_one_side_only() -> None:
    parts = [rest(2.0), *itertools.chain(*((excursion(lateral_deg=-20.0), rest(1.0)) for _ in range(4))), rest(1.0)]
    online, reps, _ = counted("side_bend", together(parts))
    assert [each.rep.side for each in online] == [rep.side for rep in reps] == ["left"] * 4


def test_the_side_of_a_crunch_is_told_by_the_turn() -> None:
    parts = [rest(2.0, SUPINE_DEG)]
    for turn_deg in (4.0, -4.0, 4.0, -4.0):
        parts += [excursion(12.0, turn_deg=turn_deg, at_deg=SUPINE_DEG), rest(1.0, SUPINE_DEG)]
    _, reps, _ = counted("heel_toe_crunch", together(parts))
    assert [rep.side for rep in reps] == ["right", "left", "right", "left"]


def test_a_hold_is_timed() -> None:
    parts = [rest(2.0, ALL_FOURS_DEG), excursion(-12.0, hold_s=15.0, at_deg=ALL_FOURS_DEG), rest(2.0, ALL_FOURS_DEG)]
    online, (hold,), events = counted("childs_pose", together(parts))
    assert not online
    assert hold.quality.hold_s == pytest.approx(15.0, abs=1.5)
    started, ended = [type(each) for each in events].index(HoldStarted), [type(each) for each in events].index(HoldEnded)
    assert events[started].t_s == pytest.approx(5.0, abs=1.0)
    assert 18.0 < events[ended].t_s < 20.5


def test_settling_into_the_start_pose_is_no_repetition_and_does_not_hide_the_next() -> None:
    settling = Moved(*(np.linspace(start, end, 15) for start, end in ((6.0, 0.0), (0.0, 0.0), (0.0, 0.0))))
    parts = [rest(2.0, 6.0), settling, *itertools.chain(*((excursion(-6.0), rest(0.8)) for _ in range(5)))]
    online, reps, _ = counted("pelvic_tilt", together(parts))
    assert len(reps) == 5
    assert 4 <= len(online) <= 5


def test_missing_data_ends_the_set_and_nothing_is_counted_across() -> None:
    moved = together([rest(2.0), *itertools.chain(*((excursion(-8.0), rest(1.0)) for _ in range(6)))])
    _, reps, events = counted("pelvic_tilt", with_gap(moved.ticks(), 120, 20))  # the third repetition is under way
    sets = [event for event in events if isinstance(event, SetEnded)]
    assert [len(each.reps) for each in sets] == [2, 3]
    assert [each.closed for each in sets] == [False, True]
    assert all(not (rep.start_s < 12.0 < rep.end_s) for rep in reps)


def test_without_the_wearers_axes_bends_count_in_any_direction() -> None:
    bends = together([rest(2.0), *itertools.chain(*((excursion(40.0), rest(1.0)) for _ in range(3)))])
    online, reps, _ = counted("forward_bend", bends, None)
    assert (len(online), len(reps)) == (3, 3)


def test_nothing_is_kept_while_nothing_is_open() -> None:
    state, events = stage.step(stage.ExerciseState(), excursion(-8.0).ticks())
    assert (state, events) == (stage.ExerciseState(), [])
    assert stage.opened(state, "no such exercise", FRAME, 0.0) == (state, [])


def counting(name: str, ticks: Ticks) -> Run:
    def step(state: stage.ExerciseState, part: Ticks) -> tuple[stage.ExerciseState, tuple[list[Event]]]:
        after, events = stage.step(state, part)
        return after, (events,)

    state, _ = stage.opened(stage.ExerciseState(), name, FRAME, 0.0)
    return Run(state, step, ticks, lambda state: (stage.closed(state, len(ticks) / TICK_HZ)[1],))


def side_bends(seed: int) -> Run:
    rng = np.random.default_rng(seed)
    parts = [rest(1.0)]
    for sign in (1, -1, 1, -1):
        parts += [excursion(rng.normal(0, 3), lateral_deg=sign * rng.uniform(8, 20), turn_deg=rng.normal(0, 3)), rest(0.7)]
    return counting("side_bend", with_gap(together(parts).ticks(), 100, 12))


def waiting_for_a_second() -> Run:
    quick = excursion(-5.0, out_s=0.8, hold_s=1.0, back_s=0.8)
    return counting("pelvic_tilt", together([rest(2.0), quick, rest(1.0), quick, rest(3.0)]).ticks())


class TestCounting(StageChecks):
    runs = st.integers(0, 3).map(side_bends) | st.builds(waiting_for_a_second)


def test_quality_is_said_in_plain_words() -> None:
    uneven = [excursion(lateral_deg=30.0), rest(1.0), excursion(lateral_deg=-18.0), rest(1.0)] * 3
    _, reps, _ = counted("side_bend", together([rest(2.0), *uneven, rest(1.0)]))
    assert len(reps) == 6
    assert reps[0].quality.symmetry == pytest.approx(0.6, abs=0.05)
    assert reps[0].quality.hints["symmetry"] == "the left side goes 60 % as far as the other"
    hasty = together([rest(2.0), *itertools.chain(*((excursion(-10.0, out_s=0.5, back_s=0.5), rest(1.0)) for _ in range(3)))])
    calm = together([rest(2.0), *itertools.chain(*((excursion(-10.0, out_s=2.5, back_s=2.5), rest(1.0)) for _ in range(3)))])
    said = {name: counted("pelvic_tilt", moved)[1][1].quality for name, moved in (("hasty", hasty), ("calm", calm))}
    assert said["hasty"].hints["tempo"].startswith("hasty")
    assert said["calm"].hints["tempo"] == "calm and even"
    assert set(said["calm"].hints) == {"range", "tempo", "hold", "smoothness", "wobble", "symmetry"}


def test_shaking_lowers_smoothness_and_shows_as_wobble() -> None:
    def one(shake_deg: float) -> Repetition:
        steady = together([rest(2.0), *itertools.chain(*((excursion(30.0, out_s=2.5, back_s=2.5), rest(1.0)) for _ in range(3)))])
        wave = shake_deg * np.sin(np.arange(len(steady.flexion_deg)) * 2 * np.pi * 1.5 / TICK_HZ)
        shaken = Moved(steady.flexion_deg + wave, steady.lateral_deg + wave, steady.turn_deg)
        return counted("forward_bend", shaken)[1][1]

    steady, shaken = one(0.0).quality, one(2.0).quality
    assert shaken.smoothness < steady.smoothness - 0.3
    assert steady.wobble_deg < 0.1
    assert shaken.wobble_deg > 0.8
    assert shaken.hints["wobble"] != steady.hints["wobble"] == "steady"


def test_a_lone_small_excursion_is_a_fidget_but_not_in_a_set_of_its_like() -> None:
    """Seen on simulated sets with a pause before the last repetition."""
    alone = together([rest(3.0), excursion(-5.0), rest(5.0)])
    assert len(counted("pelvic_tilt", alone)[1]) == 0
    late = together(
        [rest(2.0), *itertools.chain(*((excursion(-5.0), rest(1.0)) for _ in range(5))), rest(18.0), excursion(-5.0), rest(3.0)]
    )
    assert len(counted("pelvic_tilt", late)[1]) == 6


def test_a_hold_left_too_soon_is_told_and_does_not_count() -> None:
    parts = [rest(2.0, ALL_FOURS_DEG), excursion(-12.0, hold_s=3.0, at_deg=ALL_FOURS_DEG), rest(4.0, ALL_FOURS_DEG)]
    _, reps, events = counted("childs_pose", together(parts))
    assert not reps
    assert [type(each) for each in events][1:3] == [HoldStarted, HoldBroken]


def test_a_first_repetition_that_may_be_a_fidget_is_told_with_a_second_like_it() -> None:
    """Quick and small: alone it is told neither as it happens nor at the end; a second tells both, numbered in order."""
    quick = excursion(-5.0, out_s=0.8, hold_s=1.0, back_s=0.8)
    assert counted("pelvic_tilt", together([rest(3.0), quick, rest(20.0)]))[0] == []
    unlike = excursion(-5.0, out_s=0.8, hold_s=5.0, back_s=0.8)
    assert counted("pelvic_tilt", together([rest(3.0), quick, rest(4.0), unlike, rest(20.0)]))[0] == []
    online, reps, _ = counted("pelvic_tilt", together([rest(3.0), quick, rest(1.0), quick, rest(1.0), quick, rest(3.0)]))
    assert [told.number for told in online] == [1, 2, 3]
    assert online[0].t_s == online[1].t_s <= 9.2 + 0.5
    assert online[0].rep.end_s == pytest.approx(5.6, abs=0.5)
    assert len(reps) == 3


@pytest.mark.parametrize("meant", [excursion(-9.0, out_s=0.8, back_s=0.8), excursion(-5.0, out_s=2.0, back_s=2.0)])
def test_a_first_repetition_that_is_clearly_meant_is_told_at_once(meant: Moved) -> None:
    (told,), _, _ = counted("pelvic_tilt", together([rest(3.0), meant, rest(20.0)]))
    assert told.t_s <= 3.0 + len(meant.flexion_deg) / TICK_HZ + 0.5


def test_a_turn_that_drifts_does_not_hide_small_repetitions_as_they_happen() -> None:
    """Nothing corrects the gyroscope about the vertical: 0.8 °/s adds up to more than the tilt itself."""
    still = together([rest(2.0), *itertools.chain(*((excursion(-5.0, out_s=3.0, back_s=3.0), rest(1.0)) for _ in range(4)))])
    drifting = Moved(still.flexion_deg, still.lateral_deg, 0.8 / TICK_HZ * np.arange(len(still.flexion_deg)))
    online, reps, _ = counted("pelvic_tilt", together([drifting, rest(2.0)]))
    assert (len(online), len(reps)) == (4, 4)


def test_two_that_are_alike_begin_the_set_again_after_a_false_start() -> None:
    """Settling into the pose counted as two large ones: those of the set are small beside them, and counted from the second on."""
    parts = [rest(2.0)]
    for size_deg in (-20.0, -20.0, *[-7.0] * 6):
        parts += [excursion(size_deg), rest(1.0)]
    online, reps, _ = counted("pelvic_tilt", together([*parts, rest(2.0)]))
    assert [round(told.rep.range_deg) for told in online] == [20, 20, *[7] * 5]
    assert len(reps) == 8
