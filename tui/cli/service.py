"""Starting the daemon at log-in: a systemd user unit, or a launchd agent on macOS."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import platformdirs

from sensorcore.errors import StorageError
from sensorcore.record.storage import private_folder, replace_text

LABEL: Final = "spinae"


def unit_path(platform: str = sys.platform) -> Path:
    """Where the service's file belongs. Raises StorageError on systems that have neither systemd nor launchd."""
    if platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    if platform.startswith("linux"):
        return Path(platformdirs.user_config_path()) / "systemd" / "user" / f"{LABEL}.service"
    raise StorageError("this system has neither systemd nor launchd", hint="Let it run `spinae daemon run` when you log in.")


def unit_text(command: Sequence[str], platform: str = sys.platform) -> str:
    """The service's file: start at log-in, start again when killed, end in order."""
    if platform == "darwin":
        agent = {"Label": LABEL, "ProgramArguments": list(command), "RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False}}
        return plistlib.dumps(agent).decode()
    return (
        "[Unit]\nDescription=spinae keeps your day\nAfter=bluetooth.target\nStartLimitIntervalSec=0\n\n"
        f"[Service]\nExecStart={' '.join(map(_quoted, command))}\nRestart=on-failure\nRestartSec=2\nTimeoutStopSec=20\n\n"
        "[Install]\nWantedBy=default.target\n"
    )


def install(arguments: Sequence[str]) -> str:
    """Write the file and start the service. Returns what was done, in a sentence. Raises StorageError."""
    path = unit_path()
    private_folder(path.parent)
    replace_text(path, unit_text([sys.executable, "-m", "tui.cli", "daemon", "run", *arguments]), "install the daemon")
    if _told(*_enable(path)):
        return f"Installed {path}; the daemon runs now and whenever you log in."
    return f"Installed {path}; it starts when you log in next."


def uninstall() -> str:
    """Stop the service and remove its file."""
    path = unit_path()
    if not path.exists():
        return "Nothing was installed."
    _told(*_disable(path))
    path.unlink()
    return f"Removed {path}."


def _quoted(part: str) -> str:
    """As systemd reads it: quotes, and no specifiers."""
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") + '"'


def _enable(path: Path) -> list[str]:
    return (
        ["launchctl", "load", "-w", str(path)] if path.suffix == ".plist" else ["systemctl", "--user", "enable", "--now", path.name]
    )


def _disable(path: Path) -> list[str]:
    return (
        ["launchctl", "unload", "-w", str(path)]
        if path.suffix == ".plist"
        else ["systemctl", "--user", "disable", "--now", path.name]
    )


def _told(*command: str) -> bool:
    """Whether the service manager obeyed; there may be none (a container, an ssh session)."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
