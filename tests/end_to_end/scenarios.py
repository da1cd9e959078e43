"""Days for the programs, as scenario files."""

from __future__ import annotations

from pathlib import Path

SOON = "\n".join(
    [
        'name = "soon"',
        'about = "a few seconds upright, then slouches, again and again"',
        "phase = [",
        '  { name = "sit still", duration_s = 9, state = "sitting", still = true, calibrates = "sitting" },',
        *[
            '  { name = "sink", duration_s = 25, typing = true, flexion_deg = 24, move_s = 14 },\n'
            '  { name = "sit up", duration_s = 12, typing = true, flexion_deg = 1, move_s = 1.6 },'
        ]
        * 40,
        "]",
        '[wearer]\nplacement = "upper_back"',
    ]
)
"""An alert within twenty seconds, for who waits at life's pace; it lasts 25 minutes."""


def written(folder: Path, text: str) -> str:
    """As an argument for --sensor."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "scenario.toml"
    path.write_text(text)
    return f"sim:{path}"


AFTERNOON = """name = "afternoon"
about = "forty minutes: three slouches, one of them while alerts are snoozed, pelvic tilts, and a last slouch"
phase = [
  { name = "sit still", duration_s = 12, state = "sitting", still = true },
  { name = "work", duration_s = 180, typing = true, flexion_deg = 2, fidgets_per_min = 2 },
  { name = "slouch", duration_s = 120, typing = true, flexion_deg = 50, move_s = 12 },
  { name = "upright", duration_s = 180, typing = true, flexion_deg = 2, move_s = 2 },
  { name = "slouch again", duration_s = 110, typing = true, flexion_deg = 50, move_s = 12 },
  { name = "upright, snoozing", duration_s = 420, typing = true, flexion_deg = 2, move_s = 2, fidgets_per_min = 2 },
  { name = "slouch, snoozed", duration_s = 150, typing = true, flexion_deg = 50, move_s = 12 },
  { name = "upright for long", duration_s = 600, typing = true, flexion_deg = 2, move_s = 2, fidgets_per_min = 2 },
  { name = "lie down", duration_s = 14, state = "supine" },
  { name = "rest", duration_s = 150 },
  { name = "pelvic tilts", duration_s = 48, exercise = { name = "pelvic_tilt", count = 8 } },
  { name = "rest again", duration_s = 150 },
  { name = "sit up", duration_s = 12, state = "sitting" },
  { name = "work on", duration_s = 200, typing = true, flexion_deg = 2, fidgets_per_min = 2 },
  { name = "slouch at last", duration_s = 110, typing = true, flexion_deg = 50, move_s = 12 },
  { name = "upright to the end", duration_s = 150, typing = true, flexion_deg = 2, move_s = 2 },
]

[wearer]
placement = "lower_back"
"""
"""Windows are long, for who acts in them lives at life's pace."""
