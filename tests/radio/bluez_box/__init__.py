"""Real BlueZ in a box: a virtual machine with Debian's kernel, D-Bus and bluetoothd, and nothing else.

`debian.py` asks this machine's apt for what is needed, `initramfs.py` makes a boot image of it, `build.py` does both and keeps the
result in `build/bluez-box`; `guest/` is what the box does once it has booted. `machine.py` runs it under QEMU, `host.py` gives it a
Bluetooth chip (a Bumble controller behind its serial port) and lets bleak on this machine reach its D-Bus.

`make test-bluez` does everything.
"""
