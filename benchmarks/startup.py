"""`python -m benchmarks.startup`: start-up time of `spinae --help` and of the first frame of `spinae demo`, as fresh processes.

The bars: 0.3 s and 1.5 s. The first frame is read off a real pseudo-terminal: the moment the big word of the dashboard is on it."""

from __future__ import annotations

import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

SPINAE = str(Path(sys.executable).parent / "spinae")


def help_s() -> float:
    """Seconds until `spinae --help` has ended."""
    start_s = time.perf_counter()
    subprocess.run([SPINAE, "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start_s


def first_frame_s(until: bytes = b"upright", limit_s: float = 20.0) -> float:
    """Seconds until the demo has drawn `until` on a terminal of 120 × 40."""
    start_s = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40")
        os.execv(SPINAE, [SPINAE, "demo"])
    seen = b""
    try:
        while until not in seen.lower():
            if time.perf_counter() - start_s > limit_s:
                raise SystemExit("no frame within the limit")
            if select.select([terminal], [], [], 0.05)[0]:
                seen = (seen + os.read(terminal, 65536))[-200_000:]
        return time.perf_counter() - start_s
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    print("| what | median of 5, s | slowest, s |")
    print("|---|---|---|")
    for name, measure in (("spinae --help", help_s), ("spinae demo, first frame", first_frame_s)):
        took_s = [measure() for _ in range(5)]
        print(f"| {name} | {statistics.median(took_s):.2f} | {max(took_s):.2f} |")


if __name__ == "__main__":
    main()
