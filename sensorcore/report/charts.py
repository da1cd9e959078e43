"""Charts as SVG text: readable without colour (each part has its own pattern and a tooltip), dark or light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sensorcore.report.gather import DayPart, Shares
from sensorcore.report.text import clock
from sensorcore.track.local_day import date_of
from sensorcore.track.posture_track import TICK_HZ

PARTS: Final = (("upright_s", "upright"), ("slouched_s", "slouched"), ("unknown_s", "unknown"), ("not_worn_s", "not worn"))
PATTERNS: Final = """<defs>
<pattern id="slouched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="6" height="6" class="slouched-ground"/><rect width="3" height="6" class="slouched-stripe"/></pattern>
<pattern id="unknown" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="1" class="unknown-dot"/></pattern>
</defs>"""
STEPS_S: Final = (900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0)
_WIDTH, _HEIGHT, _FOOT, _LEFT = 720, 190, 22, 44


@dataclass(frozen=True, slots=True)
class _Scale:
    top_s: float

    def height(self, seconds: float) -> float:
        return (_HEIGHT - _FOOT - 14) * seconds / self.top_s


def stacked(parts: Sequence[DayPart], keys: Sequence[int], *, days: bool) -> str:
    """One bar for each of `keys` (hours or days), stacked from upright at the foot to not worn at the top."""
    found = {part.key: part for part in parts}
    top_s = max([3600.0, *(part.counts.ticks / TICK_HZ for part in parts)])
    scale = _Scale(top_s)
    step = (_WIDTH - _LEFT) / len(keys)
    bars = [_bar(found[key], key, _LEFT + i * step, step, scale, days=days) for i, key in enumerate(keys) if key in found]
    labels = [_label(key, _LEFT + (i + 0.5) * step, days=days) for i, key in enumerate(keys) if days or key % 3 == 0]
    foot = _HEIGHT - _FOOT
    lines = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="scale">{clock(seconds)}</text>'
        for seconds in _marks(top_s)
        if (y := foot - scale.height(seconds))
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="time by posture">{PATTERNS}{lines}{"".join(bars)}'
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{foot}" y2="{foot}" class="axis"/>{"".join(labels)}</svg>'
    )


def _marks(top_s: float) -> list[float]:
    """Two to four round times up to `top_s`."""
    step_s = next(each for each in STEPS_S if top_s < 5 * each)
    return [step_s * n for n in range(1, int(top_s // step_s) + 1)]


def legend() -> str:
    """The four parts with their patterns."""
    items = "".join(
        f'<svg class="key" viewBox="0 0 14 14"><rect width="14" height="14" class="{_css(name)}"/></svg><span>{name}</span>'
        for _, name in PARTS
    )
    return f'<p class="legend">{items}</p>'


def _bar(part: DayPart, key: int, x: float, step: float, scale: _Scale, *, days: bool) -> str:
    whole = part.shares
    y = float(_HEIGHT - _FOOT)
    rects = []
    for attribute, name in PARTS:
        height = scale.height(getattr(whole, attribute))
        if height <= 0:
            continue
        y -= height
        rects.append(f'<rect x="{x + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" height="{height:.1f}" class="{_css(name)}"/>')
    title = f"{_name(key, days=days)}: {in_words(whole)}, {part.counts.alerts} alerts"
    return f"<g><title>{title}</title>{''.join(rects)}</g>"


def in_words(whole: Shares) -> str:
    """The four parts in words."""
    return ", ".join(f"{name} {clock(getattr(whole, attribute))}" for attribute, name in PARTS if getattr(whole, attribute) > 0)


def _label(key: int, x: float, *, days: bool) -> str:
    return f'<text x="{x:.1f}" y="{_HEIGHT - 6}" class="label">{_name(key, days=days)}</text>'


def _name(key: int, *, days: bool) -> str:
    return f"{date_of(key):%a %d}" if days else f"{key:02}"


def _css(name: str) -> str:
    return "part-" + name.replace(" ", "-")
