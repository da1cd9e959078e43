"""Small files as other programs write them; shared by the fuzzer and the tests, independent of the code that reads them."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
G_MPS2 = 9.80665
START_NS = 1_700_000_000_000_000_000
SENSOR_LOGGER_METADATA = (
    "version,device name,recording epoch time,recording time,recording timezone,platform,appVersion,device id,sensors,"
    "sampleRateMs,standardisation,platform version\n3,{name},1700000000000,2023-11-14_22-13-20,Europe/Berlin,{platform},1.30,"
    "id,Accelerometer|Gravity|Gyroscope,10|10|10,{standardised},17\n"
)


@dataclass(frozen=True)
class Motion:
    """A wearer that sways: `t_s` (n,), `acc_mps2` and `gyr_radps` (n, 3), Android's sign."""

    t_s: Array
    acc_mps2: Array
    gyr_radps: Array


def motion(n: int = 150, rate_hz: float = 100.0, seed: int = 0) -> Motion:
    """Slow sway with a little noise; gravity mostly along y, as for a phone upright on the back."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(n) / rate_hz
    lean = 0.3 * np.sin(2 * np.pi * 0.4 * t_s)
    acc = G_MPS2 * np.column_stack([0.1 * np.ones(n), np.cos(lean), np.sin(lean)]) + rng.normal(0, 0.05, (n, 3))
    gyr = np.column_stack([np.gradient(lean, t_s), np.zeros(n), np.zeros(n)]) + rng.normal(0, 0.01, (n, 3))
    return Motion(t_s, acc, gyr)


def table(names: Sequence[str], columns: Sequence[Sequence[object]], delimiter: str = ",", decimal: str = ".") -> bytes:
    """A text table; numbers with all their digits."""
    lines = [delimiter.join(names)]
    for row in zip(*columns, strict=True):
        lines.append(delimiter.join(c if isinstance(c, str) else repr(c).replace(".", decimal) for c in row))
    return ("\n".join(lines) + "\n").encode()


def generic(m: Motion) -> bytes:
    """The generic CSV in g and deg/s."""
    acc, gyr = m.acc_mps2 / G_MPS2, np.rad2deg(m.gyr_radps)
    names = ["t_s", "ax_g", "ay_g", "az_g", "gx_dps", "gy_dps", "gz_dps"]
    return table(names, [m.t_s.tolist(), *acc.T.tolist(), *gyr.T.tolist()])


def sensor_logger_csv(t_s: Array, xyz: Array, start_ns: int = START_NS) -> bytes:
    """One sensor's CSV of Sensor Logger: axes in the order z, y, x."""
    ns = [start_ns + round(float(t) * 1e9) for t in t_s]
    return table(["time", "seconds_elapsed", "z", "y", "x"], [ns, t_s.tolist(), *xyz[:, ::-1].T.tolist()])


def sensor_logger(m: Motion, platform: str = "android", standardised: bool = False) -> dict[str, bytes]:
    """An export: Android with TotalAcceleration, iOS with Accelerometer and Gravity of the opposite sign."""
    sign = -1.0 if platform == "ios" and not standardised else 1.0
    gravity = np.tile([0.0, G_MPS2, 0.0], (len(m.t_s), 1))
    files = {
        "metadata.csv": SENSOR_LOGGER_METADATA.format(
            name="phone", platform=platform, standardised=str(standardised).lower()
        ).encode(),
        "Gyroscope.csv": sensor_logger_csv(m.t_s, m.gyr_radps),
        "Accelerometer.csv": sensor_logger_csv(m.t_s, sign * (m.acc_mps2 - gravity)),
    }
    if platform == "android":
        files["TotalAcceleration.csv"] = sensor_logger_csv(m.t_s, m.acc_mps2)
    else:
        files["Gravity.csv"] = sensor_logger_csv(m.t_s, sign * gravity)
    return files


def phyphox(m: Motion, delimiter: str = ",", decimal: str = ".", german: bool = False) -> dict[str, bytes]:
    """An export of 'Acceleration with g' and 'Gyroscope'."""
    acc = ["Time (s)", *(f"Acceleration {a} (m/s^2)" for a in "xyz")]
    gyr = ["Time (s)", *(f"Gyroscope {a} (rad/s)" for a in "xyz")]
    if german:
        acc = ["Zeit (s)", *(f"Beschleunigung {a} (m/s^2)" for a in "xyz")]
        gyr = ["Zeit (s)", *(f"Gyroskop {a} (rad/s)" for a in "xyz")]
    write = {"delimiter": delimiter, "decimal": decimal}
    return {
        "Beschleunigung.csv" if german else "Accelerometer.csv": table(
            [f'"{c}"' for c in acc], [m.t_s.tolist(), *m.acc_mps2.T.tolist()], **write
        ),
        "Gyroskop.csv" if german else "Gyroscope.csv": table(
            [f'"{c}"' for c in gyr], [m.t_s.tolist(), *m.gyr_radps.T.tolist()], **write
        ),
        "meta/device.csv": b'"property","value"\n"deviceBrand","Apple"\n"deviceModel","iPhone14,5"\n',
        "meta/time.csv": b'"event","experiment time","system time","system time text"\n'
        b'"START",0.000000000E0,1700000000.000,"2023-11-14 22:13:20"\n',
    }


WITMOTION_HEADERS = {
    "old": "Time(s)\tChipTime\tax(g)\tay(g)\taz(g)\twx(deg/s)\twy(deg/s)\twz(deg/s)\tAngleX(deg)\t",
    "new": "Time\tDevice name\tChip Time()\tAcceleration X(g)\tAcceleration Y(g)\tAcceleration Z(g)\t"
    "Angular velocity X(°/s)\tAngular velocity Y(°/s)\tAngular velocity Z(°/s)\tAngle X(°)",
    "chinese": "时间\t设备名称\t片上时间()\t加速度X(g)\t加速度Y(g)\t加速度Z(g)\t角速度X(°/s)\t角速度Y(°/s)\t角速度Z(°/s)\t角度X(°)",
    "app": "time\tDeviceName\tAccX(g)\tAccY(g)\tAccZ(g)\tAsX(°/s)\tAsY(°/s)\tAsZ(°/s)\tAngleX(°)",
}


def witmotion(m: Motion, variant: str = "new", encoding: str = "utf-8", delimiter: str = "\t", burst: int = 1) -> bytes:
    """A log in one of the vendor's spellings; `burst` rows share one time of arrival."""
    start = datetime.datetime(2025, 5, 29, 10, 16, 47)
    lines = ["StartTime: 2025-05-29 10:16:47.000"] if variant == "old" else []
    lines.append(WITMOTION_HEADERS[variant].replace("\t", delimiter))
    for i, (acc, gyr) in enumerate(zip(m.acc_mps2 / G_MPS2, np.rad2deg(m.gyr_radps), strict=True)):
        arrival = start + datetime.timedelta(seconds=float(m.t_s[min(i // burst * burst + burst - 1, len(m.t_s) - 1)]))
        chip = start + datetime.timedelta(seconds=float(m.t_s[i]))
        values = [*(repr(float(v)) for v in [*acc, *gyr]), "1.25"]
        chip_cell = f"{chip.year}-{chip.month}-{chip.day} {chip.hour}:{chip.minute}:{chip.second}:{chip.microsecond // 1000}"
        cells = {
            "old": [f"{arrival:%H:%M:%S.%f}"[:-3], f"{chip:%Y-%m-%d %H:%M:%S.%f}"[:-3], *values, ""],
            "app": [f"{arrival:%Y-%m-%dT%H:%M:%S.%f}"[:-3], "WT901(00:0C:BF)", *values],
        }.get(variant, [f"{arrival:%H:%M:%S.%f}"[:-3], "WT901BLE67(d6-a8)", chip_cell, *values])
        lines.append(delimiter.join(cells))
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
