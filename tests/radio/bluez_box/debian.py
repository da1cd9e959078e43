"""Debian packages through this machine's own apt: the tools that are needed here, and the trees that go into a box."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = {"qemu-system-x86_64": "qemu-system-x86", "mmdebstrap": "mmdebstrap"}
"""Programs, and the packages that bring them."""
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGES = ("linux-image-amd64", "bluez", "dbus-daemon", "socat", "busybox-static")
"""What a box is made of."""


class BoxError(Exception):
    """Why a box cannot be built or run, and what to do about it."""


def missing() -> list[str]:
    """The packages that this machine lacks."""
    lacking = [package for program, package in TOOLS.items() if shutil.which(program) is None]
    return lacking if KEYRING.exists() else [*lacking, "debian-archive-keyring"]


def install_missing() -> None:
    """As root or with sudo. Raises BoxError where that cannot be."""
    packages = missing()
    if not packages:
        return
    by_hand = f"install {' '.join(packages)}, then again"
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        raise BoxError(f"this needs Debian or Ubuntu on x86-64 with QEMU; {by_hand}")
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if as_root and shutil.which("sudo") is None:
        raise BoxError(f"packages are missing and you are not root; {by_hand}")
    print(f"Installing {' '.join(packages)} ...", flush=True)
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]
    _run([*apt, "update"], by_hand)
    _run([*apt, "install", "--yes", "--no-install-recommends", *packages], by_hand)


def fetch_tree(suite: str, tar: Path) -> None:
    """The packages of a box with all they depend on, unpacked, as a tar file. Raises BoxError."""
    sources = _sources(suite)
    options = [f"--aptopt={line}" for line in _options()]
    packages = [f"--include={','.join(PACKAGES)}", "--architectures=amd64", f"--keyring={KEYRING}"]
    command = ["mmdebstrap", "--quiet", "--variant=extract", "--format=tar", *packages, *options, suite, str(tar), *sources]
    _run(command, "look at what apt says above")


def _sources(suite: str) -> list[str]:
    """Where this machine's apt gets Debian from; empty on another system, for mmdebstrap then takes Debian's own."""
    text = _output(["apt-get", "indextargets", "--format", "$(LABEL) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"])
    known = [line.removeprefix("Debian main ") for line in text.splitlines() if line.startswith("Debian main ")]
    return [f"deb {known[0]} {suite} main"] if known else []


def _options() -> list[str]:
    """How this machine's apt fetches: proxies, time-outs, clocks that stand elsewhere."""
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries")
    lines = _output(["apt-config", "dump", "--no-empty", "Acquire"]).splitlines()
    return [line for line in lines if line.startswith(wanted)]


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def _run(command: list[str], advice: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-4000:])
        raise BoxError(f"`{' '.join(command[:6])} …` failed; {advice}")
