"""`spinae config`: what it shows is a settings file, and where settings come from."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.recording.reader import open_recording
from sensorcore.settings import Settings, load
from sensorcore.text.secrets import HIDDEN, masked
from tests.tui.cli.conftest import RECORDING, Spinae
from tui.places.folders import settings_path


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


SECRETS = ("mqtt://me:hunter2@broker.local:1884", "https://hooks.example/services/hunter2?token=hunter2")


def test_a_password_is_shown_nowhere(spinae: Spinae, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broker, hook = SECRETS
    path = settings_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[channels]\nmqtt = "{broker.replace("broker.local:1884", "127.0.0.1:1")}"\nwebhook = "{hook}"\n')
    shown = spinae("config", "show").out
    assert '\n# mqtt = "mqtt://me:***@127.0.0.1:1"' in shown
    assert "hooks.example" in shown
    record = tmp_path / "a.mcap"
    said = [
        shown,
        *(str(spinae(*command)) for command in (
            ("config", "check"),
            ("config", "show", "--set", f"channels.mqtt={broker.replace('mqtt:', 'mqtp:')}"),
            ("config", "show", "--set", "channels.mqtt=me:hunter2@broker"),
            ("config", "show", "--set", "channels.webhook=https://[hunter2/"),
            ("config", "show", "--set", "channels.mqtt=mqtt://me:hunter2@x:99999"),
            ("doctor", "--notify"),
            ("replay", RECORDING, "--headless", "--record", record),
        )),
        str(list(open_recording(record).info.settings.items())),
    ]  # fmt: skip
    path.write_text(f'[channels]\nmqtt = "me:hunter2@broker"\nwebhook = "{hook}x y"\n')
    said += [str(spinae("config", "check")), str(spinae("doctor", "--notify"))]
    for each in said:
        assert "hunter2" not in each
    (tmp_path / "again.toml").write_text(shown)
    assert load(tmp_path / "again.toml", {}) == Settings()  # a masked address never becomes the setting


@given(st.from_regex(r"[A-Za-z0-9:@%]{5,20}", fullmatch=True))
def test_of_an_address_only_scheme_user_and_host_are_shown(secret: str) -> None:
    forms = ("mqtt://user:{}@host", "https://host/{}", "https://host:8443/a/{}?b={}", "https://host/?{}", "https://host/#{}", "{}")
    for form in forms:
        assert secret not in masked(form.replace("{}", secret))
    assert masked("mqtts://user:word@[::1]:8883/") == f"mqtts://user:{HIDDEN}@[::1]:8883"
    assert masked("mqtt://localhost") == "mqtt://localhost"
    assert masked("") == ""
