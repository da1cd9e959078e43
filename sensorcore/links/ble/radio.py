"""Radio settings: the bleak backend, and how long each operation may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from firmware_protocol import tables

BASE_UUID = "0000{:04x}-0000-1000-8000-00805f9b34fb"
"""Base UUID of the identifiers that the Bluetooth SIG assigns."""
ALERT_UUID = BASE_UUID.format(0x2A06)
"""Immediate Alert's level: 0 to 2, the standard way to make something buzz."""
BATTERY_UUID = BASE_UUID.format(tables.BATTERY_LEVEL)
SERIAL_UUID, MODEL_UUID, FIRMWARE_UUID = (BASE_UUID.format(assigned) for assigned in (0x2A25, 0x2A24, 0x2A26))


@dataclass(frozen=True, slots=True)
class Radio:
    """Further arguments for every BleakScanner and BleakClient: none for this machine's radio, `{"backend": …}` for another."""

    scanner_kwargs: dict[str, Any] = field(default_factory=dict)
    client_kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """Time-outs and pauses in seconds. The first pause before another attempt is `backoff_s`, doubled each time up to
    `backoff_max_s`; each is shortened by chance by up to a half, so that two hosts do not keep step. After `stall_s` without a
    frame the sensor is asked whether it is well. A frame waits up to `hold_s` for an older one that is missing, so an alert may
    come that much late, but from all of the data. A sensor that was found by
    its name alone may have a namesake, which is listened for during `namesake_s` (most advertise once a second or more). `pace`:
    seconds that pass for the sensor in one of ours; tests live faster."""

    scan_s: float = 10.0
    connect_s: float = 20.0
    operation_s: float = 8.0
    pair_s: float = 30.0
    disconnect_s: float = 8.0
    backoff_s: float = 0.5
    backoff_max_s: float = 15.0
    stall_s: float = 4.0
    hold_s: float = 8.0
    tick_s: float = 0.25
    namesake_s: float = 1.5
    pace: float = 1.0
