"""Faults as data: `[[fault]]` tables of a scenario, `--fault` on the command line, records on the truth channel."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast, get_args

from sensorcore.errors import BadInput

FaultKind: TypeAlias = Literal[
    "slip",
    "drift",
    "off",
    "heat",
    "knock",
    "lost",
    "duplicate",
    "damaged",
    "stall",
    "backfill",
    "batch",
    "reboot",
    "battery",
]
TrunkAxis: TypeAlias = Literal["x", "y", "z"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, from `at_s` for `duration_s` (unset: as its kind has it). `axis` is the trunk's (x forward, y left, z up) that
    the sensor turns about; KINDS defines the sizes of each kind."""

    kind: FaultKind
    at_s: float = 0.0
    duration_s: float | None = None
    axis: TrunkAxis | None = None
    deg: float | None = None
    deg_per_h: float | None = None
    celsius: float | None = None
    g: float | None = None
    share: float | None = None
    every_s: float | None = None
    delay_s: float | None = None
    ring_s: float | None = None

    @property
    def end_s(self) -> float:
        return self.at_s + (math.inf if self.duration_s is None else self.duration_s)


class Size(NamedTuple):
    """A size's usual value and its range."""

    usual: float
    low: float
    high: float


class Kind(NamedTuple):
    """A kind of fault: what happens, how long it usually lasts (None: to the end), its sizes, whether it turns about an axis, and
    which others of its `group` must not happen at the same time."""

    about: str
    duration_s: float | None
    sizes: dict[str, Size]
    turns: bool = False
    group: str = ""


_SHARE: Final = Size(0.05, 0.0, 1.0)
GRIP_S: Final = 0.3
"""How long before it is taken off, and after it is put back on, a hand holds it still on the body."""
HAND_S: Final = 2.5
"""How long a hand takes to lay the sensor down, and to put it back on."""
KINDS: Final[dict[FaultKind, Kind]] = {
    "slip": Kind("the sensor turns on the body by deg, in duration_s", 0.5, {"deg": Size(10.0, -180.0, 180.0)}, turns=True),
    "drift": Kind("the sensor turns slowly, by deg_per_h", None, {"deg_per_h": Size(3.0, -180.0, 180.0)}, turns=True),
    "off": Kind(
        "taken off, laid on a table, put back on turned by deg", 120.0, {"deg": Size(8.0, -180.0, 180.0)}, turns=True, group="off"
    ),
    "heat": Kind("the surroundings are warmer by celsius", 600.0, {"celsius": Size(10.0, -60.0, 60.0)}),
    "knock": Kind("a blow of up to g", 0.06, {"g": Size(30.0, 0.0, 1000.0)}),
    "lost": Kind("a share of the frames never arrives", None, {"share": _SHARE}),
    "duplicate": Kind("a share of the frames arrives twice", None, {"share": _SHARE}),
    "damaged": Kind("a share of the frames has a wrong byte", None, {"share": Size(0.02, 0.0, 1.0)}),
    "batch": Kind("frames arrive together, every so many seconds", 60.0, {"every_s": Size(1.0, 0.05, 60.0)}),
    "stall": Kind(
        "the link is down; then all that the sensor still holds (ring_s) comes late, in order, before new frames",
        10.0,
        {"ring_s": Size(600.0, 0.0, 1e6)},
        group="link",
    ),
    "backfill": Kind(
        "the link is down; new frames come first, and delay_s later the host asks again for all since then",
        10.0,
        {"delay_s": Size(5.0, 0.0, 600.0)},
        group="link",
    ),
    "reboot": Kind("the sensor restarts: no samples, then a new session and a new clock", 2.5, {}, group="link"),
    "battery": Kind("the battery is empty, for duration_s", None, {}, group="link"),
}
_APART_S: Final = {"off": 2 * GRIP_S}
_SHORTEST_S: Final = {"off": 2 * HAND_S + 1.0, "slip": 0.05, "knock": 0.02}


def settled(faults: Iterable[Fault], where: str) -> tuple[Fault, ...]:
    """The faults in order of time, each size that its kind has filled in. Raises BadInput for a size that the kind does not have
    or that is out of range, and for two that cannot happen at once."""
    ready = sorted((_settled(fault, where) for fault in faults), key=lambda fault: fault.at_s)
    for group in {KINDS[fault.kind].group for fault in ready} - {""}:
        for before, after in pairwise(fault for fault in ready if KINDS[fault.kind].group == group):
            if after.at_s < before.end_s + _APART_S.get(group, 0.0):
                raise BadInput(
                    f"the fault {after.kind} at {after.at_s:g} s begins before {before.kind} at {before.at_s:g} s is over",
                    where=where,
                )
    return tuple(ready)


def _settled(fault: Fault, where: str) -> Fault:
    kind, at = KINDS[fault.kind], f"{where}: fault {fault.kind}"
    known = {"kind", "at_s", "duration_s", *kind.sizes} | ({"axis"} if kind.turns else set())
    for name in (field.name for field in fields(Fault)):
        if name not in known and getattr(fault, name) is not None:
            raise BadInput(f"it has no {name}", where=at, hint=f"It takes {_takes(fault.kind)}")
    duration_s = kind.duration_s if fault.duration_s is None else fault.duration_s
    shortest_s = _SHORTEST_S.get(fault.kind, 0.0)
    if not 0.0 <= fault.at_s < math.inf:
        raise BadInput(f"at_s is {fault.at_s:g}; it must be 0 or more", where=at)
    if duration_s is not None and not shortest_s <= duration_s < math.inf:
        raise BadInput(f"duration_s is {duration_s:g}; it must be {shortest_s:g} or more", where=at)
    sizes: dict[str, Any] = {"axis": fault.axis or "y"} if kind.turns else {}
    for name, size in kind.sizes.items():
        value = getattr(fault, name)
        sizes[name] = size.usual if value is None else value
        if not size.low <= sizes[name] <= size.high:
            raise BadInput(f"{name} is {value:g}; it must be {size.low:g} to {size.high:g}", where=at)
    return replace(fault, duration_s=duration_s, **sizes)


def from_option(text: str) -> Fault:
    """A fault from `kind:name=value,…` (`slip:at=600,deg=12`); `at`, `duration` and the like may leave out their `_s`. Raises
    BadInput."""
    where = f"--fault {text}"
    kind, _, rest = text.partition(":")
    if kind not in get_args(FaultKind):
        raise BadInput(f"there is no fault {kind!r}", where=where, hint=f"Known are {', '.join(KINDS)}")
    values: dict[str, Any] = {}
    names = {field.name.removesuffix("_s"): field.name for field in fields(Fault) if field.name != "kind"}
    for part in filter(None, rest.split(",")):
        name, equals, value = part.partition("=")
        field = names.get(name.strip().removesuffix("_s"))
        if field is None or not equals:
            raise BadInput(f"{part!r} is not understood", where=where, hint=f"It takes {_takes(kind)}")
        values[field] = _parsed(field, value.strip(), where)
    return settled([Fault(cast(FaultKind, kind), **values)], where)[0]


def _parsed(field: str, value: str, where: str) -> Any:
    if field == "axis":
        if value not in get_args(TrunkAxis):
            raise BadInput(f"axis is {value!r}; it must be x, y or z", where=where)
        return value
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"{field} is {value!r}, which is not a number", where=where)
    return number


def _takes(kind: Any) -> str:
    return ", ".join(["at", "duration", *(["axis"] if KINDS[kind].turns else []), *KINDS[kind].sizes])


def of_kind(faults: Iterable[Fault], *kinds: FaultKind) -> Iterator[Fault]:
    """Those of these kinds, in their order."""
    return (fault for fault in faults if fault.kind in kinds)


def fault_record(fault: Fault, duration_s: float) -> dict[str, Any]:
    """A fault for the truth channel of a stream of `duration_s`."""
    sizes = {name: getattr(fault, name) for name in ("axis", *KINDS[fault.kind].sizes) if getattr(fault, name) is not None}
    return {"t_s": round(fault.at_s, 3), "end_s": round(min(fault.end_s, duration_s), 3), "fault": fault.kind, **sizes}
