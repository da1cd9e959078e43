"""What each place on the trunk sees of the body's movement."""

from __future__ import annotations

from dataclasses import dataclass

from sensorcore.model import Placement


@dataclass(frozen=True, slots=True)
class Place:
    """What a place on the trunk sees: how far sitting turns it (+ forward), and its lever arm from the hip axis as shares of
    the body height (forward, left, up), and the share of the pelvis's quick turns in walking that the spine passes on."""

    sitting_turn_deg: float
    lever: tuple[float, float, float]
    gait_share: float


PLACES: dict[Placement, Place] = {
    "waist": Place(-18.0, (-0.055, 0.0, 0.03), 1.0),
    "lower_back": Place(-11.0, (-0.06, 0.0, 0.09), 0.8),
    "upper_back": Place(-5.0, (-0.06, 0.0, 0.25), 0.3),
    "chest": Place(-5.0, (0.07, 0.0, 0.22), 0.3),
}
"""Sitting tilts the pelvis back by about 18° (PubMed 22915074); the spine above gives back most of it."""
