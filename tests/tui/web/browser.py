"""A real headless Chromium, steered over its debugging protocol."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def executable() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page: `texts` are what came to it over web sockets, `requests` the addresses it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.texts: list[str] = []
        self.requests: list[str] = []
        self._reading = asyncio.create_task(self._read())

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        return await asyncio.wait_for(self._answers[number], 30)

    async def open(self, address: str) -> None:
        await self.call("Network.enable")
        await self.call("Page.enable")
        await self.call("Page.navigate", url=address)

    async def evaluate(self, script: str) -> Any:
        return (await self.call("Runtime.evaluate", expression=script))["result"].get("value")

    async def picture(self) -> bytes:
        import base64  # noqa: PLC0415

        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])

    async def until_text(self, text: str, *, after: int = 0, within_s: float = 40.0) -> None:
        give_up_s = time.monotonic() + within_s
        while not any(text in each for each in self.texts[after:]):
            assert time.monotonic() < give_up_s, f"'{text}' did not come"
            await asyncio.sleep(0.1)

    async def _read(self) -> None:
        import base64  # noqa: PLC0415

        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers[said["id"]].set_result(said.get("result", {}))
            elif said["method"] == "Network.webSocketFrameReceived":
                frame = said["params"]["response"]
                data = frame["payloadData"]
                self.texts.append(base64.b64decode(data).decode(errors="replace") if frame["opcode"] == 2 else data)
            elif said["method"] == "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"]["url"])
            elif said["method"] == "Network.webSocketCreated":
                self.requests.append(said["params"]["url"])


class Browser:
    """Opens tabs."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    async def tab(self) -> Tab:
        async with self._session.put(f"{self._address}/json/new") as answer:
            found = await answer.json()
        return Tab(await self._session.ws_connect(found["webSocketDebuggerUrl"], max_msg_size=0))


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Browser]:
    """A browser with a profile of its own in `folder`."""
    command = [
        executable() or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1000,640",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
    ]  # fmt: skip
    environment = {**os.environ, "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        port_file = folder / "DevToolsActivePort"
        give_up_s = time.monotonic() + 40
        while not (port_file.exists() and port_file.read_text().strip()):
            assert time.monotonic() < give_up_s, (folder / "log").read_text(errors="replace")
            await asyncio.sleep(0.1)
        port = port_file.read_text().split()[0]
        async with aiohttp.ClientSession() as session:
            yield Browser(session, f"http://127.0.0.1:{port}")
    finally:
        os.killpg(process.pid, 9)
        process.wait()
