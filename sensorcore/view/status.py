"""Status as one JSON object, for `spinae status`, `stream`, the web page and home automation."""

from __future__ import annotations

from typing import Any, Final

from sensorcore.link import LinkStatus
from sensorcore.view.snapshot import Snapshot, TimeTotals

SCHEMA: Final = "spinae.status/1"


def status_of(s: Snapshot, link: LinkStatus) -> dict[str, Any]:
    """State of the wearer now, and today so far. Angles are None while they are not known."""
    totals, alerts = s.so_far
    return {
        "schema": SCHEMA,
        "t_s": round(s.t_s, 1),
        "posture": s.posture if s.has_signal else "unknown",
        "context": s.context if s.has_signal else "unknown",
        "state_s": round(s.state_s, 1),
        "inclination_deg": _rounded(s.inclination_deg),
        "flexion_deg": _rounded(s.flexion_deg),
        "lateral_deg": _rounded(s.lateral_deg),
        **({} if s.curvature_deg is None else {"curvature_deg": _rounded(s.curvature_deg)}),
        "threshold_deg": s.threshold_deg,
        "direction": s.direction,
        "has_signal": s.has_signal,
        "snoozed": s.snoozed_until_s is not None,
        "totals": {name: round(getattr(totals, name), 1) for name in TimeTotals.__slots__},
        "alerts": alerts,
        "simulated": s.simulated,
        "sensor": sensor_of(link, s.progress.problem),
    }


def sensor_of(link: LinkStatus, problem: str | None = None) -> dict[str, Any]:
    """The sensor and its link."""
    return {
        "name": link.sensor,
        "serial": link.serial,
        "state": link.state,
        "battery_percent": link.battery_percent,
        "problem": link.problem or problem or link.trouble,
    }


def _rounded(angle_deg: float | None) -> float | None:
    return None if angle_deg is None else round(angle_deg, 1)
