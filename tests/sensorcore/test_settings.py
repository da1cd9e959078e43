"""Settings: the order of places, and one clear error for whatever a person may write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadSetting, SpinaeError, StorageError
from sensorcore.settings import Settings, load, parse_quiet_hours
from tests.examples import examples

KEYS = [key for key, _, _ in Settings().items()]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def refused(file: Path, text: str | bytes) -> str:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(BadSetting) as caught:
        load(file, {})
    assert caught.value.where == str(file)
    assert caught.value.hint
    return str(caught.value)


def test_later_places_win(file: Path) -> None:
    assert load(file, {}).alerts.delay_s == 15.0
    file.write_text("[alerts]\ndelay_s = 20\ncooldown_s = 21\nper_hour = 22\n")
    assert load(file, {}).alerts.delay_s == 20.0
    environment = {"SPINAE_ALERTS_DELAY_S": "30", "SPINAE_ALERTS_COOLDOWN_S": "31", "HOME": "x"}
    both = load(file, environment, ["alerts.delay_s=40"]).alerts
    assert (both.delay_s, both.cooldown_s, both.per_hour, both.mute_after_s) == (40.0, 31.0, 22, 30.0)


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_can_be_set_in_every_place(file: Path, key: str) -> None:
    about = {name: about for name, _, about in Settings().items()}[key]
    spans = {"alerts.quiet_hours": "21:30-06:15", "habit.hours": "09:00-18:00"}
    examples = {**spans, "channels.mqtt": "mqtt://home:1884", "channels.mqtt_name": "Zoë", "channels.webhook": "https://home/x"}
    value: Any = about.get("high") or about.get("choices", [examples.get(key)])[-1]
    section, _, name = key.partition(".")
    file.write_text(f"[{section}]\n{name} = {value if 'high' in about else repr(value)}\n")
    places = [
        load(file, {}),
        load(file.with_name("absent"), {"SPINAE_" + key.upper().replace(".", "_"): str(value)}),
        load(file.with_name("absent"), {}, [f" {key} = {value} "]),
    ]
    for chosen in places:
        assert {name: value for name, value, _ in chosen.items()}[key] == value
        assert type(getattr(getattr(chosen, section), name)) is type(getattr(getattr(Settings(), section), name))


@pytest.mark.parametrize("value", ["true", "nan", "'x'", "[1]", "1979-05-27", "{ a = 1 }", "'nan'", "''"])
def test_what_is_no_number_is_named(file: Path, value: str) -> None:
    text = refused(file, f"[alerts]\ndelay_s = {value}\n")
    assert "'alerts.delay_s' must be a number" in text
    assert "1 to 600" in text


@pytest.mark.parametrize("value", ["inf", "-inf", "0.99", "601", "-1e300", "9" * 400, "'1e999'"])
def test_what_is_out_of_range_is_named(file: Path, value: str) -> None:
    text = refused(file, f"[alerts]\ndelay_s = {value}\n")
    assert "delay_s" in text
    assert "Allowed: 1 to 600" in text


@pytest.mark.parametrize("value", ["inf", "nan", "2.5", "'5.5'", "true", "'five'", "-1", "601"])
def test_whole_numbers_are_whole(file: Path, value: str) -> None:
    assert "per_hour" in refused(file, f"[alerts]\nper_hour = {value}\n")


@pytest.mark.parametrize("value", ["5", "5.0", "'5'", "'5.0'", "5e0", "0x5"])
def test_a_whole_number_may_be_written_in_any_way(file: Path, value: str) -> None:
    file.write_text(f"[alerts]\nper_hour = {value}\n")
    chosen = load(file, {}).alerts.per_hour
    assert (chosen, type(chosen)) == (5, int)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[alerts]\ndely_s = 3", "Did you mean 'alerts.delay_s'?"),
        ("[posture]\ndelay_s = 3", "Did you mean"),
        ("[zzz]\nqqq = 3", "spinae config show"),
        ("delay_s = 3", "outside a section"),
        ("[alerts]\ndelay_s = ", "not valid TOML"),
        (b"[alerts]\n# \xff\xfe\n", "not valid TOML"),
        (f"[alerts]\ndelay_s = {'9' * 5000}", "not valid TOML"),
        ("a = " + "[" * 5000, "not valid TOML"),
        ("[alerts]\nquiet_hours = 22", "must be text"),
        ("[alerts]\nquiet_hours = '22 to 7'", "22:00-07:00"),
    ],
)
def test_mistakes_in_the_file_are_named(file: Path, text: str | bytes, says: str) -> None:
    assert says in refused(file, text)


def test_a_byte_order_mark_does_no_harm(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf[alerts]\r\ndelay_s = 3\r\n")
    assert load(file, {}).alerts.delay_s == 3.0


@pytest.mark.parametrize(
    ("name", "says"),
    [("SPINAE_ALERTS_DELY_S", "alerts.delay_s"), ("SPINAE_FOO", "there is no setting"), ("SPINAE_", "there is no setting")],
)
def test_unknown_names_in_the_environment_are_named(file: Path, name: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says) as caught:
        load(file, {name: "3"})
    assert name in str(caught.value)


@pytest.mark.parametrize("override", ["alerts.delay_s", "alerts.delay_s=", "=3", "", "alerts=3", "alerts.delay_s=1=2"])
def test_overrides_that_cannot_be_read_are_named(file: Path, override: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load(file, {}, [override])
    assert caught.value.where == "--set"


def test_a_folder_or_a_file_in_the_way_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    for path in (tmp_path, tmp_path / "f" / "settings.toml"):
        with pytest.raises(StorageError, match="could not read the settings"):
            load(path, {})


@given(st.text(max_size=12) | st.from_regex(r"[0-9: -]{3,12}", fullmatch=True))
def test_quiet_hours_are_a_span_or_refused(text: str) -> None:
    try:
        span = parse_quiet_hours(text)
    except BadSetting:
        return
    assert span is None or (0 <= span[0] < 86400 and 0 <= span[1] < 86400 and span[0] != span[1])


@pytest.mark.parametrize(
    "text", ["22:00-22:00", "24:00-07:00", "22:60-07:00", "22:00", "22:00-07:00-08:00", "-1:00-07:00", "a:b-c:d"]
)
def test_quiet_hours_that_make_no_sense(text: str) -> None:
    with pytest.raises(BadSetting):
        parse_quiet_hours(text)
    with pytest.raises(BadSetting, match="quiet_hours"):
        Settings().with_value("alerts.quiet_hours", text, "--set")


names = st.sampled_from(["delay_s", "per_hour", "quiet_hours", "threshold_deg"])
values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)


@examples(50)
@given(st.dictionaries(st.sampled_from(["posture", "alerts"]) | st.text(max_size=5), st.dictionaries(names, values)))
def test_whatever_is_set_is_taken_in_range_or_refused(tables: dict[str, dict[str, Any]]) -> None:
    chosen = Settings()
    for section, values in tables.items():
        for name, value in values.items():
            try:
                chosen = chosen.with_value(f"{section}.{name}", value, "here")
            except SpinaeError:
                continue
    for _, value, about in chosen.items():
        assert "low" not in about or about["low"] <= value <= about["high"]


def test_the_defaults_are_within_their_ranges_and_explained() -> None:
    for key, value, about in Settings().items():
        assert Settings().with_value(key, value, "default") == Settings()
        assert about["help"]
