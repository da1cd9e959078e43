"""What a routine says while it waits for the sensor."""

from __future__ import annotations

from typing import Final

from sensorcore.routine.running import Running

LOOKING: Final = "Looking for the sensor …"
WITHOUT: Final = "n begins with the timer only."


def waiting_note(running: Running) -> str:
    """What it waits for, and what else can be done."""
    return " ".join([running.problem or LOOKING, *(() if running.programme.needs_sensor else (WITHOUT,))])
