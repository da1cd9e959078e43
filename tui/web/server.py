"""Web server of the dashboard on this machine: one dashboard process a tab, all attached to the daemon that keeps the day.
Requests without the token get nothing."""

from __future__ import annotations

import hmac
import secrets
import shlex
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web
from textual_serve.server import Server

from sensorcore.errors import SourceError
from sensorcore.links.guarded_port import ConnectionLimits, GuardedPort
from sensorcore.links.phone.pairing import lan_address

COOKIE: Final = "spinae"
TABS: Final = 8
"""Each is a process of its own."""
LIMITS: Final = ConnectionLimits(strangers=16, known=64)
"""A browser opens half a dozen connections, and one for each tab."""
EVERYWHERE: Final = ("0.0.0.0", "::", "")
_TEMPLATES: Final = Path(__file__).with_name("templates")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer(Server):
    """The dashboard at `http://host:port/?token=…`."""

    def __init__(self, host: str, port: int, *, title: str) -> None:
        command = shlex.join([sys.executable, "-m", "tui.cli", "wear"])
        there = _reached_at(host)
        url = f"http://{f'[{there}]' if ':' in there else there}" + ("" if port == 80 else f":{port}")
        super().__init__(command, host=host, port=port, title=title, public_url=url, templates_path=_TEMPLATES)
        self._token = secrets.token_urlsafe(24)
        self._session = secrets.token_urlsafe(24)
        self._guarded: GuardedPort | None = None
        self._tabs = 0

    @property
    def cookie(self) -> str:
        """Its name: pages on other ports of this machine have their own."""
        return f"{COOKIE}-{self.port}"

    @property
    def address(self) -> str:
        """Address to open; its token gives access to the dashboard."""
        return f"{self.public_url}/?token={self._token}"

    async def application(self) -> web.Application:
        """Textual's routes behind our door."""
        app = await self._make_app()
        app.middlewares.append(self._door)
        app.on_startup.clear()  # it prints a banner
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        token = request.query.get("token")
        if token is not None and self._is_known(request, token, self._token):
            self._proven(request)
            response: web.StreamResponse = web.Response(status=302, headers={"Location": "/"})
            # browsers send a cookie to every port of a host: another program there must not get what opens the page elsewhere
            response.set_cookie(self.cookie, self._session, httponly=True, samesite="Strict")
            return response
        if not self._is_known(request, request.cookies.get(self.cookie, ""), self._session):
            refused = web.Response(status=403, text="Open the address that `spinae serve` printed.\n")
            refused.force_close()
            return refused
        self._proven(request)
        if request.path == "/ws":
            return await self._tab(request, handler)
        response = await handler(request)
        response.headers.update(self._headers())
        return response

    async def _tab(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        # a page of another site may open a socket to us, and the browser would send our cookie along
        if request.headers.get("Origin") != self.public_url:
            return web.Response(status=403)
        if self._tabs >= TABS:
            return web.Response(status=503, text="Too many tabs are open.\n")
        self._tabs += 1
        try:
            return await handler(request)
        finally:
            self._tabs -= 1

    def _proven(self, request: web.Request) -> None:
        if self._guarded is not None:
            self._guarded.proven(request)

    def _is_known(self, request: web.Request, said: str, ours: str) -> bool:
        """Whether the request was addressed to our own name: another name that leads here is an attack (DNS rebinding)."""
        same = hmac.compare_digest(said.encode(errors="backslashreplace"), ours.encode())
        return same and f"http://{request.host}" == self.public_url

    def _headers(self) -> dict[str, str]:
        socket = self.public_url.replace("http", "ws", 1)
        rules = (
            "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
            f"connect-src 'self' {socket}; img-src 'self' data:; frame-ancestors 'none'"
        )
        return {"Content-Security-Policy": rules, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}

    @asynccontextmanager
    async def listening(self) -> AsyncGenerator[None, None]:
        """Serve while the block runs. Raises OSError when the port is taken."""
        self._guarded = GuardedPort(await self.application(), LIMITS)
        async with self._guarded.listening(self.host, self.port):
            yield


def _reached_at(host: str) -> str:
    """The address to open: what means "every address of this machine" cannot be opened itself."""
    if host not in EVERYWHERE:
        return host
    try:
        return lan_address()
    except SourceError:  # in no network
        return "127.0.0.1"
