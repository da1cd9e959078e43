"""The board: which pin does what, and what can be set. `settings.json` overrides any of it; null means "not fitted"."""

import os
import sys
from binascii import hexlify

import machine
import settings

FIRMWARE = (1, 0, 0)
SETTINGS_FILE = "settings.json"
BONDS_FILE = "bonds.json"

# Seeed XIAO: data on D4, clock on D5, motor on D10, battery divider on D1, and the BOOT button, on both chips.
PINS = {
    "ESP32C3": {"sda": 6, "scl": 7, "motor": 10, "button": 9, "led": None, "battery": 3},
    "ESP32S3": {"sda": 5, "scl": 6, "motor": 9, "button": 0, "led": 21, "battery": 2},
}
DEFAULTS = {
    "name": None,  # None: "spinae" and two digits of the serial number
    "rate": 3,  # id in tables.RATES; MODE changes it
    "scale": 0,  # id in tables.SCALES; 0: the chip's widest
    "secure": True,  # pairing and encryption; False for a bench only
    "ring_bytes": 2000000,  # memory for back-fill; less is taken when there is less
    "battery_ratio": 2.0,  # battery voltage over the voltage at the pin
    "led_on": 0,  # the level that lights the LED
}


def load():
    """Every setting by name, plus `serial` and `model`."""
    kind = getattr(sys.implementation, "_machine", "")
    model = "ESP32S3" if "ESP32S3" in kind else "ESP32C3"
    values = dict(DEFAULTS)
    values.update(PINS[model])
    values.update(settings.load(SETTINGS_FILE))
    values["model"] = model
    values["serial"] = hexlify(machine.unique_id()).decode()
    if not values["name"]:
        values["name"] = "spinae" + values["serial"][-2:]
    return values


def remember(**changes):
    """Settings to find again after a reboot."""
    kept = settings.load(SETTINGS_FILE)
    if any(kept.get(name) != value for name, value in changes.items()):
        kept.update(changes)
        settings.save(SETTINGS_FILE, kept)


def random_u32():
    """A number that no two boots share."""
    return int.from_bytes(os.urandom(4), "little")
