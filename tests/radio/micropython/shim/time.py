# MicroPython's `time` as on a board: ticks_us wraps at 2^30. Takes the place of the built-in module.
import link
import utime
from utime import gmtime, localtime, mktime, time, time_ns  # noqa: F401

_HALF = link.WRAP // 2
# asyncio's task queue is in C and stamps tasks that are due at once with the real time: ours must be ahead of it.
_AHEAD_MS = utime.ticks_ms() + 100000000


def ticks_us():
    return link.now_us() % link.WRAP


def ticks_ms():
    return link.now_us() // 1000 + _AHEAD_MS


def ticks_add(ticks, delta):
    return ticks + delta


def ticks_diff(end, start):
    return (end - start + _HALF) % link.WRAP - _HALF


def sleep_us(us):
    link.sleep_us(us)


def sleep_ms(ms):
    link.sleep_us(ms * 1000)


def sleep(s):
    link.sleep_us(int(s * 1000000))
