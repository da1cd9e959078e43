"""Puts together what goes onto the board: `python -m firmware_protocol.assemble build/firmware`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHARED = ("__init__.py", "errors.py", "tables.py", "wire.py")


def assemble(target: Path) -> list[Path]:
    """The board's file system in `target`, which is emptied first if it is one already: the firmware at the top, the codec that
    both ends share under lib/. Returns the files. Raises FileExistsError for a folder that holds anything else."""
    if target.exists():
        if any(target.iterdir()) and not (target / "lib" / "firmware_protocol").is_dir():
            raise FileExistsError(f"{target} holds something else; name a new or empty folder")
        shutil.rmtree(target)
    package = target / "lib" / "firmware_protocol"
    package.mkdir(parents=True)
    sources = [(path, target) for path in sorted((HERE / "firmware").glob("*.py"))] + [(HERE / name, package) for name in SHARED]
    return [Path(shutil.copy(source, folder)) for source, folder in sources]


def main(arguments: list[str]) -> int:
    """The command. Returns its exit code."""
    if len(arguments) != 1:
        print("usage: python -m firmware_protocol.assemble FOLDER", file=sys.stderr)
        return 2
    target = Path(arguments[0])
    try:
        files = assemble(target)
    except OSError as error:
        print(f"assemble: {error}", file=sys.stderr)
        return 1
    for path in files:
        print(f"{path.stat().st_size:6d}  {path.relative_to(target)}")
    print(f"Copy them to the board:\n  cd {target} && mpremote cp -r . : + reset")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
