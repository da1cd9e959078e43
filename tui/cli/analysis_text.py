"""What `spinae analyze` prints for people: the JSON report in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sensorcore.pipeline.analysis import Analysis
from sensorcore.text.escape import one_line


def as_text(result: Analysis) -> str:
    """The report, a line a topic; what was not seen has no line."""
    plain = result.to_json()
    lines = [f"{one_line(result.recording)}: {clock(plain['duration_s'])} at {plain['sample_rate_hz']:g} Hz"]
    for part in (_posture, _slips, _contexts, _exposure, _breathing, _reps, _gaps, _alerts):
        lines += part(plain)
    lines += [f"  note: {one_line(note)}" for note in plain["notes"]]
    return "\n".join(lines)


def _posture(plain: dict[str, Any]) -> Iterator[str]:
    posture = plain["posture"]
    wear_s = plain["wear_s"] or 1.0
    for word in ("upright", "slouched", "unknown"):
        seconds = posture[f"{word}_s"]
        yield f"  {word:9} {clock(seconds):>9}  {100 * seconds / wear_s:5.1f} %"
    if posture["not_worn_s"]:
        yield f"  not worn  {clock(posture['not_worn_s']):>9}"
    if posture["inclination_percentiles_deg"]:
        yield f"  leaning   {_degrees(posture['inclination_percentiles_deg'])}"


def _contexts(plain: dict[str, Any]) -> Iterator[str]:
    spent: Counter[str] = Counter()
    for each in plain["contexts"]:
        spent[each["state"].replace("_", " ")] += each["end_s"] - each["start_s"]
    if spent:
        yield "  doing     " + "  ".join(f"{state} {clock(seconds)}" for state, seconds in spent.most_common())


def _slips(plain: dict[str, Any]) -> Iterator[str]:
    for slip in plain["slips"]:
        until = "the end" if slip["until_s"] is None else clock(slip["until_s"])
        yield f"  slipped   by {slip['angle_deg']:.0f}°, some time after {clock(slip['since_s'])}; posture not known until {until}"


def _exposure(plain: dict[str, Any]) -> Iterator[str]:
    found = plain["exposure"]
    if not found["measured_s"]:
        return
    above = "  ".join(f">{limit}°: {clock(seconds)}" for limit, seconds in found["above_s"].items())
    yield f"  exposure  {_degrees(found['inclination_percentiles_deg'])}   {above}"
    if found["posture_changes_per_hour"] is not None:
        longest = found["longest_static"]
        static = f", longest in one pose {clock(longest['end_s'] - longest['start_s'])}" if longest else ""
        held = f"  poses     {found['posture_changes_per_hour']:g} changes an hour, {clock(found['static_s'])} static{static}"
        yield held + (f", {len(found['move_reminders_s'])} reminders to move" if found["move_reminders_s"] else "")


def _breathing(plain: dict[str, Any]) -> Iterator[str]:
    rates = sorted(each["rate_per_min"] for each in plain["breathing"])
    if rates:
        known_s = sum(each["end_s"] - each["start_s"] for each in plain["breathing"])
        middle = rates[len(rates) // 2]
        yield f"  breathing {middle:.1f} a minute (from {rates[0]:.1f} to {rates[-1]:.1f}), known for {clock(known_s)}"


def _reps(plain: dict[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys(rep["exercise"] for rep in plain["reps"]):
        mine = [rep for rep in plain["reps"] if rep["exercise"] == name]
        sides = Counter(rep["side"] for rep in mine if rep["side"])
        by_side = f" ({', '.join(f'{count} {side}' for side, count in sorted(sides.items()))})" if sides else ""
        hints = Counter(rep["hints"]["tempo"] for rep in mine).most_common(1)[0][0]
        usual = sorted(rep["range_deg"] for rep in mine)[len(mine) // 2]
        yield f"  reps      {name.replace('_', ' ')} {len(mine)}{by_side}, {usual:.0f}°, {hints}"


def _gaps(plain: dict[str, Any]) -> Iterator[str]:
    lost_s = sum(gap["end_s"] - gap["start_s"] for gap in plain["gaps"])
    yield f"  gaps      {len(plain['gaps'])}" + (f", {lost_s:.1f} s in all" if plain["gaps"] else "")


def _alerts(plain: dict[str, Any]) -> Iterator[str]:
    yield f"  alerts    {len(plain['alerts'])}"
    for alert in plain["alerts"]:
        why = alert["why"]
        whose = "an assumed" if why["baseline_assumed"] else "your"
        yield (
            f"    {clock(alert['t_s']):>9}  {why['direction']} {why['angle_deg']:.0f}° for {why['dwell_s']:.0f} s "
            f"(limit {why['threshold_deg']:g}°), measured from {whose} {why['baseline']} upright"
        )


def _degrees(percentiles: dict[str, float]) -> str:
    return "  ".join(f"{p} %: {value:g}°" for p, value in percentiles.items())


def clock(seconds: float) -> str:
    """Hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
