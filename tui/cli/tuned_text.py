"""Text of `spinae tune`: the heat map, its legend, and the recommendation in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from rich.console import Console
from rich.text import Text

from sensorcore.whatif.advice import DAY_H, is_enough, is_near, needed_s, per_day
from sensorcore.whatif.tune import Setting, Sweep
from tui.cli.heatmap import LABEL, heat_map, legend, words_map
from tui.cli.tune import Tuned

BEST, NOW = ("[", "]"), ("(", ")")


def show(tuned: Tuned, thresholds_deg: Sequence[float], delays_s: Sequence[float]) -> None:
    """Print it; colours only where the terminal has them and NO_COLOR is not set."""
    console = Console(highlight=False)
    for part in parts(tuned, thresholds_deg, delays_s, console.width):
        console.print(part, soft_wrap=not console.is_terminal)  # a file or a pipe gets whole lines


def parts(tuned: Tuned, thresholds_deg: Sequence[float], delays_s: Sequence[float], width: int) -> list[Text]:
    """One after another: what it is made of, the heat map and its legend, mistakes (with marks only), advice, notes."""
    swept, best = tuned.swept, tuned.best
    marked = {tuned.now: NOW} if best is None else {tuned.now: NOW, best: BEST}
    grid = [Setting(*point) for point in product(thresholds_deg, delays_s)]
    rates = {setting: swept.per_hour(setting) for setting in grid}
    count = len(tuned.files)
    used = [sign for setting, sign in marked.items() if setting in rates]
    signs = "  ".join(
        f"{''.join(pair)} {name}" for pair, name in ((BEST, "recommended"), (NOW, "your setting now")) if pair in used
    )
    shown = [
        Text(f"Alerts an hour, over {swept.data_s / 3600:.1f} h of data in {count} recording{'s' if count > 1 else ''}"),
        Text("Down: degrees from upright. Across: seconds slouched before the alert.\n"),
        heat_map(thresholds_deg, delays_s, rates, tuned.wanted_per_day / DAY_H, marked, width),
        legend(),
        Text(f"{' ' * LABEL} {signs}\n"),
    ]
    if swept.wrong:
        mistakes = {s: f"{swept.outcomes[s].wrong_kept}/{swept.outcomes[s].right_lost}" for s in grid}
        shown += [
            Text("Wrong alerts kept / right alerts lost, of those you heard\n"),
            words_map(thresholds_deg, delays_s, mistakes, marked, width),
        ]
    shown += [Text(), *(Text(line) for line in advice(tuned))] if swept.wrong else [Text(line) for line in advice(tuned)]
    return [*shown, *(Text(f"note: {note}") for note in tuned.notes)]


def advice(tuned: Tuned) -> list[str]:
    """The recommendation in words."""
    swept, best, now, wanted = tuned.swept, tuned.best, tuned.now, tuned.wanted_per_day
    if best is None:
        gave = f"Your setting now, {_named(now)}, gives {_alerts(swept.outcomes[now].alerts)} in {_time(swept.data_s)}."
        return [_why_none(tuned), gave, *([f"{_marked(swept)}."] if swept.wrong else [])]
    if best == now:
        gives = f"{_named(now)} gives {per_day(swept, now):.1f}"
        lines = [f"For {_alerts(wanted)} a day of {DAY_H:g} h worn your setting is right: {gives}{_as_far(swept, now, wanted)}."]
    else:
        gives = f"which gives {per_day(swept, best):.1f}"
        lines = [f"For {_alerts(wanted)} a day of {DAY_H:g} h worn: {_named(best)}, {gives}.", _gives(swept, now)]
    if not is_near(swept, best, wanted) and best != now:
        rates = [per_day(swept, setting) for setting in swept.outcomes]
        lines.append(f"That is the nearest: the settings tried give {min(rates):.1f} to {max(rates):.1f}.")
    if swept.wrong or swept.outcomes[best].right_lost:
        lines.append(_mistakes(swept, best))
    if best != now:
        lines.append(
            f"Try it: in the settings file (see 'spinae config path') posture.threshold_deg = {best.threshold_deg:g} "
            f"and alerts.delay_s = {best.delay_s:g}."
        )
    return lines


def _why_none(tuned: Tuned) -> str:
    wanted, data_s = tuned.wanted_per_day, tuned.swept.data_s
    if is_enough(tuned.swept, wanted):
        return f"No setting is recommended for {_alerts(wanted)} a day: none of those tried gives any. Try lower degrees or delays."
    wish = f"{_alerts(wanted)} a day of {DAY_H:g} h worn"
    needed = f"That takes {needed_s(wanted) / 3600:.1f} h or more; name the recordings of several days together."
    return f"No setting is recommended: {_time(data_s)} are too short to tell which gives {wish}. {needed}"


def _gives(swept: Sweep, now: Setting) -> str:
    return f"Your setting now, {_named(now)}, gives {per_day(swept, now):.1f}."


def _as_far(swept: Sweep, now: Setting, wanted: float) -> str:
    return "" if is_near(swept, now, wanted) else f", as far as {_time(swept.data_s)} can tell"


def _time(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def _mistakes(swept: Sweep, best: Setting) -> str:
    outcome = swept.outcomes[best]
    lost = f"lose {outcome.right_lost} of the {swept.right} right ones (an alert and its repeats count once)"
    again = f"raise {outcome.wrong_kept} of them again, and " if swept.wrong else ""
    return f"{_marked(swept)}. This setting would {again}{lost}."


def _marked(swept: Sweep) -> str:
    return f"You marked {swept.wrong or 'none'} of the {_alerts(swept.wrong + swept.right)} you heard as wrong"


def _named(setting: Setting) -> str:
    return f"{setting.threshold_deg:g}° for {setting.delay_s:g} s"


def _alerts(number: float) -> str:
    return f"{number:g} alert{'' if number == 1 else 's'}"
