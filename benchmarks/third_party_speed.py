"""CPU time of decoding a third-party sensor's stream: `python -m benchmarks.third_party_speed`.

Live it is done three times (reader, clock, pipeline), a notification at a time; an analysis does it once, all together.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from sensorcore.devices import Driver, driver_named
from sensorcore.model import Notification
from tests.sensorcore.devices.encoders import ENCODERS
from tests.sensorcore.devices.test_third_party import delivered, motion
from tests.sensorcore.links.phone.apps import SensorLogger
from tests.sensorcore.links.phone.test_sensorlogger import notes

DURATION_S = 300.0
DAY_S = 8 * 3600.0


def streams() -> Iterator[tuple[str, Driver, list[Notification]]]:
    """What is decoded, by what, as it arrives."""
    for kind, (name, rate_hz, encode) in ENCODERS.items():
        sent = list(encode(*motion(round(DURATION_S * rate_hz), rate_hz)))
        yield kind, driver_named(name), delivered(sent, replies=name == "polar-verity-sense")
    app = SensorLogger("ios", sends="split")
    yield "phone", driver_named("phone"), notes(app, list(app.bodies(*motion(round(DURATION_S * 100.0), 100.0))))


def main() -> None:
    """Print a line for each."""
    for kind, driver, arrived in streams():
        state, began_s = driver.initial(), time.process_time()
        for note in arrived:
            state, _ = driver.decode(state, [note])
        live_s, began_s = time.process_time() - began_s, time.process_time()
        driver.decode(driver.initial(), arrived)
        at_once_s = time.process_time() - began_s
        print(f"{kind}: {100 * live_s / DURATION_S:.2f} % of a core live, {DAY_S * at_once_s / DURATION_S:.0f} s for 8 h at once")


if __name__ == "__main__":
    main()
