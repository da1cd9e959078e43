"""Serves the dashboard as a page of this machine: one dashboard process a tab, all attached to the daemon that keeps the day. Who
does not know the token gets nothing."""

from __future__ import annotations

import hmac
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from textual_serve.server import Server

COOKIE: Final = "spinae"
TABS: Final = 8
"""Each is a process of its own."""
_TEMPLATES: Final = Path(__file__).with_name("templates")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer(Server):
    """The dashboard at `http://host:port/?token=…`."""

    def __init__(self, host: str, port: int, *, title: str) -> None:
        super().__init__(
            shlex.join([sys.executable, "-m", "tui.cli", "wear"]), host=host, port=port, title=title, templates_path=_TEMPLATES
        )
        self._token = secrets.token_urlsafe(24)
        self._tabs = 0

    @property
    def address(self) -> str:
        """What to open; whoever has it can see the dashboard."""
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
        if token is not None and self._is_known(request, token):
            response: web.StreamResponse = web.Response(status=302, headers={"Location": "/"})
            response.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
            return response
        if not self._is_known(request, request.cookies.get(COOKIE, "")):
            return web.Response(status=403, text="Open the address that `spinae serve` printed.\n")
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

    def _is_known(self, request: web.Request, token: str) -> bool:
        """Whether the token is ours, asked under our own name: another name that leads here is somebody's trick."""
        return hmac.compare_digest(token.encode(), self._token.encode()) and f"http://{request.host}" == self.public_url

    def _headers(self) -> dict[str, str]:
        socket = self.public_url.replace("http", "ws", 1)
        rules = (
            "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
            f"connect-src 'self' {socket}; img-src 'self' data:; frame-ancestors 'none'"
        )
        return {"Content-Security-Policy": rules, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


async def start(server: PageServer) -> web.AppRunner:
    """Listen; `cleanup` of what is returned ends it. Raises OSError when the port is taken."""
    runner = web.AppRunner(await server.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, server.host, server.port).start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner
