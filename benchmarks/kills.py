"""Daemon, dashboard, stream and broker killed (`kill -9`) at random moments: what is lost, what hangs, and whether the totals agree
with a replay."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.end_to_end.killing import LOST_S, kill_at_random
from tests.end_to_end.programs import new_home
from tests.sensorcore.notifiers.test_notifiers import free_port


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="kills in all")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name, new_home(Path(name)) as home:
        found = kill_at_random(home, free_port(), args.times, args.seed)
    victims = ", ".join(f"{count} × {victim}" for victim, count in found.killed.items())
    print(f"killed: {victims}; {time.monotonic() - began_s:.0f} s")
    lost_s = sorted(found.lost_s)
    print(
        f"lost before a daemon's death: median {lost_s[len(lost_s) // 2]:.1f} s, most {lost_s[-1]:.1f} s (promised: {LOST_S:g} s)"
    )
    print(f"notes: {found.notes} said, {len(found.lost_notes)} lost that were older than {LOST_S:g} s")
    print(f"slowest answer of the daemon, a new process asking: {found.slowest_answer_s:.1f} s")
    print(f"{found.recordings} recordings, {found.ticks / 10:.0f} s in history and replay")
    for each in found.wrong:
        print(f"WRONG: {each}")
    return 1 if found.wrong or found.lost_notes or lost_s[-1] > LOST_S else 0


if __name__ == "__main__":
    sys.exit(main())
