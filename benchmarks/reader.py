"""`python -m benchmarks.reader [--seconds 30]`: the CPU that reading a sensor at 104 Hz takes, as a share of one core.

The sensor and both ends of the software radio (Bumble) run in the same process and count, so the reader alone takes less. The bar:
below 2 % of a core."""

from __future__ import annotations

import argparse
import asyncio
import time

from tests.radio.rig import bumble_rig

SETTLE_S = 2.0


async def share(seconds: float) -> float:
    """CPU time over wall time, after the first seconds of streaming."""
    async with bumble_rig() as rig:
        await rig.add(speed=1.0)
        async with rig.reading(rig.reader()) as heard:
            await rig.until(lambda: len(heard.frames) > 2)
            await asyncio.sleep(SETTLE_S)
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            await asyncio.sleep(seconds)
            taken = (time.process_time() - cpu_s) / (time.perf_counter() - wall_s)
            heard.assert_whole()
        await rig.stop()
        return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    args = parser.parse_args()
    print("| what runs, 104 Hz | CPU, % of a core |")
    print("|---|---|")
    print(f"| sensor, software radio and reader | {100 * asyncio.run(share(args.seconds)):.2f} |")


if __name__ == "__main__":
    main()
