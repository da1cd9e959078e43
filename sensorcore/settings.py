"""Settings: one frozen value, read in the order defaults < file < environment `SPINAE_…` < command line.

Every default names its source. Ranges and meanings live beside the field (`metadata`), so that the check, `spinae config show`
and the documentation cannot disagree.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from sensorcore.errors import BadInput, BadSetting, SpinaeError, StorageError
from sensorcore.storage.read import is_missing, read_text
from sensorcore.text.nearest import did_you_mean
from sensorcore.text.secrets import address_parts, masked

DECIDING: Final = ("posture", "alerts", "motion", "wear", "habit")
"""Sections that decide about a recording's events."""
LONGEST_NAME = 40
ENVIRONMENT_PREFIX = "SPINAE_"


def _setting(default: Any, low: float, high: float, help_: str) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "help": help_})


def _text(check: Callable[[str], object], help_: str, **about: Any) -> Any:
    """Optional text; `check` raises BadSetting."""
    return field(default="", metadata={"check": check, "help": help_, **about})


def _one_of(*words: str) -> Any:
    def check(value: str) -> None:
        if value not in words:
            raise BadSetting(f"'{value}' is none of {', '.join(words)}", hint=f"Choose {' or '.join(words)}.")

    return check


def _choice(default: str, help_: str, *words: str) -> Any:
    return field(default=default, metadata={"check": _one_of(*words), "choices": words, "help": f"{help_}: {', '.join(words)}"})


@cache
def parse_quiet_hours(text: str) -> tuple[float, float] | None:
    """`22:00-07:00` → seconds after local midnight (start, end); None for no text. Raises BadSetting."""
    if not text:
        return None
    try:
        (h1, m1), (h2, m2) = ((int(number) for number in clock.split(":")) for clock in text.split("-"))
    except ValueError:
        h1 = m1 = h2 = m2 = -1
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if not (0 <= h1 < 24 and 0 <= m1 < 60 and 0 <= h2 < 24 and 0 <= m2 < 60) or start == end:
        hint = "Write for example 22:00-07:00, or leave it empty."
        raise BadSetting(f"'{text}' is not a time span", where="alerts.quiet_hours", hint=hint)
    return start * 60.0, end * 60.0


@dataclass(frozen=True, slots=True)
class PostureSettings:
    """When a posture counts as slouched."""

    threshold_deg: float = _setting(15.0, 3, 60, "degrees from your own upright that count as slouched (presets 8, 12, 15, 20)")
    """Open-source posture applications use 8.6–22° (dorso, Hack-Baro 12°, poise 15°, AirPosture 22°)."""
    release_ratio: float = _setting(0.7, 0.1, 1.0, "slouched ends below this share of the threshold")
    """Hysteresis of dorso."""
    dwell_s: float = _setting(3.0, 0.5, 60, "seconds beyond the threshold before the posture counts as slouched")
    """Lumo Lift's shortest delay; long enough that a reach across the desk is over."""
    release_dwell_s: float = _setting(1.0, 0.1, 30, "seconds below the release angle before the posture counts as upright")


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When to speak."""

    delay_s: float = _setting(15.0, 1, 600, "seconds of slouching before an alert")
    """Upright: about 5 s; Lumo Lift: 3 s to 10 min, recommending 2 min."""
    cooldown_s: float = _setting(60.0, 0, 3600, "pause between alerts")
    """poise 60 s, BatesPosture 300 s."""
    mute_after_s: float = _setting(30.0, 0, 300, "no alert for this long after walking, bending or lying")
    """Muting after movement answers the first complaint of wearers: buzzing for harmless movement."""
    per_hour: int = _setting(12, 0, 600, "at most this many alerts in any hour")
    """A budget: alert fatigue is the first and fifth complaint of wearers."""
    escalate_after_s: float = _setting(120.0, 10, 3600, "an unheeded alert is repeated, one level up, after this long")
    max_level: int = _setting(3, 1, 5, "the highest level of escalation")
    good_again_s: float = _setting(3.0, 0.5, 60, "seconds upright after an alert before 'good again' is said")
    """No sign that you are good again is the sixth complaint of wearers."""
    snooze_min: float = _setting(15.0, 1, 480, "minutes that a snooze lasts before alerts resume by themselves")
    move_after_min: float = _setting(60.0, 0, 480, "minutes of sitting before a reminder to move; 0 for none")
    move_every_min: float = _setting(15.0, 1, 480, "minutes of further sitting before it is repeated")
    """Garmin: after 60 min, then every 15; BatesPosture: 50 min."""
    quiet_hours: str = _text(parse_quiet_hours, "local time without alerts, such as 22:00-07:00; empty for none")
    while_riding: str = _choice("off", "judge posture in a vehicle that shakes, too", "on", "off")
    """Harmless movement is what wearers complain about most; a road is not of their making."""


@dataclass(frozen=True, slots=True)
class HabitSettings:
    """Something small to do now and then, and feedback that fades while posture holds (`docs/habit.md`)."""

    activations: str = _choice("on", "something small to do now and then: check, tilt, stand up", "on", "off")
    hours: str = _text(parse_quiet_hours, "local time for them, such as 09:00-18:00; empty: any but quiet hours")
    every_min: float = _setting(40.0, 1, 360, "minutes of sitting or standing between two of them")
    """Upright: a reminder to move every 30 to 60 min; Dunstan et al. (Diabetes Care 35:976, 2012) broke sitting every 20."""
    per_hour: int = _setting(2, 0, 20, "at most this many of them in any hour")
    fading: str = _choice("on", "fewer and later nudges week by week while posture holds", "on", "off")


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """Parameters of the tilt estimate."""

    tau_acc_s: float = _setting(3.0, 0.5, 20, "seconds over which the accelerometer corrects the gyroscope")
    """VQF's default; over the trials in docs/accuracy.md 2 s is as good, 4 and 5 s are worse."""
    tau_acc_only_s: float = _setting(0.2, 0.1, 10, "the same for a sensor without a gyroscope")
    """Best of 0.1 to 1 s while simulated wearers sit or stand; see docs/accuracy.md."""


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """Look of the dashboard, and alerts by the terminal beside the screen itself."""

    theme: str = _choice("auto", "colours", "auto", "dark", "light", "high-contrast")
    bell: str = _choice("on", "the terminal's bell at an alert", "on", "off")
    notify: str = _choice("on", "a desktop notification through the terminal at an alert", "on", "off")
    title: str = _choice("on", "the state in the terminal's title", "on", "off")


def _address(*schemes: str) -> Any:
    def check(value: str) -> None:
        if value and address_parts(value, schemes) is None:  # it may hold a password, so it is not repeated
            raise BadSetting("this is no address", hint=f"It begins with {'://… or '.join(schemes)}://…, or is empty for none.")

    return check


def _secret(about: str, *schemes: str) -> Any:
    """An address that may hold a password, or is itself a secret."""
    return _text(_address(*schemes), about, secret=True)


def _short_name(value: str) -> None:
    if len(value) > LONGEST_NAME or not value.isprintable():
        raise BadSetting(f"'{value[:LONGEST_NAME]}' is no name", hint=f"Up to {LONGEST_NAME} printable characters, or empty.")


@dataclass(frozen=True, slots=True)
class NotifierSettings:
    """Notifiers. All are off by default; only the last two reach beyond this machine."""

    desktop: str = _choice("off", "a notification of the desktop", "on", "off")
    sound: str = _choice("off", "two soft notes", "on", "off")
    mqtt: str = _secret("broker, such as mqtt://localhost; empty for none", "mqtt", "mqtts")
    mqtt_name: str = _text(_short_name, "your name for MQTT, as Home Assistant shows it; empty for none")
    webhook: str = _secret("address to post messages to; empty for none", "http", "https")


@dataclass(frozen=True, slots=True)
class WearSettings:
    """When the sensor counts as not worn, or as slipped."""

    off_after_s: int = _setting(60, 20, 110, "seconds without any sign of a body until the sensor counts as not worn")
    """The stillest minute of people on public recordings still shows a body, the stillest half minute not always; see
    docs/accuracy.md."""
    slip_deg: float = _setting(8.0, 4, 45, "degrees the sensor may have turned on the body before it asks to be zeroed")
    """Half the slouch threshold: less is within what people vary."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section."""

    posture: PostureSettings = field(default_factory=PostureSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    motion: MotionSettings = field(default_factory=MotionSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)
    wear: WearSettings = field(default_factory=WearSettings)
    channels: NotifierSettings = field(default_factory=NotifierSettings)
    habit: HabitSettings = field(default_factory=HabitSettings)

    def items(self) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
        """(dotted key, value, metadata) of every setting."""
        for section in dataclasses.fields(self):
            values = getattr(self, section.name)
            for entry in dataclasses.fields(values):
                yield f"{section.name}.{entry.name}", getattr(values, entry.name), entry.metadata

    def shown_items(self) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
        """As `items`, for screens and logs: what holds a password or is itself a secret is masked."""
        for key, value, about in self.items():
            yield key, masked(value) if about.get("secret") else value, about

    def as_recorded(self, recorded: Mapping[str, Any]) -> Settings:
        """A copy with the settings stored in a recording; unknown ones are ignored. Recordings from before micro breaks had
        none."""
        settings = self
        if recorded and "habit.activations" not in recorded:
            settings = replace(self, habit=replace(self.habit, activations="off"))
        for key, value in recorded.items():
            with contextlib.suppress(BadSetting):
                settings = settings.with_value(key, value, "the recording")
        return settings

    def to_record(self) -> dict[str, str | float | int | bool]:
        """Settings to store in a recording: those that decide. Never an address or a password."""
        return {key: value for key, value, _ in self.items() if key.partition(".")[0] in DECIDING}

    def changes_to(self, other: Settings) -> dict[str, str | float | int | bool]:
        """Deciding settings of `other` that differ, by key: a recording stores them as the change."""
        before = self.to_record()
        return {key: value for key, value in other.to_record().items() if value != before[key]}

    def with_value(self, key: str, value: Any, where: str) -> Settings:
        """A copy with one setting changed; text is converted. Raises BadSetting naming key, place and allowed range."""
        known = {name: (old, about) for name, old, about in self.items()}
        if key not in known:
            hint = did_you_mean(key, known, "'spinae config show' lists them all.")
            raise BadSetting(f"there is no setting '{key}'", where=where, hint=hint)
        old, about = known[key]
        section, _, name = key.partition(".")
        part = replace(getattr(self, section), **{name: _converted(key, value, old, about, where)})
        return replace(self, **{section: part})


def _converted(key: str, value: Any, old: Any, about: Mapping[str, Any], where: str) -> Any:
    if isinstance(old, str):
        if not isinstance(value, str):
            raise BadSetting(f"'{key}' must be text, not {value!r}", where=where, hint=f"It means: {about['help']}.")
        try:
            about.get("check", str)(value)
        except BadSetting as error:
            raise BadSetting(f"'{key}': {error.what}", where=where, hint=error.hint) from None
        return value
    low, high = about["low"], about["high"]
    hint = f"Allowed: {low:g} to {high:g} ({about['help']})."
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number) or (isinstance(old, int) and not (number.is_integer() or math.isinf(number))):
        kind = "a whole number" if isinstance(old, int) else "a number"
        raise BadSetting(f"'{key}' must be {kind}, not {value!r}", where=where, hint=hint)
    if not low <= number <= high:
        raise BadSetting(f"{key} = {number:g} is out of range", where=where, hint=hint)
    return type(old)(number)


def load(path: Path, environment: Mapping[str, str] | None = None, overrides: Iterable[str] = ()) -> Settings:
    """Defaults < file at `path` (may be absent) < environment < `overrides` ("KEY=VALUE" from the command line). Raises BadSetting
    and StorageError for the first thing that is wrong."""
    settings, problems = load_valid(path, environment, overrides)
    if problems:
        raise problems[0]
    return settings


def load_valid(
    path: Path, environment: Mapping[str, str] | None = None, overrides: Iterable[str] = ()
) -> tuple[Settings, list[SpinaeError]]:
    """As `load`, but a mistake in the file costs only its own setting, which keeps its default, so that a day can begin. Also
    returns the problems of the file. Raises BadSetting for the environment and `overrides`."""
    settings, problems = _from_file(path)
    keys = {ENVIRONMENT_PREFIX + key.replace(".", "_").upper(): key for key, _, _ in settings.items()}
    for name, value in sorted((os.environ if environment is None else environment).items()):
        if name.startswith(ENVIRONMENT_PREFIX):
            key = keys.get(name) or name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("_", ".", 1)
            settings = settings.with_value(key, value, f"environment variable {name}")
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise BadSetting(f"cannot read '{override}'", where="--set", hint="Write for example --set alerts.delay_s=30.")
        settings = settings.with_value(key.strip(), value.strip(), "--set")
    return settings, problems


def _from_file(path: Path) -> tuple[Settings, list[SpinaeError]]:
    settings, problems = Settings(), list[SpinaeError]()
    try:
        table = tomllib.loads(read_text(path, "read the settings"))
    except BadInput as error:
        return settings, [BadSetting(f"this is not valid TOML ({error.what})", where=str(path), hint=error.hint)]
    except StorageError as error:
        return settings, [] if is_missing(error) else [error]
    except (ValueError, RecursionError) as error:
        hint = "Mend that line, or move the file away to use the defaults."
        return settings, [BadSetting(f"this is not valid TOML ({error})", where=str(path), hint=hint)]
    for section, values in table.items():
        if not isinstance(values, dict):
            hint = "Settings stand in sections, such as [alerts]; see 'spinae config show'."
            problems.append(BadSetting(f"'{section}' stands outside a section", where=str(path), hint=hint))
            continue
        for name, value in values.items():
            try:
                settings = settings.with_value(f"{section}.{name}", value, str(path))
            except BadSetting as error:
                problems.append(error)
    return settings, problems
