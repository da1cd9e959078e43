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
