"""Rows of the history as frozen values. Durations are whole ticks, so that sums of parts are exact."""

from __future__ import annotations

from dataclasses import dataclass


class _Dated:
    """Base of rows with a start."""

    __slots__ = ()
    start_unix_s: float
    utc_offset_s: int

    @property
    def day(self) -> int:
        """Days since 1970 by the wearer's local time."""
        return (int(self.start_unix_s) + self.utc_offset_s) // 86400


@dataclass(frozen=True, slots=True)
class Session:
    """One recording. `key`: its file name without the suffix; `start_unix_ns`: the wall clock at stream time 0; `utc_offset_s`:
    local time minus UTC at its start, which decides the day of its minutes. `ended` is False while it is being recorded, and
    after a crash until it is ingested again. `simulated`: of no real wearer."""

    key: str
    start_unix_ns: int
    utc_offset_s: int
    sensor: str = ""
    ended: bool = False
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class RepSet(_Dated):
    """One set of an exercise. Times are Unix seconds; `range_deg`: median of the repetitions; `hold_s`: time held where the
    exercise is a hold; `score`: quality 0 to 1, None where unknown; `tempo_s`: median duration of a repetition; `hint`: advice
    in plain words.
    `utc_offset_s` as in Session."""

    start_unix_s: float
    end_unix_s: float
    exercise: str
    side: str = ""
    repetitions: int = 0
    hold_s: float = 0.0
    range_deg: float | None = None
    score: float | None = None
    tempo_s: float | None = None
    hint: str = ""
    utc_offset_s: int = 0


@dataclass(frozen=True, slots=True)
class MicroBreak:
    """A micro break that was asked for (`count` 0), or that the sensor saw done (`count` pelvic tilts, or 1)."""

    unix_s: float
    activation: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Baseline(_Dated):
    """One baseline test. `tilt_range_deg` is the median of `tilts` pelvic tilts, `tilt_spread_deg` their standard deviation;
    `smoothness` and `wobble_deg` their medians (as in `Quality`); `symmetry` the lesser over the greater side of the side bends;
    `breath_per_min` at rest. None: it could not be measured."""

    start_unix_s: float
    utc_offset_s: int
    sensor: str
    tilts: int
    tilt_range_deg: float | None = None
    tilt_spread_deg: float | None = None
    smoothness: float | None = None
    wobble_deg: float | None = None
    symmetry: float | None = None
    breath_per_min: float | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """The wearer's note: `pain` 0 to 10 or None, and words. `utc_offset_s` as in Session."""

    unix_s: float
    utc_offset_s: int
    pain: int | None = None
    text: str = ""

    @property
    def day(self) -> int:
        """Days since 1970 by the wearer's local time."""
        return (int(self.unix_s) + self.utc_offset_s) // 86400

    @property
    def local_s(self) -> float:
        """Seconds since that day's midnight."""
        return (self.unix_s + self.utc_offset_s) % 86400


@dataclass(frozen=True, slots=True)
class RoutineDone(_Dated):
    """One run of a routine: its duration and its done share (0 to 1). `simulated`: on a simulated sensor."""

    start_unix_s: float
    utc_offset_s: int
    routine: str
    duration_s: float
    done_share: float = 1.0
    simulated: bool = False
