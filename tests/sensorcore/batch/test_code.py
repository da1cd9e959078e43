"""What a row depends on is read off the imports."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sensorcore.batch.code import code_digest, imported
from sensorcore.batch.rows import _ROOTS
from tests.project import ROOT

LOAD = "import sys, json; import sensorcore.pipeline.analysis, sensorcore.recording.opening; print(json.dumps(sorted(sys.modules)))"


def test_all_that_is_really_imported_is_known() -> None:
    said = subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True, text=True, cwd=ROOT)
    loaded = {name for name in json.loads(said.stdout) if name.partition(".")[0] in ("sensorcore", "firmware_protocol")}
    found, others = imported(_ROOTS)
    assert loaded <= found.keys()
    assert {"numpy", "vqf"} <= others
    assert not any(name.startswith(("sensorcore.daemon", "sensorcore.batch", "sensorcore.history")) for name in found)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    for name in ("sensorcore", "firmware_protocol"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        (("timing/device_clock.py", "pipeline/join.py"), True),
        (("exercise/catalogue.toml",), True),
        (("daemon/hub.py", "report/text.py"), False),
    ],
)
def test_a_change_in_any_of_it_is_another_version(copy: Path, changed: tuple[str, ...], differs: bool) -> None:
    before = code_digest(_ROOTS, copy)
    for each in changed:
        path = copy / "sensorcore" / each
        path.write_text(f"{path.read_text()}\n# another line\n")
    assert (code_digest(_ROOTS, copy) != before) is differs
