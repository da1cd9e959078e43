"""What `spinae tune` shows people: the heat map, what the marks say, and the recommendation in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from rich.console import Console
from rich.text import Text

from sensorcore.posture.advice import DAY_H, is_near, per_day
from sensorcore.posture.tune import Setting, Sweep
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
    marked = {tuned.now: NOW, best: BEST}
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
    lines = [f"For {_alerts(wanted)} a day of {DAY_H:g} h worn: {_named(best)}, which gives {per_day(swept, best):.1f}."]
    if best == now:
        lines[0] = (
            f"For {_alerts(wanted)} a day of {DAY_H:g} h worn your setting is right: {_named(now)} gives {per_day(swept, now):.1f}."
        )
    else:
        lines.append(f"Your setting now, {_named(now)}, gives {per_day(swept, now):.1f}.")
    if not is_near(swept, best, wanted):
        rates = [per_day(swept, setting) for setting in swept.outcomes]
        lines.append(f"That is the nearest: the settings tried give {min(rates):.1f} to {max(rates):.1f}.")
    if swept.wrong:
        lines.append(_mistakes(swept, best))
    if best != now:
        lines.append(
            f"Try it: in the settings file (see 'spinae config path') posture.threshold_deg = {best.threshold_deg:g} "
            f"and alerts.delay_s = {best.delay_s:g}."
        )
    return lines


def _mistakes(swept: Sweep, best: Setting) -> str:
    outcome = swept.outcomes[best]
    return (
        f"You marked {swept.wrong} of the {_alerts(swept.wrong + swept.right)} you heard as wrong. This setting would raise "
        f"{outcome.wrong_kept} of them again, and lose {outcome.right_lost} of the {swept.right} right ones (an alert and its "
        "repeats count once)."
    )


def _named(setting: Setting) -> str:
    return f"{setting.threshold_deg:g}° for {setting.delay_s:g} s"


def _alerts(number: float) -> str:
    return f"{number:g} alert{'' if number == 1 else 's'}"
