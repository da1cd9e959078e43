"""Settings: one frozen value, read in the order defaults < file < environment `SPINAE_…` < command line.

Every default names its source. Ranges and meanings live beside the field (`metadata`), so that the check, `spinae config show`
and the documentation cannot disagree.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ENVIRONMENT_PREFIX = "SPINAE_"


def _setting(default: Any, low: float, high: float, help_: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "help": help_})


@dataclass(frozen=True, slots=True)
class PostureSettings:
    """When a posture counts as slouched."""

    threshold_deg: float = _setting(15.0, 3, 60, "degrees from your own upright that count as slouched (presets 8, 12, 15, 20)")
    """Open-source posture applications use 8.6–22° (dorso, Hack-Baro 12°, poise 15°, AirPosture 22°)."""
    release_ratio: float = _setting(0.7, 0.1, 1.0, "slouched ends below this share of the threshold")
    """Hysteresis of dorso."""
    dwell_s: float = _setting(3.0, 0.5, 60, "seconds beyond the threshold before the posture counts as slouched")
    """Lumo Lift's shortest delay; long enough that a reach across the desk is over."""
    release_dwell_s: float = _setting(1.0, 0.1, 30, "seconds below the release angle before the posture counts as upright")


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When to speak."""

    delay_s: float = _setting(15.0, 1, 600, "seconds of slouching before an alert")
    """Upright: about 5 s; Lumo Lift: 3 s to 10 min, recommending 2 min."""
    cooldown_s: float = _setting(60.0, 0, 3600, "pause between alerts")
    """poise 60 s, BatesPosture 300 s."""
    mute_after_s: float = _setting(30.0, 0, 300, "no alert for this long after walking, bending or lying")
    """Muting after movement answers the first complaint of wearers: buzzing for harmless movement."""
    per_hour: int = _setting(12, 0, 600, "at most this many alerts in any hour")
    """A budget: alert fatigue is the first and fifth complaint of wearers."""
    escalate_after_s: float = _setting(120.0, 10, 3600, "an unheeded alert is repeated, one level up, after this long")
    max_level: int = _setting(3, 1, 5, "the highest level of escalation")
    good_again_s: float = _setting(3.0, 0.5, 60, "seconds upright after an alert before 'good again' is said")
    """No sign that you are good again is the sixth complaint of wearers."""
    snooze_min: float = _setting(15.0, 1, 480, "minutes that a snooze lasts before alerts resume by themselves")
    quiet_hours: str = field(default="", metadata={"help": "local time without alerts, such as 22:00-07:00; empty for none"})


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """How tilt is estimated."""

    tau_acc_s: float = _setting(3.0, 0.5, 20, "seconds over which the accelerometer corrects the gyroscope")
    """VQF's default; best of 2, 3, 4 and 5 s over the trials in docs/accuracy.md."""
    tau_acc_only_s: float = _setting(0.5, 0.1, 10, "the same for a sensor without a gyroscope")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section."""

    posture: PostureSettings = field(default_factory=PostureSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    motion: MotionSettings = field(default_factory=MotionSettings)

    def items(self) -> Iterable[tuple[str, Any, Mapping[str, Any]]]:
        """(dotted key, value, metadata) of every setting."""
        for section in dataclasses.fields(self):
            values = getattr(self, section.name)
            for entry in dataclasses.fields(values):
                yield f"{section.name}.{entry.name}", getattr(values, entry.name), entry.metadata
