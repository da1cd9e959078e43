"""Loaded by every Python that finds this folder on PYTHONPATH, children of children too: notes each address that the process
connects to, binds to, sends to or looks up, one JSON line each, in the file that SOCKET_SPY names."""

import json
import os
import sys

_LOG = os.environ.get("SOCKET_SPY")
_CALLS = ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo")


def _note(call, family, address):
    text = json.dumps({"program": sys.orig_argv[1:], "call": call, "family": family, "address": address}, default=repr)
    log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(log, text.encode() + b"\n")
    finally:
        os.close(log)


def _hook(event, args):
    if not event.startswith("socket."):
        return
    call = event.removeprefix("socket.")
    if call in ("connect", "bind", "sendto", "sendmsg"):
        _note(call, args[0].family.name, args[1])
    elif call in _CALLS:
        _note(call, "name", args[0])


if _LOG:
    _note("begin", "", "")
    sys.addaudithook(_hook)
