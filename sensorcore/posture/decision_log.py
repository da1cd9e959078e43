"""Log of decision inputs, so that any past moment can be explained."""

from __future__ import annotations

import math
from bisect import bisect_right

from sensorcore.posture.explain import Explanation, explain, no_data
from sensorcore.posture.judge import DecisionInputs


class DecisionLog:
    """The newest `keep_s` seconds of inputs, oldest first; about 0.6 MB an hour for each recording that is played."""

    def __init__(self, keep_s: float = math.inf) -> None:
        self._keep_s = keep_s
        self._begins_s: list[float] = []
        self._thoughts: list[DecisionInputs] = []

    def add(self, inputs: DecisionInputs | None) -> None:
        """Inputs of the ticks that follow those already here."""
        if inputs is None or not inputs.scored_ticks:
            return
        begins_s = float(inputs.scored_ticks[0].end_s[0])
        self._begins_s.append(begins_s)
        self._thoughts.append(inputs)
        old = bisect_right(self._begins_s, begins_s - self._keep_s) if math.isfinite(self._keep_s) else 0
        if old > len(self._begins_s) // 2:  # in bulk: each cut moves all that is left
            del self._begins_s[:old], self._thoughts[:old]

    def explain(self, t_s: float) -> Explanation:
        """The moment `t_s`."""
        place = bisect_right(self._begins_s, t_s + 1e-6) - 1
        return explain(self._thoughts[place], t_s) if place >= 0 else no_data(t_s)
