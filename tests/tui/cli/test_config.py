"""`spinae config`: what it shows is a settings file, and where settings come from."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sensorcore.settings import Settings, load
from tests.tui.cli.conftest import Spinae
from tui.cli.options import settings_path


def test_what_is_shown_is_a_settings_file(spinae: Spinae, tmp_path: Path) -> None:
    odd = ["--set", "alerts.quiet_hours=22:15-06:45", "--set", "alerts.per_hour=7", "--set", "posture.threshold_deg=12.5"]
    file = tmp_path / "settings.toml"
    file.write_text(spinae("config", "show", *odd).out)
    shown = load(file, {})
    assert (shown.alerts.quiet_hours, shown.alerts.per_hour, shown.posture.threshold_deg) == ("22:15-06:45", 7, 12.5)
    file.write_text(spinae("config").out)
    assert load(file, {}) == Settings()
    for key, _, about in Settings().items():
        assert key.partition(".")[2] in file.read_text()
        assert about["help"] in file.read_text()


def test_default_file_environment_command_line(spinae: Spinae, monkeypatch: pytest.MonkeyPatch) -> None:
    def delay(*arguments: str) -> str:
        (line,) = [line for line in spinae("config", "show", *arguments).out.splitlines() if line.startswith("delay_s")]
        return line.split()[2]

    assert delay() == "15.0"
    path = Path(spinae("config", "path").out.strip())
    assert path == settings_path()
    path.write_text("[alerts]\ndelay_s = 20\n")  # its folder was made
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0 or path.parent.parent == Path(os.environ["XDG_CONFIG_HOME"]).parent
    assert delay() == "20.0"
    monkeypatch.setenv("SPINAE_ALERTS_DELAY_S", "30")
    assert delay() == "30.0"
    assert delay("--set", "alerts.delay_s=40") == "40.0"


def test_check_says_what_is_wrong(spinae: Spinae) -> None:
    path = settings_path()
    assert "no such file" in spinae("config", "check").out
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[alerts]\nquiet_hours = '23:00-07:00'\n")
    assert spinae("config", "check").out == f"{path}: right\n"
    for text in ("[alerts]\nquiet_hours = '25:00-07:00'\n", "[alerts]\nper_hour = inf\n", "nonsense", "[a]\nb = 1\n"):
        path.write_text(text)
        for action in ("check", "show"):
            ran = spinae("config", action)
            assert (ran.code, ran.out) == (1, "")
            assert ran.err.startswith(f"spinae: {path}: ")
            assert ran.err.count("\n") == 1
