"""Folders of the wearer's files. Light: the first frame of the dashboard waits for it."""

from __future__ import annotations

from pathlib import Path

import platformdirs


def data_folder() -> Path:
    """Recordings, known sensors and the history, in the platform's folder for data."""
    return Path(platformdirs.user_data_path("spinae", appauthor=False))


def state_folder() -> Path:
    """What the program remembers of itself, in the platform's folder for state."""
    return Path(platformdirs.user_state_path("spinae", appauthor=False))


def history_path() -> Path:
    return data_folder() / "history.sqlite"


def settings_path() -> Path:
    """The settings file, in the platform's configuration folder."""
    return Path(platformdirs.user_config_path("spinae")) / "settings.toml"
