"""Ticks made from angles: what the stages of `sensorcore.posture` see, without a sensor."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from sensorcore.events import Event
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, DeviceProfile, StreamInfo
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.posture import context, judge, scoring
from sensorcore.posture.policy import LocalClock
from sensorcore.settings import AlertSettings, Settings
from sensorcore.track.posture_track import PostureTrack
from tests.stage_checks import Run

UP, FORWARD = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)
CALIBRATION = Calibration({"sitting": UP}, FORWARD, 1.0)
NO_CLOCK = LocalClock(None)


def info(calibration: Calibration | None = CALIBRATION) -> StreamInfo:
    return StreamInfo(DeviceProfile("test", 100.0), calibration=calibration)


def ticks(
    flexion_deg: Sequence[float] | float,
    *,
    n: int | None = None,
    lateral_deg: float = 0.0,
    start: int = 0,
    bounce_mps2: Sequence[float] | float = 0.0,
    uncertainty_deg: Sequence[float] | float = 0.5,
    sway_mps2: float = 0.05,
    vertical_mps2: Sequence[float] | float = 0.0,
    rocks: bool = True,
) -> Ticks:
    """Consecutive ticks of somebody who breathes; forward is +x and up +z of the sensor. A number is repeated `n` times. Who
    bounces as by steps rocks, too, as by steps (not in a vehicle)."""
    flexion = np.radians(np.full(n, flexion_deg) if n is not None else np.asarray(flexion_deg, dtype=np.float64))
    steps = (np.zeros(len(flexion)) + bounce_mps2 > 0.3) & rocks
    lateral = np.radians(lateral_deg + np.where(steps, 0.7 * (-1.0) ** np.arange(len(flexion)), 0.0))
    up = np.stack([-np.sin(flexion) * np.cos(lateral), np.sin(lateral), np.cos(flexion) * np.cos(lateral)], axis=1)
    samples = np.full(len(flexion), 10.0)
    breath = 0.08 * np.sin(2 * np.pi * 0.25 * (start + np.arange(len(flexion))) / TICK_HZ)
    return Ticks(
        index=start + np.arange(len(flexion)),
        up=up,
        acc_mps2=up * STANDARD_GRAVITY_MPS2 + breath[:, None],
        sway_mps2=np.full(len(flexion), sway_mps2),
        uncertainty_deg=np.zeros(len(flexion)) + uncertainty_deg,
        samples=samples,
        vertical_sum=samples * vertical_mps2,
        vertical_square_sum=samples * (np.square(np.zeros(len(flexion)) + bounce_mps2) + np.square(vertical_mps2)),
        turn_radps=np.zeros(len(flexion)),
        after_gap=np.zeros(len(flexion), dtype=np.bool_),
    )


def rising(metres: float, n: int) -> list[float]:
    """Vertical acceleration of going up by that much in `n` ticks, as smoothly as people do (minimum jerk)."""
    t = (np.arange(n) + 0.5) / n
    return (metres * (60 * t - 180 * t**2 + 120 * t**3) / (n / TICK_HZ) ** 2).tolist()


def joined(*parts: Ticks) -> Ticks:
    """One after another; each part begins where the one before ended, unless it starts later (then time is missing)."""
    placed: list[Ticks] = []
    end = 0
    for part in parts:
        begin = max(end, int(part.index[0]))
        gap = part.after_gap.copy()
        gap[0] = begin > end
        placed.append(replace(part, index=part.index - part.index[0] + begin, after_gap=gap))
        end = begin + len(part)
    return Ticks(*(np.concatenate([getattr(part, name) for part in placed]) for name in Ticks.__slots__))


def began(calibration: Calibration | None = CALIBRATION) -> scoring.JudgeState:
    """Before the first tick of somebody who was seen in the posture of their upright."""
    state = scoring.initial(info(calibration))
    return replace(state, context=replace(state.context, seen_near=context.REST_TICKS))


def judged(
    settings: Settings,
    pieces: Iterable[Ticks],
    *,
    calibration: Calibration | None = CALIBRATION,
    clock: LocalClock = NO_CLOCK,
    seen: bool = True,
) -> tuple[scoring.JudgeState, PostureTrack, list[Event]]:
    """All pieces through the judge, one after the other; the wearer was in the posture of their upright just before, unless not
    `seen`."""
    state = began(calibration) if seen else scoring.initial(info(calibration))
    tracks, events = [], []
    for piece in pieces:
        state, track, news, _ = judge.step(settings, clock, state, piece)
        tracks.append(track)
        events += news
    return state, PostureTrack(*(np.concatenate([getattr(t, name) for t in tracks]) for name in PostureTrack.__slots__)), events


def judging(day: Ticks, calibration: Calibration | None = CALIBRATION) -> Run:
    """The judge over that day, with quick alerts."""
    quick = Settings(alerts=AlertSettings(delay_s=5.0, cooldown_s=10.0, mute_after_s=2.0, per_hour=60))

    def step(state: scoring.JudgeState, part: Ticks) -> tuple[scoring.JudgeState, tuple[PostureTrack, list[Event]]]:
        after, track, events, _ = judge.step(quick, NO_CLOCK, state, part)
        return after, (track, events)

    return Run(began(calibration), step, day, has_state=False)


@st.composite
def days(draw: st.DrawFn, max_segments: int = 12) -> Ticks:
    """A wearer who drifts between postures, bends, walks and takes the sensor out of range: ticks with gaps and doubt."""
    parts: list[Ticks] = []
    angle, index = 0.0, draw(st.integers(0, 40))
    for _ in range(draw(st.integers(1, max_segments))):
        target = draw(st.sampled_from([0.0, 2.0, 9.0, 12.0, 14.0, 16.0, 20.0, 25.0, 40.0, -18.0, 85.0]))
        lasts = draw(st.integers(1, 60 * TICK_HZ))
        ramp = max(1, round(abs(target - angle) / draw(st.sampled_from([0.3, 1.0, 6.0]))))  # slow drift, or quick
        angles = np.concatenate([np.linspace(angle, target, ramp), np.full(lasts, target)])
        wobble = draw(st.sampled_from([0.0, 0.0, 1.0, 3.0])) * np.sin(np.arange(len(angles)) * 2.1)
        parts.append(
            ticks(
                angles + wobble,
                start=index,
                bounce_mps2=draw(st.sampled_from([0.05, 0.05, 0.05, 1.2])),
                uncertainty_deg=draw(st.sampled_from([0.5, 0.5, 0.5, 20.0])),
                lateral_deg=draw(st.sampled_from([0.0, 0.0, 18.0])),
            )
        )
        angle = target
        index = int(parts[-1].index[-1]) + 1 + draw(st.sampled_from([0, 0, 0, 1, 2, 3, 30, 900]))
    return joined(*parts)


def cuts(whole: Ticks, places: Iterable[int]) -> list[Ticks]:
    """`whole` in pieces."""
    edges = [0, *sorted({place % len(whole) for place in places}), len(whole)]
    return [whole[a:b] for a, b in itertools.pairwise(edges)]
