# MicroPython's `select`, as far as asyncio uses it: waiting is where virtual time passes, and where "interrupts" come in.
import link
from uselect import POLLERR, POLLHUP, POLLIN, POLLOUT  # noqa: F401


class poll:  # noqa: N801
    def register(self, stream, mask):
        raise NotImplementedError("the firmware reads no streams")

    modify = unregister = register

    def ipoll(self, ms):
        link.wait_ms(ms)
        return ()
