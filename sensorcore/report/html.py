"""Report as one self-contained HTML file: no script, no external font or picture."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from sensorcore.report import charts
from sensorcore.report.gather import Report
from sensorcore.report.text import CLOSING, clock, counted_words, note_time, note_words, percent, practice_lines
from sensorcore.report.trend import in_words
from sensorcore.text.escape import visible
from sensorcore.track.minutes import BANDS_DEG
from sensorcore.track.posture_track import TICK_HZ


def as_html(report: Report) -> str:
    """The whole file."""
    style = files("sensorcore.report").joinpath("report.css").read_text(encoding="utf-8")
    body = _body(report) if report.counts.ticks else "<p>Nothing was recorded.</p>" + _notes(report)
    body = "".join(f"<p>{escape(line)}</p>\n" for line in counted_words(report)) + body
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>spinae: {escape(report.span.name)}</title><style>{style}</style></head>\n"
        f"<body><h1>{escape(report.span.name)}</h1>\n{body}\n<footer>{CLOSING}</footer></body></html>\n"
    )


def _body(report: Report) -> str:
    is_day = len(report.span.days) == 1
    keys = range(24) if is_day else report.span.days
    whole = report.shares
    said = percent(whole.upright_s, whole.slouched_s)
    hero = said.replace(" %", "<small> %</small>")
    return "\n".join(
        [
            f'<p class="hero">{hero}<span>upright of {clock(whole.judged_s)} judged hours; '
            f"{clock(whole.unknown_s)} unknown, neither good nor bad</span></p>",
            charts.stacked(report.parts, keys, days=not is_day),
            charts.legend(),
            _figures(report),
            _practice(report),
            _notes(report),
            f"<h2>Over eight weeks</h2><p>{in_words(report.upright_trend, 'Upright share', 'points')} "
            f"{in_words(report.pain_trend, 'Pain', 'steps')}</p>",
        ]
    )


def _figures(report: Report) -> str:
    whole, counts = report.shares, report.counts
    rows = [
        ("worn", clock(whole.worn_s), ""),
        ("upright", clock(whole.upright_s), percent(whole.upright_s, whole.slouched_s)),
        ("slouched", clock(whole.slouched_s), percent(whole.slouched_s, whole.upright_s)),
        ("unknown", clock(whole.unknown_s), percent(whole.unknown_s, whole.judged_s) + " of worn"),
        ("not worn", clock(whole.not_worn_s), ""),
        ("alerts", str(counts.alerts), ""),
        *((f"above {band}°", clock(getattr(counts, f"above_{band}_ticks") / TICK_HZ), "") for band in BANDS_DEG),
    ]
    cells = "".join(f"<tr><th>{name}</th><td>{value}</td><td>{share}</td></tr>" for name, value, share in rows)
    return f"<table>{cells}</table>"


def _practice(report: Report) -> str:
    items = "".join(f"<li>{escape(visible(line))}</li>" for line in practice_lines(report))
    return f"<h2>Practice</h2><ul>{items}</ul>"


def _notes(report: Report) -> str:
    if not report.notes:
        return ""
    items = "".join(f"<li><time>{note_time(note)}</time> {escape(visible(note_words(note)))}</li>" for note in report.notes)
    return f"<h2>Notes</h2><ul>{items}</ul>"
