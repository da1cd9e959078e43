"""Starting the daemon at log-in: a systemd user unit, or a launchd agent on macOS."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import platformdirs

from sensorcore.errors import BadInput, StorageError
from sensorcore.storage.write import private_folder, replace_text

LABEL: Final = "spinae"
AGAIN_S: Final = 5
"""Before a daemon that failed is started again."""
MOST_STARTS: Final = 20
WITHIN_S: Final = 600
"""A daemon that fails more often than that is not started again: systemd says so in `systemctl --user status spinae`."""
REFUSED: Final = 78
USAGE: Final = 2
"""EX_CONFIG of sysexits.h, which systemd knows by that name, and what argparse ends with."""
_SPECIAL: Final = {"\\": r"\\", '"': r"\"", "%": "%%", "$": "$$"}


def unit_path(platform: str = sys.platform) -> Path:
    """Where the service's file belongs. Raises StorageError on systems that have neither systemd nor launchd."""
    if platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    if platform.startswith("linux"):
        return Path(platformdirs.user_config_path()) / "systemd" / "user" / f"{LABEL}.service"
    raise StorageError("this system has neither systemd nor launchd", hint="Let it run `spinae daemon run` when you log in.")


def unit_text(command: Sequence[str], platform: str = sys.platform) -> str:
    """The service's file: start at log-in, restart when killed, end in order; never retry what cannot start. Raises BadInput for
    arguments that such a file cannot hold."""
    if platform == "darwin":
        for each in command:
            if not each.isprintable():
                raise BadInput("a service's file cannot hold control characters", where=repr(each), hint="Choose another name.")
        agent = {"Label": LABEL, "ProgramArguments": list(command), "RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False}}
        return plistlib.dumps({**agent, "ThrottleInterval": AGAIN_S}).decode()
    return (
        "[Unit]\nDescription=spinae keeps your day\nAfter=bluetooth.target\n"
        f"StartLimitIntervalSec={WITHIN_S}\nStartLimitBurst={MOST_STARTS}\n\n"
        f"[Service]\nExecStart={' '.join(map(quoted, command))}\nRestart=on-failure\nRestartSec={AGAIN_S}\n"
        f"RestartPreventExitStatus={refused_code(platform)} {USAGE}\nTimeoutStopSec=20\n\n"
        "[Install]\nWantedBy=default.target\n"
    )


def refused_code(platform: str = sys.platform) -> int:
    """Exit code of a failure that only a person can put right. launchd restarts after any failure, without exception."""
    return 0 if platform == "darwin" else REFUSED


def install(arguments: Sequence[str], *, now: bool) -> str:
    """Write the file and enable the service; start it `now`, if it can run. Returns what was done, in a sentence. Raises
    StorageError or BadInput."""
    path = unit_path()
    private_folder(path.parent)
    replace_text(path, unit_text([sys.executable, "-m", "tui.cli", "daemon", "run", *arguments]), "install the daemon")
    if _succeeded(*_enable(path, now=now)) and now:
        return f"Installed {path}; the daemon runs now and whenever you log in."
    return f"Installed {path}; it starts when you log in next."


def uninstall() -> str:
    """Stop the service and remove its file."""
    path = unit_path()
    if not path.exists():
        return "Nothing was installed."
    _succeeded(*_disable(path))
    path.unlink()
    return f"Removed {path}."


def quoted(part: str) -> str:
    """One argument as systemd reads it (systemd.service, "Command lines"): in quotes, no specifiers and variables, and what cannot
    be printed as the bytes that it is."""
    return '"' + "".join(_SPECIAL.get(sign) or (sign if sign.isprintable() else _escaped(sign)) for sign in part) + '"'


def _escaped(sign: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(sign))


def _enable(path: Path, *, now: bool) -> list[str]:
    if path.suffix == ".plist":
        return ["launchctl", "load", "-w", str(path)]
    return ["systemctl", "--user", "enable", *(["--now"] if now else []), path.name]


def _disable(path: Path) -> list[str]:
    return (
        ["launchctl", "unload", "-w", str(path)]
        if path.suffix == ".plist"
        else ["systemctl", "--user", "disable", "--now", path.name]
    )


def _succeeded(*command: str) -> bool:
    """Whether the service manager obeyed; there may be none (a container, an ssh session)."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
