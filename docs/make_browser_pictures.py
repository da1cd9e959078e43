"""Pictures of what is seen in a browser, taken with a real headless Chromium: `PYTHONPATH=. python docs/make_browser_pictures.py`
writes docs/pictures/page.png (`spinae serve`, wearing a simulated person) and report-*.png (`spinae report --html` of a made-up
week). Without Chromium it says so and leaves them as they are."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import made_up_history

from sensorcore.history.store import History
from sensorcore.report import gather
from sensorcore.report.html import as_html
from sensorcore.report.span import one_day, one_week
from tests.tui.web.browser import Tab, browser, executable

PICTURES: Final = Path(__file__).parent / "pictures"
TODAY, WEEK = "2026-11-26", "2026-W48"
WIDTH_PX: Final = 900


async def picture(tab: Tab, **options: Any) -> bytes:
    return base64.b64decode((await tab.call("Page.captureScreenshot", **options))["data"])


async def shoot_report(tab: Tab, html: Path, look: str) -> bytes:
    """The whole file, however long, as someone with this taste of colours sees it."""
    await tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": look}])
    await tab.call("Emulation.setDeviceMetricsOverride", width=WIDTH_PX, height=600, deviceScaleFactor=1, mobile=False)
    await tab.open(html.as_uri())
    await asyncio.sleep(1.0)  # it asks for nothing and runs nothing
    height_px = await tab.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": WIDTH_PX, "height": height_px, "scale": 1}
    return await picture(tab, captureBeyondViewport=True, clip=clip)


@contextmanager
def served(home: dict[str, str]) -> Iterator[str]:
    """The address of the page."""
    spinae = [sys.executable, "-m", "tui.cli"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*spinae, "serve", "--port", str(port), "--sensor", "sim:workday-short"]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, env=home, text=True)
    try:
        assert serving.stdout is not None
        yield serving.stdout.readline().removeprefix("Open ").strip()
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=20)
        subprocess.run([*spinae, "daemon", "stop"], env=home, check=False, stdout=subprocess.DEVNULL)


async def shoot_page(tab: Tab, address: str) -> bytes:
    """The dashboard in a tab, when its trace has begun."""
    await tab.open(address)
    await tab.until_text("°")
    await asyncio.sleep(30.0)
    return await picture(tab)


async def main() -> None:
    if executable() is None:
        sys.exit("Chromium is missing (Debian's package chromium): the pictures of page and report stay as they are.")
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        place = Path(folder)
        made_up_history.fill(place / "history.sqlite", one_day(TODAY).first_day)
        with History(place / "history.sqlite") as history:
            vars(gather)["today"] = lambda: one_day(TODAY)
            (place / "week.html").write_text(as_html(gather.gather(history, one_week(WEEK))), encoding="utf-8")
        names = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")
        home = {**os.environ, **dict.fromkeys(names, folder)}
        (place / "browser").mkdir()
        async with browser(place / "browser") as chromium:
            for look in ("light", "dark"):
                _write(f"report-{look}.png", await shoot_report(await chromium.tab(), place / "week.html", look))
            with served(home) as address:
                _write("page.png", await shoot_page(await chromium.tab(), address))


def _write(name: str, data: bytes) -> None:
    (PICTURES / name).write_bytes(data)
    print(f"docs/pictures/{name}")


if __name__ == "__main__":
    asyncio.run(main())
