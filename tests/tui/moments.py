"""Snapshots to show, made by hand: a base moment, changed field by field."""

from dataclasses import replace
from typing import Any

import numpy as np

from sensorcore.events import AlertRaised, BaselineSet, Why
from sensorcore.view.event_summary import Alert
from sensorcore.view.snapshot import PlayPosition, Snapshot, TimeTotals, Trace

WHY = Why("sitting", "forward", 22.4, 15.0, 15.0, "sitting", False)
RAISED = AlertRaised(50.0, "slouch", 1, WHY)
ALERT = Alert(RAISED)
_N = 300

BASE = Snapshot(
    t_s=60.0,
    local_s=14 * 3600 + 3 * 60.0,
    has_signal=True,
    flexion_deg=3.0,
    lateral_deg=0.0,
    inclination_deg=3.0,
    direction="forward",
    posture="upright",
    context="sitting",
    state_s=42.0,
    threshold_deg=15.0,
    release_deg=10.5,
    trace=Trace((np.arange(_N) - _N + 1) / 10, np.full(_N, 3.0), np.zeros(_N), np.full(_N, 3.0)),
    totals=TimeTotals(40.0, 15.0, 5.0, 0.0),
    alerts=(),
    alerts_total=0,
    baseline=BaselineSet(0.0, "sitting", False, (0.0, 0.0, 1.0)),
    snoozed_until_s=None,
    progress=PlayPosition(duration_s=600.0),
)


def moment(**changes: Any) -> Snapshot:
    """The base moment with `changes`; those of `PlayPosition` go there. Of a sensor worn now (`link`) it is the present."""
    if changes.get("link") is not None:
        changes.setdefault("duration_s", changes.get("t_s", BASE.t_s))
    inside = {name: changes.pop(name) for name in list(changes) if name in PlayPosition.__slots__}
    return replace(BASE, **changes, progress=replace(BASE.progress, **inside))
