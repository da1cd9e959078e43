"""The commands that README.md and docs/ name, and how each is run by a test: what it is given, and what stands in for hardware."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.project import ROOT

INTERRUPT: Final = "Ctrl+C"
Steps = tuple[tuple[str, str], ...]
"""What must be shown, and the keys that are pressed then, one after another."""
DASHBOARD: Final[Steps] = (("1 Today", "q"),)
ROUTINE: Final[Steps] = (("1 of ", "q"),)
CALIBRATE: Final[Steps] = (("Stand upright", "q"),)
SIM: Final = "a simulated sensor stands in for the one that is worn"
NAME: Final = "the text names the command, not a way to call it"


@dataclass(frozen=True)
class Run:
    """`instead`: the arguments to run, if not those of the text, and why (`because`). `also`: other forms that the text beside it
    names. `day`: a day is kept already. `fast`: in the fast suite too."""

    steps: Steps = ()
    instead: str = ""
    because: str = ""
    also: tuple[str, ...] = ()
    day: bool = False
    codes: tuple[int, ...] = (0,)
    fast: bool = False


@dataclass(frozen=True)
class Left:
    """Not run, and why."""

    because: str


NO_SET: Final = Left("needs the public data set, which nobody may pass on; tests/sensorcore/validation reads such folders")
COMMANDS: Final[dict[str, Run | Left]] = {
    "spinae demo": Run(DASHBOARD, fast=True),
    "spinae wear --sensor sim:workday-short": Run(DASHBOARD),
    "spinae wear --sensor sim:workday-short@20": Run(DASHBOARD, fast=True),
    "spinae wear --sensor sim:workday-short --placement upper_back --placement lower_back": Run(DASHBOARD),
    "spinae wear --sensor A --sensor B": Run(
        DASHBOARD,
        "wear --sensor sim:workday-short@20 --sensor sim:workday-short@20",
        f"{SIM}; A and B: test_two_sensors.py",
    ),
    "spinae wear --sensor phone": Run(
        (("Push URL", "\n"), ("1 Today", "q")), "wear --sensor phone:127.0.0.1:PORT", "a port of the test's own, no phone"
    ),
    "spinae wear --sensor phyphox:192.168.1.7": Run(
        (("phyphox does not answer", "q"),),
        "wear --sensor phyphox:127.0.0.1:PORT",
        "nobody is asked in the network that the test runs in",
    ),
    "spinae wear": Run(DASHBOARD, "wear --sensor sim:workday-short", SIM, day=True),
    "spinae calibrate": Run(CALIBRATE, "calibrate --sensor sim:workday-short", SIM),
    "spinae calibrate --sensor A --sensor B": Run(
        CALIBRATE, "calibrate --sensor sim:workday-short --sensor sim:workday-short", SIM
    ),
    "spinae scan": Run(codes=(0, 1)),  # 1: this machine has no Bluetooth
    "spinae doctor": Run(codes=(0, 1)),  # as above
    "spinae doctor --notify": Run(),
    "spinae daemon stop": Run(day=True),
    "spinae daemon install": Run(also=("daemon uninstall",)),
    "spinae status": Run(day=True, also=("status --json",)),
    "spinae stream": Run((('"spinae.', INTERRUPT),), day=True, codes=(0, 130)),
    "spinae serve": Run(
        (("Open http://127.0.0.1", INTERRUPT),), "serve --port PORT --sensor sim:workday-short", f"{SIM}, a port of the test's own"
    ),
    "spinae routine": Run(ROUTINE),
    "spinae routine --list": Run(),
    "spinae routine desk_break": Run(ROUTINE, also=("routine wake_up", "routine full_reset", "routine breathe")),
    "spinae routine full_reset --sensor sim:routine": Run(ROUTINE),
    "spinae routine breathe --sensor none": Run(ROUTINE),
    "spinae routine baseline": Run(ROUTINE, "routine baseline --sensor sim:baseline", SIM),
    "spinae analyze today.mcap": Run(also=("analyze phone.zip", "analyze walk.csv"), fast=True),
    "spinae analyze": Run(instead="analyze today.mcap --set alerts.delay_s=60", because=NAME),
    "spinae analyze --json": Run(instead="analyze today.mcap --json", because=NAME),
    "spinae analyze DIR --jobs 2": Run(instead="analyze recordings --jobs 2", because="a folder of the test's own"),
    "spinae report": Run(also=("report --week 2026-W48", "report --week 2026-W48 --html week.html")),
    "spinae report --rebuild": Run(),
    "spinae report --html": Run(instead="report --html day.html", because=NAME),
    "spinae replay today.mcap --speed 20": Run((("2 Replay", "q"),)),
    "spinae tune today.mcap --alerts-per-day 8": Run(),
    "spinae tune": Run(instead="tune today.mcap --thresholds 8,15 --delays 5,15", because=NAME),
    "spinae import phone.zip": Run(also=("import walk.csv",)),
    "spinae export today.mcap --to csv": Run(also=("export today.mcap --to parquet", "export today.mcap --to edf")),
    "spinae config": Run(instead="config check", because=NAME),
    "spinae config show": Run(fast=True),
    "spinae config path": Run(),
    "spinae simulate": Run(instead="simulate --list", because=NAME),
    "spinae simulate --list": Run(),
    "spinae simulate workday-short -o day.mcap --seed 7": Run(),
    "spinae simulate --random -o day.mcap --seed 7 --minutes 480": Run(
        instead="simulate --random -o day.mcap --seed 7 --minutes 12", because="eight hours take half a minute"
    ),
    "spinae simulate workday-short -o day.mcap --fault slip:at=300,deg=12 --fault lost:share=0.05": Run(),
    "spinae validate": Run(instead="validate --list", because=NAME),
    "spinae validate --list": Run(),
    "spinae validate NAME FOLDER": NO_SET,
    "spinae validate broad FOLDER": NO_SET,
    "spinae validate eurobench_sts FOLDER": NO_SET,
    "spinae validate hapt|sisfall|uci_chest_acc|posture_vest FOLDER": NO_SET,
    "spinae validate rrhr_breathing FOLDER": NO_SET,
    "spinae validate trunkyxl FOLDER": NO_SET,
}


def named(text: str) -> set[str]:
    """The commands in code blocks (a line each, without what is said after #) and in inline code of a Markdown text."""
    blocks = re.findall(r"^ *```[^\n]*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^ *```[^\n]*\n.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"^\$ ", "", line.strip()) for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    found = [re.split(r"\s#", line)[0] for line in lines] + re.findall(r"`([^`]+)`", prose)
    return {" ".join(each.split()) for each in found if re.match(r"spinae\s+\S", each)}


def documented() -> set[str]:
    """The commands of README.md and docs/."""
    return set().union(*(named(path.read_text(encoding="utf-8")) for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))))
