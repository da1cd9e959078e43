"""Loaded by every Python that finds this folder on PYTHONPATH: its wall clock is CLOCK_SHIFT seconds ahead of the machine's, or
stands at CLOCK_AT (seconds since 1970) where that is given. The steady clocks are as they are."""

import datetime
import os
import time

_time, _time_ns, _localtime, _datetime = time.time, time.time_ns, time.localtime, datetime.datetime
_SHIFT_S = float(os.environ.get("CLOCK_SHIFT", "0"))
_AT_S = float(os.environ["CLOCK_AT"]) if os.environ.get("CLOCK_AT") else None


def _now_s():
    return _time() + _SHIFT_S if _AT_S is None else _AT_S


class _Datetime(_datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_now_s(), tz)


time.time = _now_s
time.time_ns = lambda: _time_ns() + round(_SHIFT_S * 1e9) if _AT_S is None else round(_AT_S * 1e9)
time.localtime = lambda seconds=None: _localtime(_now_s() if seconds is None else seconds)
datetime.datetime = _Datetime
