"""Meaning of a column by its name: quantity, axis and unit.

`ax_g`, `acc_x [m/s^2]`, `Accel X (mg)`, `Beschleunigung x (m/s²)`, `gFx`, `Angular velocity X(°/s)`, `gyroX_dps`, `wx (rad/s)`,
`accelerationIncludingGravity.x`, `motionUserAccelerationX(G)`, `Time since start in ms`. Acceleration without gravity is
recognised by its name, never by its size: a walk shakes it to as much as gravity is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sensorcore.model import STANDARD_GRAVITY_MPS2

Quantity: TypeAlias = Literal["acc", "linear", "gravity", "gyr"]
"""Acceleration with gravity, without it, gravity alone, angular rate."""

_DEG: Final = 0.017453292519943295
_UNITS: Final[dict[str, tuple[str, float]]] = {
    **dict.fromkeys(
        ("m/s2", "mps2", "ms2", "ms-2", "m/s/s", "m/(s2)", "m/sec2", "m/s2*", "m/(s2)*", "ms^-2", "m*s-2", "m.s-2", "m·s-2"),
        ("acc", 1.0),
    ),
    **dict.fromkeys(("mm/s2", "mmps2", "mm/(s2)"), ("acc", 1e-3)),
    **dict.fromkeys(("cm/s2", "cmps2"), ("acc", 1e-2)),
    **dict.fromkeys(("g", "gf", "gs", "g's", "gforce", "g0", "gn", "g-force", "standardgravity"), ("acc", STANDARD_GRAVITY_MPS2)),
    **dict.fromkeys(("mg", "millig", "milli-g", "mgf", "mgs"), ("acc", STANDARD_GRAVITY_MPS2 / 1e3)),
    **dict.fromkeys(("ug", "microg"), ("acc", STANDARD_GRAVITY_MPS2 / 1e6)),
    **dict.fromkeys(
        ("rad/s", "radps", "rads", "rad/sec", "rad/second", "radians/s", "radians/second", "rads-1", "rad·s-1", "rad.s-1"),
        ("gyr", 1.0),
    ),
    **dict.fromkeys(("mrad/s", "mradps"), ("gyr", 1e-3)),
    **dict.fromkeys(
        ("dps", "deg/s", "degps", "degs", "°/s", "deg/sec", "degrees/s", "degrees/second", "deg/second", "°/sec", "deg/s*", "º/s",
         "˚/s", "degree/s", "°s-1"),
        ("gyr", _DEG),
    ),
    **dict.fromkeys(("mdps", "mdeg/s", "millidps", "m°/s"), ("gyr", _DEG / 1e3)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sekunden"), ("time", 1.0)),
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisec", "milliseconds", "millisecond"), ("time", 1e3)),
    **dict.fromkeys(("us", "usec", "micros", "microsec", "microseconds", "microsecond"), ("time", 1e6)),
    **dict.fromkeys(("ns", "nsec", "nanos", "nanosec", "nanoseconds", "nanosecond"), ("time", 1e9)),
}  # fmt: skip
"""Spellings: what they measure, and the factor to SI (of times: how many make a second)."""

_BRACKETED: Final = re.compile(
    r"^(.*?)\s*(?:\(\s*([^()]*(?:\([^()]*\)[^()]*)?)\s*\)|\[\s*([^\[\]]*?)\s*\]|[{<]\s*([^{}<>]*?)\s*[}>])\s*$"
)
_AXIS_LAST: Final = re.compile(r"^(.*?)[ _\-.:]*([xyz])(?:[ _\-.]*(?:axis|achse|axe|eje))?(?:[ _\-.]*(?:cal|raw|value))?$")
_AXIS_FIRST: Final = re.compile(r"^([xyz])(?:[ _\-.]*(?:axis|achse|axe|eje))?(?:[ _\-.]+(.*))?$")

_LINEAR: Final = re.compile(
    r"linea|linear|lin[ée]a|line[aá]r|liniow|linjär|lineær|doğrusal|dogrusal|линейн|л[іи]н[іи]йн|線形|直線|线性|線性|선형|γραμμικ"
    r"|tuyến tính|रैखिक|\blin ?acc|\bl ?acc|\buser\b|user ?acc|free ?acc|dynamic|body ?acc|without g|w/o g"
    r"|no g\b|no gravity|ohne g|sans g|\bsin g|senza g|\bsem g|zonder g|bez g|utan g|gravity ?(?:removed|compensated|subtracted)"
    r"|acc(?:eleration)? ?ng\b"
)
_INCLUDING: Final = re.compile(r"includ|\bincl|with g\b|with gravity|mit g\b|mit schwer|avec g|con g\b|com g\b|total ?acc")
_GRAVITY: Final = re.compile(
    r"gravit|\bgrav\b|schwerkraft|gravedad|gravidade|zwaartekracht|grawitac|tyngd|yerçekimi|гравит|重力|중력|βαρύτητ|trọng"
)
_RATE: Final = re.compile(
    r"gyr|gyro|giro|gir[oó]s|kreisel|rotation|rotrate|rot ?rate|angular|angul|omega|winkelg|drehrate|\bang ?vel"
    r"|角速度|陀螺|гироскоп|자이로|γυροσκ"
)
_ACC: Final = re.compile(
    r"\bacc|accel|accé|acel|akcel|beschl|versnelling|przysp|zrychl|ivme|ускорен|加速|가속|επιτάχ|gia tốc|g ?force|\bgf\b|kiihty"
)
_OTHER: Final = re.compile(
    r"\bmag|magn|compass|\bfield|feld|baro|press|euler|roll|pitch|yaw|quat|\bangle|attitude|orient|temp|veloc(?!ity ?rate)|speed|"
    r"\bpos|\bgps|\bstd|variance|\bvar\b|\bmean\b|\bheading|\bjerk|offset|\bbias"
)
_SHORT: Final[dict[str, Quantity]] = {
    "a": "acc",
    "g": "gyr",
    "w": "gyr",
    "gf": "acc",
    "la": "linear",
    "lin": "linear",
    "r": "gyr",
    "ω": "gyr",
}
_UNCALIBRATED: Final = re.compile(r"uncal|\braw|wide ?range|\bwr\b")


@dataclass(frozen=True, slots=True)
class Meaning:
    """Meaning of one column: `axis` 0 to 2, `scale` to SI (None: the name says no unit), `group`: the name without axis and
    unit; `rank`: which to prefer of several (lower first)."""

    quantity: Quantity
    axis: int
    scale: float | None
    group: str
    rank: int = 0


def unit_of(text: str) -> tuple[str, float] | None:
    """Quantity of a unit (acc, gyr, time) and its factor; None for words that are no unit."""
    return _UNITS.get(_clean(text).replace(" ", "").replace("^", "").replace("**", ""))


def split_unit(name: str, unit: str = "") -> tuple[str, tuple[str, float] | None]:
    """A column's name without its unit, and the unit: in brackets, after the name (`_mps2`, ` in ms`), or on a line of its own."""
    plain = _clean(name)
    if unit and (known := unit_of(unit.rsplit(maxsplit=1)[-1])) is not None:
        return plain, known
    bracketed = _BRACKETED.match(plain)
    if bracketed is not None and (found := unit_of(bracketed[2] or bracketed[3] or bracketed[4] or "")) is not None:
        return bracketed[1], found
    for tail, spelled in (("_m_s2", "m/s2"), ("_m_s_2", "m/s2"), ("_rad_s", "rad/s"), ("_deg_s", "deg/s"), ("_m_s^2", "m/s2")):
        if plain.endswith(tail):
            return plain.removesuffix(tail), unit_of(spelled)
    for mark in ("_", " in ", " ", "-", ".", ":"):
        head, found_mark, tail = plain.rpartition(mark)
        if found_mark and head and (found := unit_of(tail)) is not None:
            return head.strip(" _-."), found
    return (bracketed[1], None) if bracketed is not None else (plain, None)


def meaning(name: str, unit: str = "") -> Meaning | None:
    """Meaning of a column; None when it is neither acceleration nor angular rate along an axis."""
    rest, found = split_unit(name, unit)
    if found is not None and found[0] == "time":
        return None
    axis_last, axis_first = _AXIS_LAST.match(rest), _AXIS_FIRST.match(rest)
    if axis_first is not None:
        words, axis = axis_first[2] or "", axis_first[1]
    elif axis_last is not None:
        words, axis = axis_last[1], axis_last[2]
    else:
        return None
    words = re.sub(r"[_\-.:,/]+", " ", words).strip()
    quantity = _quantity(words, None if found is None else found[0])
    if quantity is None:
        return None
    scale = None if found is None else found[1]
    if scale is None and words == "gf":
        scale = STANDARD_GRAVITY_MPS2  # Physics Toolbox: the name is the unit
    rank = (0 if _INCLUDING.search(words) else 1) + (2 if _UNCALIBRATED.search(words) else 0)
    return Meaning(quantity, "xyz".index(axis), scale, words, rank)


def without_gravity(name: str) -> bool:
    """Whether a file or a set of columns says by its name that its acceleration has no gravity."""
    words = _words(name)
    return bool(_LINEAR.search(words) and _ACC.search(words)) and not _INCLUDING.search(words)


def gravity_alone(name: str) -> bool:
    """Whether a file says by its name that it holds gravity alone."""
    words = _words(name)
    return bool(_GRAVITY.search(words)) and not _ACC.search(words) and len(words.split()) <= 2


def _quantity(words: str, dimension: str | None) -> Quantity | None:
    quantity = _SHORT.get(words) or _by_words(words, dimension)
    if dimension == "gyr":
        return None if quantity is None else "gyr"
    return "acc" if dimension == "acc" and quantity == "gyr" else quantity


def _by_words(words: str, dimension: str | None) -> Quantity | None:
    if _RATE.search(words):
        return "gyr"
    if _OTHER.search(words):
        return None
    if _INCLUDING.search(words):
        return "acc"
    is_acc = dimension == "acc" or _ACC.search(words) is not None
    if is_acc and _LINEAR.search(words):
        return "linear"
    if _GRAVITY.search(words):
        return "gravity"
    return "gyr" if dimension == "gyr" else "acc" if is_acc else None


def _words(name: str) -> str:
    return re.sub(r"[_\-.:,/]+", " ", _clean(name))


def _clean(text: str) -> str:
    """Lower case, camel case apart, with the signs of Unicode and of code pages in one spelling."""
    text = unicodedata.normalize("NFKC", text).replace("μ", "u").replace("µ", "u").replace("⁻", "-").replace("−", "-")
    text = re.sub(r"(?<=[a-zà-ÿ]{2})(?=[A-Z][a-z])|(?<=[a-z]{2})(?=[XYZ](?:[^A-Za-z]|$))", " ", text)
    text = text.lower().strip()
    return re.sub(r"\s+", " ", text.replace("s^2", "s2").replace("s**2", "s2").replace("s^-2", "s-2"))
