"""`python -m benchmarks.realism DATA_FOLDER [--pictures docs/pictures]`: the tables and spectra of docs/simulator.md.
What leaves it are figures over many people or repetitions."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.realism import figures, pictures, real, simulated
from benchmarks.realism.real import Cuts
from benchmarks.realism.tables import table

GROUPS = {
    "quiet": (("sitting", "standing", "lying"), figures.quiet),
    "walking": (("walking", "stairs up", "stairs down"), figures.walking),
    "changes": (("sit to stand", "stand to sit"), figures.change),
}
FOLDERS = ("hapt", "trunkyxl", "eurobench_sts")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.realism", description=__doc__)
    parser.add_argument("folder", type=Path, help=f"holds {', '.join(FOLDERS)}")
    parser.add_argument("--pictures", type=Path, help="write the pictures into this folder")
    chosen = parser.parse_args()
    missing = [name for name in FOLDERS if not any((chosen.folder / name).glob("*.npz"))]
    if missing:
        parser.error(f"{chosen.folder} has no recordings (*.npz) in {', '.join(missing)}")

    people, waist = real.hapt(chosen.folder / "hapt"), simulated.waist()
    pages: dict[str, tuple[Cuts, Cuts]] = {}
    for page, (names, measure) in GROUPS.items():
        pages[page] = {name: people[name] for name in names}, {name: waist[name] for name in names}
        print(f"{page}, at the waist (HAPT)\n\n{table(*pages[page], measure)}\n")
    rises = table(real.eurobench(chosen.folder / "eurobench_sts"), simulated.rises(), figures.change)
    print(f"five rises in a row (EUROBENCH)\n\n{rises}\n")
    pages["bends"] = real.trunkyxl(chosen.folder / "trunkyxl"), simulated.bends()
    print(f"forward bends on a stool (TrunkyXL)\n\n{table(*pages['bends'], figures.bend)}\n")
    for unit in real.gyroscope_units(chosen.folder / "eurobench_sts"):
        print(f"EUROBENCH: one unit of the gyroscope is {unit:.4f} rad/s by gravity's turn; 1°/s is 0.0175")
    if chosen.pictures:
        for page, (theirs, ours) in pages.items():
            path = chosen.pictures / f"realism-{page}.svg"
            pictures.draw(path, {name: {"people": cuts, "simulated": ours[name]} for name, cuts in theirs.items()})
            print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
