# The line to the test: JSON objects, one a line, both ways over a socket. Also the clock, real or virtual.
#
# Virtual: the firmware runs as fast as it can up to the instant that the test grants ({"op": "run", "us": n}), says that it is
# there, and waits. Hours pass in seconds, and every run is the same. Real: SPINAE_SPEED times as fast as life.
import json
import os
import socket
import sys

import uselect
import utime

WRAP = 1 << 30  # as on a board; the unix port wraps much later
VIRTUAL = bool(os.getenv("SPINAE_VIRTUAL"))
SPEED = float(os.getenv("SPINAE_SPEED") or "1")

handlers = {}  # op: function of the message
hardware = {}  # what the test sets: pins, voltages, faults
deadlines = []  # functions of the time in us, called as it passes

_since_us = utime.ticks_us()
_boot_us = int(os.getenv("SPINAE_BOOT_US") or "0")
_now_us = _limit_us = _boot_us

_socket = socket.socket()
_socket.connect(socket.getaddrinfo("127.0.0.1", int(os.getenv("SPINAE_PORT")))[0][-1])
_socket.setsockopt(6, 1, 1)  # TCP_NODELAY
_poll = uselect.poll()
_poll.register(_socket, uselect.POLLIN)
_waiting = b""
_unsent = []


def now_us():
    return _now_us if VIRTUAL else _boot_us + int((utime.ticks_us() - _since_us) * SPEED)


def send(**message):
    message["t"] = now_us()
    _unsent.append(json.dumps(message))
    if not VIRTUAL or len(_unsent) > 50:
        flush()


def flush():
    """In virtual time nobody reads before the firmware waits: many small packets would only be slow."""
    _unsent.append("")
    _socket.write("\n".join(_unsent).encode())
    _unsent.clear()


def die(why, code):
    send(op="reset", why=why)
    flush()
    _socket.close()
    sys.exit(code)


def advance(us):
    """Virtual time passes, the firmware doing nothing."""
    global _now_us
    _now_us += us
    for check in deadlines:
        check(_now_us)


def sleep_us(us):
    if VIRTUAL:
        advance(us)
    else:
        utime.sleep_us(int(us / SPEED))
        for check in deadlines:
            check(now_us())


def _receive():
    global _waiting
    data = _socket.recv(65536)
    if not data:
        sys.exit(0)
    _waiting += data
    while b"\n" in _waiting:
        line, _waiting = _waiting.split(b"\n", 1)
        message = json.loads(line)
        handlers[message["op"]](message)


def wait_ms(ms):
    """Until then, or until the test has said something. Negative: until it has."""
    if not VIRTUAL:
        for _ in _poll.ipoll(int(ms / SPEED + 0.5)):
            _receive()
        for check in deadlines:
            check(now_us())
        return
    end_us = _limit_us if ms < 0 else _now_us + ms * 1000
    if end_us <= _limit_us and end_us > _now_us:
        advance(end_us - _now_us)
        return
    if ms == 0:
        return
    if _limit_us > _now_us:
        advance(_limit_us - _now_us)
    send(op="at")
    flush()
    before = _limit_us
    while _limit_us == before:
        _receive()


def _run(message):
    global _limit_us
    _limit_us = max(_now_us, _limit_us) + message["us"]


handlers["run"] = _run
handlers["stall"] = lambda message: advance(message["us"])
handlers["set"] = lambda message: hardware.update(message["values"])
