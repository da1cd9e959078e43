"""HTTP port that limits what strangers can use up: connections in all and from one address, the time to send a request, and log
lines.

When there is no room, a connection that has not proven itself makes room for a new one: one of the address that holds the most, the
oldest first. So a client that knows the code gets in while others hold hundreds of connections open, also from the same address.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from sensorcore.timing.rate_limit import LogLimit

BACKLOG: Final = 64
"""Connections that the system holds for us: none of our descriptors."""
NO_DESCRIPTOR_S: Final = 0.5
"""The whole program has run out of descriptors: so long nobody is let in."""
MOST_HEADER_BYTES: Final = 8 << 10

_log = logging.getLogger(__name__)
_http_log = logging.getLogger(f"{__name__}.http")
_http_log.addFilter(LogLimit(at_once=3))


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`strangers`: connections that have not proven themselves; `known`: those that have; `ask_s`: a connection that has not asked
    for anything by then is closed."""

    strangers: int = 16
    known: int = 8
    ask_s: float = 5.0


@dataclass(slots=True)
class _Connection:
    address: str
    since_s: float
    is_known: bool = False


class GuardedPort:
    """Serves an application at `host`:`port` within `limits`. A handler calls `proven` when a request came from somebody who may
    ask."""

    def __init__(self, app: web.Application, limits: ConnectionLimits | None = None, **server: Any) -> None:
        self._limits = limits or ConnectionLimits()
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_http_log,
            shutdown_timeout=0.5,
            lingering_time=1.0,
            max_line_size=MOST_HEADER_BYTES,
            max_field_size=MOST_HEADER_BYTES,
            **server,
        )
        self._connections: dict[Any, _Connection] = {}
        self.turned_away = 0

    def proven(self, request: web.BaseRequest) -> None:
        """The connection of this request is one of ours: it may stay."""
        connection = self._connections.get(request.protocol)
        if connection is not None:
            connection.is_known = True

    @property
    def held(self) -> int:
        """Connections that are open now."""
        self._forget_closed()
        return len(self._connections)

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncGenerator[int, None]:
        """Serves while the block runs; yields the port (`port` 0: any that is free). Raises OSError."""
        await self._runner.setup()
        sockets: list[socket.socket] = []
        tasks: list[asyncio.Task[None]] = []
        try:
            sockets = await _listeners(host, port)
            tasks = [asyncio.create_task(self._accept(each)) for each in sockets] + [asyncio.create_task(self._close_silent())]
            yield int(sockets[0].getsockname()[1])
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for each in sockets:
                each.close()
            await self._runner.cleanup()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        server = self._runner.server
        assert server is not None
        while True:
            try:
                accepted, peer = await loop.sock_accept(listener)
            except OSError as error:  # out of descriptors, or the other side has gone again
                _log.warning("nobody can connect now: %s", error)
                await asyncio.sleep(NO_DESCRIPTOR_S)
                continue
            self._make_room()
            try:
                accepted.setblocking(False)
                _, protocol = await loop.connect_accepted_socket(server, accepted)
            except OSError:
                accepted.close()
                continue
            self._connections[protocol] = _Connection(str(peer[0]), loop.time())

    def _make_room(self) -> None:
        self._forget_closed()
        for is_known, most in ((False, self._limits.strangers), (True, self._limits.known)):
            alike = {each: found for each, found in self._connections.items() if found.is_known is is_known}
            if len(alike) >= most:
                by_address = Counter(found.address for found in alike.values())
                greedy = max(by_address.values())
                self._close(next(each for each, found in alike.items() if by_address[found.address] == greedy))

    async def _close_silent(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, self._limits.ask_s / 2))
            self._forget_closed()
            late_s = loop.time() - self._limits.ask_s
            for each in [each for each, found in self._connections.items() if not found.is_known and found.since_s < late_s]:
                self._close(each)

    def _close(self, protocol: Any) -> None:
        self.turned_away += 1
        self._connections.pop(protocol, None)
        transport = protocol.transport
        if transport is not None:
            with contextlib.suppress(OSError):
                transport.abort()

    def _forget_closed(self) -> None:
        for each in [each for each in self._connections if each.transport is None or each.transport.is_closing()]:
            del self._connections[each]


async def _listeners(host: str, port: int) -> list[socket.socket]:
    """One socket for each address that `host` means, all at the same port."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            each = socket.socket(family, kind, protocol)
            sockets.append(each)
            if os.name == "posix":  # elsewhere it would let another program take the port
                each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            each.bind((address[0], port, *address[2:]))
            port = each.getsockname()[1]
            each.listen(BACKLOG)
            each.setblocking(False)
    except BaseException:
        for each in sockets:
            each.close()
        raise
    return sockets
