"""Nobody wears a sensor that lies on a table; somebody very still does wear theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import strategies as st

from sensorcore.events import Event, PutOn, TakenOff
from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, DeviceReport, FloatArray, SampleBlock
from sensorcore.motion import ticks, tilt, wear
from sensorcore.motion.ticks import Ticks
from tests.stage_checks import Run, StageChecks

ON_TABLE = np.array([0.6, -0.64, 0.48]) * STANDARD_GRAVITY_MPS2
SENSORS = {  # µg/√Hz, Hz, mg a count
    "good": (90, 104, 0.488),
    "cheap": (400, 100, 0.061),
    "slow": (90, 10, 0.488),
    "fast": (200, 400, 2.0),
    "coarse": (150, 50, 4.0),
    "noisy": (600, 50, 1.0),
}


def seen_by(sensor: str, true_mps2: FloatArray, rng: np.random.Generator) -> Ticks:
    """Ticks of what feels `true_mps2` (n, 3) at its rate; its offset wanders, and its zero warms."""
    noise_ug, rate_hz, count_mg = SENSORS[sensor]
    n, milli_g = len(true_mps2), STANDARD_GRAVITY_MPS2 / 1000
    noise = rng.normal(size=(n, 3)) * noise_ug / 1000 * milli_g * np.sqrt(rate_hz / 2)
    wander = (
        np.cumsum(rng.normal(size=(n, 3)), axis=0) * 0.01 * milli_g / np.sqrt(rate_hz) + np.linspace(0, 1, n)[:, None] * milli_g
    )
    counts = np.rint((true_mps2 + noise + wander) / (count_mg * milli_g))
    block = SampleBlock.checked(np.arange(n) / rate_hz, counts * count_mg * milli_g)
    pose = tilt.step(tilt.TiltParams(DeviceProfile(sensor, rate_hz, None)), tilt.TiltState(), block)[1]
    return ticks.step(ticks.initial(), block, pose)[1]


def table(sensor: str, duration_s: float) -> FloatArray:
    return np.tile(ON_TABLE, (round(duration_s * SENSORS[sensor][1]), 1))


def body(sensor: str, duration_s: float, breath_deg: float, rng: np.random.Generator) -> FloatArray:
    """Somebody upright who only breathes, by so many degrees to each side, and sways a little."""
    t_s = np.arange(round(duration_s * SENSORS[sensor][1])) / SENSORS[sensor][1]
    sway = sum(0.1 / k * np.sin(2 * np.pi * 0.031 * k * t_s + rng.uniform(0, 6)) for k in range(1, 8))
    angle = np.radians(breath_deg * np.sin(2 * np.pi * 0.24 * t_s) + sway)
    return np.stack([np.sin(angle), 0.02 * t_s * 0, np.cos(angle)], axis=1) * STANDARD_GRAVITY_MPS2


def run(
    pieces: Sequence[Ticks | DeviceReport], state: wear.WearState | None = None
) -> tuple[wear.WearState, wear.WearDetected, list[Event]]:
    state = state or wear.initial()
    off, doubted, events = [], [], []
    for piece in pieces:
        if isinstance(piece, DeviceReport):
            state = wear.report(state, piece)
            continue
        state, now, news = wear.step(wear.WearParams(), state, piece)
        off.append(now.not_worn)
        doubted.append(now.doubted)
        events += news
    return state, wear.WearDetected(np.concatenate(off), np.concatenate(doubted)), events


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_table_is_nobody_and_a_body_is_somebody(sensor: str) -> None:
    rng = np.random.default_rng(3)
    worn, laid = body(sensor, 150.0, 0.3, rng), table(sensor, 150.0)
    _, now, events = run([seen_by(sensor, np.concatenate([worn, laid, worn]), rng)])
    assert [type(event) for event in events] == [TakenOff, PutOn]
    off, on = events
    assert isinstance(off, TakenOff)
    assert isinstance(on, PutOn)
    assert 150.0 < off.t_s < 270.0
    assert off.since_s == pytest.approx(150.0, abs=12.0)
    assert 300.0 < on.t_s < 420.0
    assert on.since_s == pytest.approx(300.0, abs=30.0)
    assert np.flatnonzero(np.diff(now.not_worn)).tolist() == [round(off.t_s * 10) - 2, round(on.t_s * 10) - 2]


def test_someone_bumping_into_the_desk_does_not_wear_it() -> None:
    rng = np.random.default_rng(4)
    still = table("good", 240.0)
    for at_s in (70.0, 95.0, 96.0, 150.0, 200.0):
        still[round(at_s * 104) : round(at_s * 104) + 40] += rng.normal(0, 1.0, (40, 3))
    _, now, events = run([seen_by("good", still, rng)])
    assert [type(event) for event in events] == [TakenOff]
    assert now.not_worn[-1]


def test_what_was_turned_over_and_lies_still_is_doubted_soon() -> None:
    rng = np.random.default_rng(5)
    turned = np.concatenate([body("good", 60.0, 0.3, rng), table("good", 40.0)])
    _, now, _ = run([seen_by("good", turned, rng)])
    assert not now.doubted[:600].any()
    assert now.doubted[800:].all()
    _, now, _ = run([seen_by("good", body("good", 100.0, 0.3, rng), rng)])
    assert not now.doubted.any()


def test_a_contact_sensor_is_believed_and_cooling_shortens_the_wait() -> None:
    rng = np.random.default_rng(6)
    whole = seen_by("good", np.concatenate([body("good", 60.0, 0.3, rng), table("good", 60.0)]), rng)
    before, after = whole[:600], whole[600:]
    _, _, events = run([before, DeviceReport(60.0, worn=False), after])
    assert isinstance(events[0], TakenOff)
    assert (events[0].t_s, events[0].since_s) == (pytest.approx(60.1), 60.0)
    _, now, events = run([before, DeviceReport(60.0, worn=True), after])
    assert events == []
    assert not now.doubted.any()
    waits = []
    for reports in ([], [DeviceReport(30.0, 33.0), DeviceReport(60.0, 32.9)], [DeviceReport(30.0, 33.0), DeviceReport(60.0, 32.7)]):
        _, now, _ = run([before, *reports, after])
        waits.append(int(np.argmax(now.not_worn)) if now.not_worn.any() else None)
    assert waits[:2] == [None, None]
    assert waits[2] is not None
    assert waits[2] < 600 + 300


def laid_down(sensor: str) -> Run:
    rng = np.random.default_rng(7)
    parts = [body(sensor, 30.0, 0.3, rng), table(sensor, 90.0), body(sensor, 60.0, 0.3, rng)]
    whole = seen_by(sensor, np.concatenate(parts), rng)
    whole = whole[np.r_[0:500, 503:900, 1000 : len(whole)]]  # type: ignore[index]

    def step(state: wear.WearState, part: Ticks) -> tuple[wear.WearState, tuple[wear.WearDetected, list[Event]]]:
        after, detected, events = wear.step(wear.WearParams(), state, part)
        return after, (detected, events)

    return Run(wear.initial(), step, whole)


class TestWear(StageChecks):
    runs = st.sampled_from(["good", "slow"]).map(laid_down)


def test_out_of_range_is_no_reason_to_think_otherwise() -> None:
    rng = np.random.default_rng(8)
    whole = seen_by("good", np.concatenate([table("good", 80.0), body("good", 20.0, 0.3, rng)]), rng)
    late = whole[800:]
    _, now, events = run([whole[:800], replace(late, index=late.index + 6000)])
    assert [type(event) for event in events] == [TakenOff]
    assert now.not_worn[-1]
