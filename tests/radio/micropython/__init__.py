"""The sensor's firmware, unmodified, under MicroPython's unix port: `shim/` stands in for the board's modules, `process.py` starts
it, `host.py` lends it a Bumble device for a radio."""
