"""A box at work: QEMU without a display, wearer_commands words on its console.

It is emulated, not virtualised: where /dev/kvm is itself inside a virtual machine it may be there and be slower than emulation.
`SPINAE_BOX_ACCEL=kvm` uses it where it is known to be good.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import subprocess
import threading
import time

from tests.radio.bluez_box.build import Box
from tests.radio.bluez_box.debian import BoxError

BOOT_S = 120.0
OBEY_S = 30.0
KERNEL = "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off tsc=reliable nokaslr random.trust_cpu=on"


class Machine:
    """`hci_port`: where its Bluetooth chip is awaited; `dbus_port`: where its system bus listens; `log`: its console."""

    def __init__(self, box: Box) -> None:
        self.version = box.version
        self.hci_port, self.dbus_port = _free_port(), _free_port()
        self.log: list[str] = []
        self._answers: queue.Queue[str] = queue.Queue()
        network = f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.dbus_port}-10.0.2.15:7000"
        chip = f"socket,id=chip,host=127.0.0.1,port={self.hci_port},server=on,wait=off,nodelay=on"
        command = [
            "qemu-system-x86_64", "-accel", os.environ.get("SPINAE_BOX_ACCEL", "tcg,thread=multi"), "-cpu", "max", "-m", "256",
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none",
            "-kernel", str(box.kernel), "-initrd", str(box.archive), "-append", KERNEL,
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-chardev", chip, "-serial", "chardev:chip",
            "-netdev", network, "-device", "virtio-net-pci,netdev=net,romfile=",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def wait_until_ready(self) -> None:
        """Raises BoxError when it does not come up, or with another BlueZ than it should have."""
        try:
            ready = self._await("READY", BOOT_S)
        except BoxError:
            self.stop()
            raise
        if ready != f"READY BlueZ {self.version}":
            raise BoxError(f"this box should have BlueZ {self.version} but says {ready!r}")

    def order(self, word: str) -> None:
        """Returns when it has been done; `guest/init` knows the words."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        self._await(f"DONE {word}", OBEY_S)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """Pull the plug; once more does nothing."""
        self._process.kill()
        self._process.wait()
        self._listening.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # a word it will never hear
                pipe.close()

    def _await(self, beginning: str, patience_s: float) -> str:
        deadline_s = time.monotonic() + patience_s
        while (left_s := deadline_s - time.monotonic()) > 0 and self.is_running:
            try:
                line = self._answers.get(timeout=min(left_s, 0.5))
            except queue.Empty:
                continue
            if line.startswith(beginning):
                return line
        raise BoxError(f"the box never said {beginning!r}; it said:\n" + "\n".join(self.log[-40:]))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.log.append(line.rstrip())
            if line.startswith(("READY", "DONE")):
                self._answers.put(line.rstrip())


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
