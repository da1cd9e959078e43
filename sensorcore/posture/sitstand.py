"""Sitting or standing? A belief that is carried on: from the back the two look alike, so what happened in between has to tell.

A two-state Bayesian filter in log-odds. Walking means standing; after lying people sit; a movement that raised or lowered the
sensor by the way to a chair changes the state, one that did not leaves it; and how the sensor hangs after a movement that may have
changed it weighs a little, for a slouch from one upright looks like the other. While the wearer keeps still nothing changes,
however they sink.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sensorcore.motion.height_change import Movement

WALKING_STANDS: Final = 4.0
"""Log-odds: 98 %. It is the bounce that may be mistaken, not that people walk upright."""
WALKED: Final = 0.15
"""Log-odds that a tenth of a second of walking adds, 0.7 a step: one jolt is not a walk."""
LYING_SITS: Final = -2.2
"""Log-odds: 90 % sit up from lying and stay for a moment; getting up altogether is a long movement, or ends in a walk."""
SURE: Final = 5.0
"""Log-odds of a statement by the wearer; also the largest belief, so that one mistake can be mended."""
CHAIR_M: Final = 0.33
CHAIR_VARIES_M: Final = 0.10
"""From standing to a chair the hips go down by 0.2 to 0.22 of the body height (knee height of a chair 0.43–0.48 m), less for the
flexed trunk and the cushion. Measured at the waist: 0.30–0.57 up, 0.15–0.43 down."""
CHANGES: Final = 0.3
CHANGES_UNSEEN: Final = 0.15
CHANGES_QUICKLY: Final = 0.02
GETS_UP: Final = 0.05
"""Getting up from lying ends in sitting (LYING_SITS); it goes on that much more often."""
QUICK_S: Final = 1.5
"""How often a movement changes the state: one of a few seconds; one that took too long to tell its rise (mostly a walk and what
follows it); one within 1.5 s of rest and rest, in which nobody sits down or stands up."""
SURELY: Final = 0.8
"""Least probability at which a slouch by one upright alone counts."""
TAIL: Final = 0.05
"""Density (1/m) of a rise that is wrong altogether: knocks, falls, the sensor handled."""
HANGS_DEG: Final = 10.0
MOST_HANGING: Final = 1.5
"""People come to rest within about 10° of their upright; a sensor that slipped or a wearer who slouches at once is further off, so
that hanging never weighs more than 82 to 18."""


@dataclass(frozen=True, slots=True)
class Belief:
    """Log-odds of standing: `happened` from movements, `hanging` from how the sensor hung at the last rest;
    `stated`: the wearer said so, and did nothing since."""

    happened: float = 0.0
    hanging: float = 0.0
    stated: bool = False

    @property
    def log_odds(self) -> float:
        return self.happened + self.hanging

    @property
    def state(self) -> str:
        return "standing" if self.log_odds > 0 else "sitting"

    @property
    def confidence(self) -> float:
        """Of `state`, 0.5 to 1."""
        return 1 / (1 + math.exp(-abs(self.log_odds)))


STANDS_ON_S: Final = 180.0
STANDING_FADES_TO: Final = -0.5
"""Who takes no step for minutes more likely sits: a missed sitting down is forgotten with this time constant. Most people stand
still for less than two minutes at a time; at a standing desk the hanging, or a step, still tells."""
LAY: Final = Belief(LYING_SITS)


def initial(calibrated: Iterable[str]) -> Belief:
    """The first belief. A wearer with one upright is more often in that state than not."""
    names = set(calibrated)
    return Belief({frozenset({"sitting"}): -0.5, frozenset({"standing"}): 0.5}.get(frozenset(names), 0.0))


def stated(state: str) -> Belief:
    """The belief after the wearer has stated what they do."""
    return Belief(SURE if state == "standing" else -SURE, stated=True)


def hanging(angle_deg: Mapping[str, float]) -> float:
    """Log-odds of the angles from the two uprights; 0 unless both are known."""
    if len(angle_deg) < 2:
        return 0.0
    sitting, standing = angle_deg["sitting"], angle_deg["standing"]
    weight = (sitting * sitting - standing * standing) / (2 * HANGS_DEG * HANGS_DEG)
    return min(max(weight, -MOST_HANGING), MOST_HANGING)


def walked(belief: Belief) -> Belief:
    """The belief after a tenth of a second of walking."""
    return Belief(min(belief.log_odds + WALKED, max(WALKING_STANDS, belief.log_odds)))


def stayed(belief: Belief, for_s: float) -> Belief:
    """The belief after `for_s` without a step."""
    if belief.stated or belief.happened <= STANDING_FADES_TO:
        return belief
    left = math.exp(-for_s / STANDS_ON_S)
    return Belief(STANDING_FADES_TO + (belief.happened - STANDING_FADES_TO) * left, belief.hanging)


def rested(belief: Belief, movement: Movement, angle_deg: Mapping[str, float], *, getting_up: bool = False) -> tuple[Belief, float]:
    """The belief after a movement, `angle_deg` from each upright at rest, and the probability that it changed the state.
    `getting_up`: the wearer lay before it."""
    measured = not math.isnan(movement.rise_m) and not getting_up
    changes = CHANGES if measured else CHANGES_UNSEEN
    if getting_up or movement.duration_s < QUICK_S:
        changes = GETS_UP if getting_up else CHANGES_QUICKLY
    stay = up = down = 1.0
    if measured:
        stay = _density(movement.rise_m, movement.error_m)
        chair = math.hypot(movement.error_m, CHAIR_VARIES_M)
        up, down = _density(movement.rise_m - CHAIR_M, chair), _density(movement.rise_m + CHAIR_M, chair)
    stood = 1 / (1 + math.exp(-belief.log_odds))
    rose, sank = (1 - stood) * changes * up, stood * changes * down
    stands, sits = stood * (1 - changes) * stay, (1 - stood) * (1 - changes) * stay
    changed = (rose + sank) / (rose + sank + stands + sits)
    if changed < CHANGES_QUICKLY:
        return belief, changed
    happened = math.log((stands + rose) / (sits + sank))
    return Belief(min(max(happened, -SURE), SURE), hanging(angle_deg)), changed


def _density(off_m: float, error_m: float) -> float:
    return math.exp(-0.5 * (off_m / error_m) ** 2) / (error_m * math.sqrt(2 * math.pi)) + TAIL
