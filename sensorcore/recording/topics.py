"""The channels of a recording and how each message is put into bytes.

Everything but `/raw` is JSON with a JSON schema, so that existing MCAP viewers (Foxglove, PlotJuggler) list and plot it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from sensorcore.commands import Command, storable
from sensorcore.errors import BadInput
from sensorcore.model import Pairing
from sensorcore.track.posture_track import CONTEXTS, POSTURES, TICK_HZ, PostureTrack

RAW: Final = "/raw"
POSTURE: Final = "/posture"
EVENTS: Final = "/events"
COMMANDS: Final = "/commands"
TRUTH: Final = "/truth"
SECOND: Final = "/second/raw"
PAIRING: Final = "/pairing"

_ANGLE: Final = {"type": ["number", "null"], "description": "degrees; null while unknown"}
_TIME: Final = {"type": "number", "description": "seconds of stream time"}

JSON_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    POSTURE: {
        "title": "spinae.Posture",
        "type": "object",
        "properties": {
            "t_s": {"type": "number", "description": f"start of the tick, 1/{TICK_HZ} s long, in stream time"},
            "flexion_deg": _ANGLE,
            "lateral_deg": _ANGLE,
            "uncertainty_deg": _ANGLE,
            "context": {"type": "string", "enum": list(CONTEXTS)},
            "posture": {"type": "string", "enum": list(POSTURES)},
        },
    },
    EVENTS: {"title": "spinae.Event", "type": "object", "properties": {"event": {"type": "string"}, "t_s": _TIME}},
    COMMANDS: {
        "title": "spinae.Command",
        "type": "object",
        "properties": {"t_s": _TIME, "kind": {"type": "string"}, "value": {"type": "string"}},
    },
    TRUTH: {"title": "spinae.Truth", "type": "object", "properties": {"t_s": _TIME}},
}
"""By topic; `/raw` has none: its bytes are the sensor's."""
_POSTURE_PROPERTIES: Final[dict[str, Any]] = JSON_SCHEMAS[POSTURE]["properties"]
PAIR_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    POSTURE: {**JSON_SCHEMAS[POSTURE], "properties": {**_POSTURE_PROPERTIES, "curvature_deg": _ANGLE}},
    PAIRING: {
        "title": "spinae.Pairing",
        "type": "object",
        "properties": {
            "shift_ticks": {"type": "integer", "description": f"tick of the first sensor less that of the second, 1/{TICK_HZ} s"},
            "missing": {"type": ["integer", "null"], "description": "the sensor (0 or 1) that is not waited for"},
        },
    },
}
"""Those of two sensors' recordings; `/second/raw` has none either."""


def json_bytes(value: Any) -> bytes:
    """Compact JSON; floats read back bit for bit."""
    return json.dumps(value, separators=(",", ":")).encode()


def parse_json(data: bytes, topic: str, where: str) -> dict[str, Any]:
    """Raises BadInput when the message is not a JSON object."""
    try:
        value = json.loads(data)
        if b"\\u" in data:
            value = _storable(value)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadInput(f"a message of {topic} is not a JSON object: {data[:40]!r}", where=where, hint="The file is damaged")
    return value


def _storable(value: Any) -> Any:
    """Strings with lone surrogates replaced: notes of old recordings may hold half a character."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(key): _storable(each) for key, each in value.items()}
    return value


def encode_posture(track: PostureTrack) -> Iterator[bytes]:
    """One JSON message a tick. Written by hand: eight hours are 288,000 of them."""
    columns = zip(
        (track.index / TICK_HZ).tolist(),
        track.flexion_deg.tolist(),
        track.lateral_deg.tolist(),
        track.uncertainty_deg.tolist(),
        track.context.tolist(),
        track.posture.tolist(),
        track.curvature_deg.tolist(),
        strict=True,
    )
    for t_s, flexion, lateral, uncertainty, context, posture, curvature in columns:
        rounded = "" if math.isnan(curvature) else f',"curvature_deg":{_number(curvature)}'
        yield (
            f'{{"t_s":{t_s!r},"flexion_deg":{_number(flexion)},"lateral_deg":{_number(lateral)},'
            f'"uncertainty_deg":{_number(uncertainty)},"context":"{CONTEXTS[context]}","posture":"{POSTURES[posture]}"{rounded}}}'
        ).encode()


def _number(value: float) -> str:
    # repr keeps every bit; what is not finite has no place in JSON
    return repr(value) if -1e300 < value < 1e300 else "null"


def decode_posture(messages: Sequence[bytes], where: str) -> PostureTrack:
    """The inverse of `encode_posture`. Raises BadInput for a message that is not one of ours."""
    rows = [parse_json(message, POSTURE, where) for message in messages]
    try:
        return PostureTrack(
            np.rint(np.array([row["t_s"] for row in rows], dtype=np.float64) * TICK_HZ).astype(np.int64),
            np.array([row["flexion_deg"] for row in rows], dtype=np.float64),
            np.array([row["lateral_deg"] for row in rows], dtype=np.float64),
            np.array([row["uncertainty_deg"] for row in rows], dtype=np.float64),
            np.array([CONTEXTS.index(row["context"]) for row in rows], dtype=np.int8),
            np.array([POSTURES.index(row["posture"]) for row in rows], dtype=np.int8),
            np.array([row.get("curvature_deg", np.nan) for row in rows], dtype=np.float64),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"a message of {POSTURE} lacks a field or holds an unknown word", where=where) from error


def decode_command(data: bytes, where: str) -> Command:
    """The inverse of `encode_command`."""
    value = parse_json(data, COMMANDS, where)
    try:
        return Command(float(value["t_s"]), value["kind"], str(value.get("value", "")))
    except (KeyError, TypeError, ValueError, BadInput) as error:
        raise BadInput(f"a message of {COMMANDS} is not a command: {data[:60]!r}", where=where) from error


def decode_pairing(data: bytes, where: str) -> Pairing:
    """The inverse of `json_bytes(asdict(pairing))`."""
    value = parse_json(data, PAIRING, where)
    shift, missing = value.get("shift_ticks"), value.get("missing")
    if type(shift) is not int or missing not in (0, 1, None):
        raise BadInput(f"a message of {PAIRING} is not a pairing: {data[:60]!r}", where=where)
    return Pairing(shift, missing)


def encode_command(command: Command) -> bytes:
    return json_bytes(command.to_json())
