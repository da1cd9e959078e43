"""What set-up installs is pinned with the hash of every file, and names no registry."""

from __future__ import annotations

import re
import tomllib

from tests.project import ROOT

NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_is_pinned_with_hashes_and_set_up_insists_on_them() -> None:
    text = (ROOT / "requirements-dev.lock").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    pinned = {normal(NAME.match(block)[0]) for block in blocks}  # type: ignore[index]
    for block in blocks:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"], *project["build-system"]["requires"]]
    assert {normal(NAME.match(each)[0]) for each in asked} <= pinned  # type: ignore[index]
    assert "://" not in text
    assert "--require-hashes -r requirements-dev.lock" in (ROOT / "Makefile").read_text()


def test_other_systems_are_pinned_too() -> None:
    """Who installs with hashes on macOS or Windows finds there what only these need."""
    text = (ROOT / "requirements-dev.lock").read_text()
    for name, system in (("pyobjc-core", "darwin"), ("winrt-runtime", "win32"), ("dbus-fast", "linux")):
        assert re.search(rf"^{name}==\S+ ; sys_platform == '{system}'", text, re.MULTILINE)
