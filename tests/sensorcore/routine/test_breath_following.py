"""Patterns are gone through in order and without gaps; the score tells who follows from who does not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadInput
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.routine import breath_following
from sensorcore.routine.breath_patterns import Pattern, parsed, patterns
from tests.sensorcore.posture.ticks import ticks

some_patterns = st.builds(
    Pattern, st.just("x"), st.just("x"), st.floats(1, 10), st.floats(1, 10), st.sampled_from([0.0, 1.5, 7.0]), st.floats(0, 8)
)


def test_the_bundled_patterns() -> None:
    known = patterns()
    assert (known["slow"].cycle_s, known["box"].cycle_s, known["four_seven_eight"].cycle_s) == (10, 16, 19)
    assert [name for name, _ in known["slow"].phases] == ["in", "out"]
    assert all(each.source and each.about for each in known.values())


@given(some_patterns, st.floats(0, 500))
def test_every_moment_has_its_phase(pattern: Pattern, t_s: float) -> None:
    phase = pattern.phase_at(t_s)
    before = 0.0
    for name, lasts_s in pattern.phases:
        if name == phase.name:
            break
        before += lasts_s
    assert phase.gone_s >= 0
    assert phase.left_s > 0
    assert phase.breath * pattern.cycle_s + before + phase.gone_s == pytest.approx(t_s, abs=1e-6)
    assert pattern.phase_at(t_s + phase.left_s + 1e-6).name != phase.name


@given(some_patterns)
def test_the_chest_fills_while_breathing_in_and_empties_while_breathing_out(pattern: Pattern) -> None:
    t_s = np.arange(0, 2 * pattern.cycle_s, 0.05)
    full = pattern.fullness(t_s)
    assert full.min() >= 0
    assert full.max() <= 1
    change = np.diff(full)
    names = np.array([pattern.phase_at(each).name for each in t_s.tolist()])
    same = names[1:] == names[:-1]
    assert (change[same & (names[1:] == "in")] >= 0).all()
    assert (change[same & (names[1:] == "out")] <= 1e-12).all()
    held = same & np.isin(names[1:], ["hold full", "hold empty"])
    np.testing.assert_allclose(change[held], 0, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "said"), [("[a", "valid TOML"), ("[a]\nname='a'\nin_s=4", "out_s"), ("[a]\nname='a'\nin_s=0\nout_s=4", "'a'")]
)
def test_a_bad_pattern_is_named(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        parsed(text, "mine.toml")


def trunk(breath: np.ndarray, *, swing_deg: float, sway_deg: float, seed: int) -> Ticks:
    """Ticks of somebody whose breath (0–1) tilts the trunk by `swing_deg` to either side, over sway."""
    rng = np.random.default_rng(seed)
    return ticks(swing_deg * (2 * breath - 1) + np.cumsum(rng.normal(0, sway_deg / 10, len(breath))))


def followed(pattern: Pattern, found: Ticks) -> breath_following.Following:
    newest = slice(-round(breath_following.window_s(pattern) * TICK_HZ), None)
    return breath_following.follow(pattern, found.index[newest] / TICK_HZ, found.up[newest])


@pytest.mark.parametrize("key", list(patterns()))
@pytest.mark.parametrize("late_s", [0.0, 0.6])
def test_who_follows_scores_high_and_the_lag_is_found(key: str, late_s: float) -> None:
    pattern = patterns()[key]
    t_s = np.arange(0, breath_following.window_s(pattern) + 10, 1 / TICK_HZ)
    found = followed(pattern, trunk(pattern.fullness(t_s - late_s), swing_deg=0.5, sway_deg=0.1, seed=1))
    assert found.score > 0.8
    assert found.lag_s == pytest.approx(late_s, abs=0.4)


def test_who_breathes_otherwise_scores_low() -> None:
    pattern = patterns()["slow"]
    t_s = np.arange(0, 30, 1 / TICK_HZ)
    scores = []
    for seed in range(20):
        own = 0.5 + 0.5 * np.sin(2 * np.pi * 15 / 60 * t_s + seed)
        scores.append(followed(pattern, trunk(own, swing_deg=0.5, sway_deg=0.1, seed=seed)).score)
    assert np.quantile(scores, 0.9) < 0.3


def test_no_movement_at_all_is_no_following() -> None:
    pattern = patterns()["slow"]
    assert followed(pattern, ticks(0.0, n=400)) == breath_following.Following(0.0, pytest.approx(-pattern.cycle_s / 4))
