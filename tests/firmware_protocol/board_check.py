# Run by test_micropython under both interpreters: reads jobs, prints what the board's codec makes of them.
import sys
from binascii import hexlify, unhexlify

sys.path.insert(0, sys.argv[1])
from firmware_protocol import wire


def attempt(function, *arguments):  # type: ignore[no-untyped-def]
    try:
        result = function(*arguments)
    except wire.FrameError as error:
        return "FrameError " + str(error)
    return hexlify(result).decode() if isinstance(result, bytes) else str(result)


with open(sys.argv[2]) as jobs:  # noqa: PTH123 (MicroPython has no pathlib)
    for line in jobs:
        kind, *values = line.split()
        if kind == "unpack":
            packet = unhexlify(values[0]) if values else b""
            print(attempt(wire.unpack_data, packet))
            print(attempt(wire.unpack_status, packet))
            print(attempt(wire.unpack_control, packet))
        elif kind == "data":
            print(attempt(wire.pack_data, *[int(value) for value in values[:5]], unhexlify(values[5]) if values[5:] else b""))
        else:
            print(attempt(getattr(wire, "pack_" + kind), *[int(value) for value in values]))
