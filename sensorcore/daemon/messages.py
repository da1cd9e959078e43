"""Protocol between daemon and views: one JSON object a line. A view sends one request, then receives, and may send commands.

View → daemon: `{"schema": "spinae.daemon/1", "want": "view" | "status" | "stop"}`, then `{"command": {"kind", "value"}}` and
`{"settings": {…}}`, `{"explain": t_s}`, `{"hear": true}`.
Daemon → view: `begin` (the stream), `output` (ticks and events), `link`, `clock`, `earlier` (today's other recordings), `present`
(the past is complete), `alive` (twice a second, with the age of the newest tick), `explained` (on request), `raw` (the sensor's
payloads, after `hear`), `end` (an orderly end); to "status" and "stop" one `status`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any, Final

import numpy as np

from sensorcore import events as all_events
from sensorcore.commands import Command, storable
from sensorcore.errors import BadInput, SpinaeError
from sensorcore.events import Event
from sensorcore.link import LinkStatus
from sensorcore.model import Notification, Second, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.posture.explain import Explanation
from sensorcore.posture.policy import PolicyState
from sensorcore.posture.speaking import PolicyChange
from sensorcore.recording.info import RecordingInfo
from sensorcore.settings import Settings
from sensorcore.storage.plain import from_plain
from sensorcore.track.minutes import DailyTotals, Minute
from sensorcore.track.posture_track import PostureTrack

SCHEMA: Final = "spinae.daemon/1"
LONGEST_REQUEST: Final = 16 * 1024
LONGEST_MESSAGE: Final = 16 * 1024 * 1024
_COLUMNS: Final = {
    "index": "<i8",
    "flexion_deg": "<f8",
    "lateral_deg": "<f8",
    "uncertainty_deg": "<f8",
    "context": "i1",
    "posture": "i1",
    "curvature_deg": "<f8",
}
_WANTS: Final = ("view", "status", "stop")


def line(kind: str, **fields: Any) -> bytes:
    """One message of the daemon."""
    return _line(kind=kind, **fields)


def _line(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def request(want: str) -> bytes:
    return _line(schema=SCHEMA, want=want)


def wanted(text: bytes) -> str:
    """Kind of a view's request. Raises BadInput."""
    asked = parsed(text)
    if asked.get("schema") != SCHEMA or asked.get("want") not in _WANTS:
        raise BadInput("this is no request that the daemon understands", hint="Update spinae, then `spinae daemon stop`.")
    return str(asked["want"])


def parsed(text: bytes) -> dict[str, Any]:
    """One line as an object. Raises BadInput."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadInput("this is no message of the daemon's")
    return value


def begin_line(info: StreamInfo, settings: Settings) -> bytes:
    return line("begin", info=RecordingInfo(info, "").to_metadata(), settings=settings.to_record())


def begun(message: dict[str, Any]) -> tuple[StreamInfo, Settings]:
    """The inverse of `begin_line`. Raises BadInput."""
    info = RecordingInfo.from_metadata(_dictionary(message, "info"), "daemon").stream
    return info, Settings().as_recorded(_dictionary(message, "settings"))


def output_line(track: PostureTrack, events: Iterable[Event], asked: Iterable[PolicyChange] = (), lag_s: float = 0.0) -> bytes:
    """`lag_s`: age of the newest sample."""
    columns = {
        name: base64.b64encode(np.ascontiguousarray(getattr(track, name), dtype=kind).tobytes()).decode()
        for name, kind in _COLUMNS.items()
    }
    states = [{"t_s": each.t_s, **asdict(each.state)} for each in asked]
    plain = [event.to_json() for event in events]
    return line("output", track=columns, events=plain, lag_s=lag_s, **({"policy": states} if states else {}))


def output_of(message: dict[str, Any]) -> PipelineOutput:
    """The inverse of `output_line`. Raises BadInput."""
    with _understood():
        columns = {name: np.frombuffer(base64.b64decode(message["track"][name]), kind) for name, kind in _COLUMNS.items()}
        changes = tuple(PolicyChange(each.pop("t_s"), from_plain(PolicyState, each)) for each in message.get("policy", ()))
        return PipelineOutput(PostureTrack(**columns), tuple(map(event_from, message["events"])), policy_changes=changes)


def event_from(value: dict[str, Any]) -> Event:
    """The inverse of `Event.to_json`. Raises BadInput for what is no event of this version."""
    try:
        kind = kinds()[value["event"]]
        return from_plain(kind, {name: part for name, part in value.items() if name != "event"})
    except (KeyError, TypeError, BadInput) as error:
        raise BadInput(f"this is no event ({error})", hint="Update spinae.") from None


@cache
def kinds() -> dict[str, type[Event]]:
    """All kinds of events by name. (`Event.__subclasses__` would also find what `dataclass` made the slotted classes from.)"""
    return {name: kind for name, kind in vars(all_events).items() if isinstance(kind, type) and issubclass(kind, Event)}


@contextmanager
def _understood() -> Iterator[None]:
    """Raises BadInput for a message of the daemon's that is not as it should be."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, BadInput) as error:
        raise BadInput(f"the daemon's message cannot be understood ({error})") from None


def seconds_of(message: dict[str, Any], name: str) -> float:
    """A duration of a message; 0 from an older daemon. Raises BadInput."""
    with _understood():
        return from_plain(float, message.get(name, 0.0), name)


def link_line(link: LinkStatus) -> bytes:
    return line("link", link=asdict(link))


def link_of(message: dict[str, Any]) -> LinkStatus:
    """The inverse of `link_line`. Raises BadInput."""
    with _understood():
        return from_plain(LinkStatus, message["link"])


def earlier_line(daily_totals: DailyTotals) -> bytes:
    return line("earlier", **asdict(daily_totals))


def earlier_of(message: dict[str, Any]) -> DailyTotals:
    """The inverse of `earlier_line`. Raises BadInput."""
    with _understood():
        return DailyTotals(from_plain(tuple[Minute, ...], message["days"]))


def raw_line(arrived: Notification | Second[Notification]) -> bytes:
    sent = arrived.sent if isinstance(arrived, Second) else arrived
    payload = base64.b64encode(sent.payload).decode()
    return line("raw", arrival_unix_ns=sent.arrival_unix_ns, payload=payload, **({"second": True} if sent is not arrived else {}))


def raw_of(message: dict[str, Any]) -> Notification | Second[Notification]:
    """The inverse of `raw_line`. Raises BadInput."""
    with _understood():
        sent = Notification(int(message["arrival_unix_ns"]), base64.b64decode(message["payload"]))
    return Second(sent) if message.get("second") else sent


def explained_line(found: Explanation) -> bytes:
    return line("explained", **asdict(found))


def explained_of(message: dict[str, Any]) -> Explanation:
    """The inverse of `explained_line`. Raises BadInput."""
    with _understood():
        return from_plain(Explanation, message, ignores=True)


def hear_line(*, on: bool) -> bytes:
    return _line(hear=on)


def explain_line(t_s: float) -> bytes:
    return _line(explain=t_s)


def moment_of(message: dict[str, Any]) -> float:
    """The stream time asked about. Raises BadInput."""
    try:
        return from_plain(float, message.get("explain"))
    except BadInput:
        raise BadInput("a moment is a number of seconds") from None


def command_line(command: Command) -> bytes:
    return _line(command={"kind": command.kind, "value": command.value})


def settings_line(settings: Settings) -> bytes:
    return _line(settings=settings.to_record())


def settings_of(message: dict[str, Any], settings: Settings) -> Settings:
    """`settings` with a view's changes. Raises BadInput or BadSetting."""
    for key, value in _dictionary(message, "settings").items():
        settings = settings.with_value(key, value, "the dashboard")
    return settings


def command_of(message: dict[str, Any], t_s: float) -> Command:
    """The wearer's command, at `t_s`. Raises BadInput."""
    said = _dictionary(message, "command")
    kind, value = said.get("kind", ""), said.get("value", "")
    if not isinstance(value, str):
        raise BadInput("the value of a command is text")
    if kind in ("settings", "zone"):
        raise BadInput(f"'{kind}' is nothing that a view may say", hint="Settings are changed by a message of their own.")
    return Command(t_s, kind, storable(value))


def problem_of(error: SpinaeError) -> bytes:
    """The refusal of a request."""
    return line("refused", problem=str(error))


def _dictionary(message: dict[str, Any], name: str) -> dict[str, Any]:
    value = message.get(name)
    if not isinstance(value, dict):
        raise BadInput(f"the daemon's message lacks its '{name}'")
    return value
