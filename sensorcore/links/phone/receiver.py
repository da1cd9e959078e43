"""Live source for Sensor Logger on a phone: a small web server that takes what the one paired phone pushes while it is worn.
Messages are put in order; one that never comes is a gap."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.phone import Phone, lacking
from sensorcore.devices.phone_batch import Batch, pack
from sensorcore.errors import BadInput, SourceError, StorageError
from sensorcore.link import LinkStatus
from sensorcore.links.guarded_port import ConnectionLimits, GuardedPort
from sensorcore.links.known import KnownSensor
from sensorcore.links.phone.door import (
    EARLIER,
    GUESSED,
    MOST_BODIES_AT_ONCE,
    MOST_BODY_BYTES,
    TOO_LARGE,
    TOO_MANY,
    UNKNOWN,
    Door,
    Refusal,
)
from sensorcore.links.phone.order import HOLD_S, BatchOrder
from sensorcore.links.phone.pairing import PORT, PhonePairings
from sensorcore.links.phone.sensorlogger import Push, parse, platform_of
from sensorcore.links.reconnecting import ReconnectingSource, Remember
from sensorcore.links.stream_observer import StreamObserver
from sensorcore.model import Notification
from sensorcore.ports import Incoming
from sensorcore.timing.host_clock import arrival_unix_ns, steady_s

QUEUE_BATCHES: Final = 1024
NAME: Final = "phone"
SMOOTH: Final = 0.2
"""Weight of the newest batch in the mean time between batches."""
SAY_HELLO: Final = """This address is for the app Sensor Logger. There, behind the gear on the page Logger: enable HTTP Push, put
this address into Push URL, choose a batch period of 200 to 500 ms, and start recording.
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """`stall_s`: a phone that sends nothing for so long is lost; `body_s`: a request may take so long; `tick_s`: how often what
    waits is looked at; `hold_s`: how long a batch waits for one sent before it; then the pauses between attempts to listen, and
    what strangers may hold open."""

    stall_s: float = 10.0
    body_s: float = 10.0
    tick_s: float = 0.25
    hold_s: float = HOLD_S
    backoff_s: float = 1.0
    backoff_max_s: float = 15.0
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)


class PhoneReader(ReconnectingSource):
    """Takes what one phone pushes to `host`:`port` (0: any that is free; `url` tells it when it listens)."""

    driver: type[DeviceDriver] = Phone

    def __init__(
        self,
        pairings: PhonePairings,
        host: str,
        port: int = PORT,
        *,
        pair_again: bool = False,
        patience: Patience | None = None,
        remember: Remember | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._pairings = pairings
        self._pairing = pairings.renew() if pair_again else pairings.load()
        super().__init__(
            KnownSensor(self._pairing.device, NAME, "", Phone.name),
            QUEUE_BATCHES,
            remember,
            backoff_s=self._patience.backoff_s,
            backoff_max_s=self._patience.backoff_max_s,
        )
        self._host, self._port = host, port
        self._door = Door(self._pairing.code, self._pairing.device)
        self._order = BatchOrder(self._patience.hold_s)
        self._observer = StreamObserver(Phone)
        self._guarded: GuardedPort | None = None
        self._every_s = self._pushed_at_s = 0.0
        self._batches = self._unread = self._bodies = 0

    @property
    def url(self) -> str:
        """The address that the phone is to push to."""
        return url(self._host, self._port, self._pairing.code)

    @property
    def status(self) -> LinkStatus:
        """Frames are batches."""
        observer, order = self._observer, self._order
        return self._status(
            every_s=self._every_s,
            frames=self._batches,
            lost=order.lost,
            duplicates=order.duplicates + observer.duplicates,
            damaged=self._unread + observer.rejected,
        )

    def drain(self) -> list[Incoming]:
        """Also what waited for older batches."""
        self._hand_on(self._order.drain())
        return super().drain()

    @property
    def _received(self) -> int:
        return self._batches

    def _forget_waiting(self) -> None:
        self._hand_on(self._order.drain())

    def _in_words(self, error: BaseException) -> SourceError:
        if isinstance(error, SourceError):
            return error
        where = f"{self._host}:{self._port}"
        if isinstance(error, OSError):
            hint = f"Is another program there? Choose another address or port: --sensor phone:{self._host}:{self._port + 1}"
            return SourceError(f"cannot listen for the phone ({error.strerror or error})", where=where, hint=hint)
        return SourceError(f"receiving failed ({type(error).__name__}: {error})", where=where, hint="It is tried again")

    async def _once(self) -> None:
        self._link.search()
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_route("*", "/{tail:.*}", self._asked)
        self._guarded = GuardedPort(app, self._patience.limits)
        async with self._guarded.listening(self._host, self._port) as self._port:
            self._link.problem = f"{NAME}: it does not send yet. In Sensor Logger, push to {self.url} and start recording"
            await self._watch()

    async def _watch(self) -> None:
        """The server goes on when the phone is lost: it may send again at any time."""
        while True:
            await asyncio.sleep(self._patience.tick_s)
            now_s = steady_s()
            self._hand_on(self._order.elapse(now_s))
            if self._link.is_live and now_s - self._link.alive_at_s > self._patience.stall_s:
                hint = f"Is it recording, and in this network? It is to push to {self.url}"
                self._broke(SourceError("the phone sends nothing any more", where=NAME, hint=hint))

    async def _asked(self, request: web.Request) -> web.Response:
        code = request.path.strip("/")
        if "/" in code or not code:
            return _last(web.Response(status=404, text="There is nothing here. Use the address that spinae shows.\n"))
        refusal = self._door.refuses(code, request.remote or "", steady_s())
        if refusal is None and self._guarded is not None:
            self._guarded.proven(request)
        if refusal is None and request.method == "GET":
            return web.Response(text=SAY_HELLO)
        if refusal is None and request.method != "POST":
            return web.Response(status=405, text="Only POST is understood here.\n", headers={"Allow": "GET, POST"})
        refusal = refusal or await self._take(request)
        if refusal is None:
            return web.Response(text="taken\n")
        headers = {"Retry-After": "1"} if refusal.status == 429 else {}
        answer = web.Response(status=refusal.status, text=f"{refusal.why}\n", headers=headers)
        return _last(answer) if refusal in (UNKNOWN, GUESSED) else answer

    async def _take(self, request: web.Request) -> Refusal | None:
        if (request.content_length or 0) > MOST_BODY_BYTES:
            return TOO_LARGE
        if self._bodies >= MOST_BODIES_AT_ONCE or self._queue.is_full:
            self._dropped += 1
            return TOO_MANY
        self._bodies += 1
        try:
            async with asyncio.timeout(self._patience.body_s):
                body = await request.read()
            push = parse(body, platform_of(request.headers.get("User-Agent", "")))
        except web.HTTPRequestEntityTooLarge:
            return TOO_LARGE
        except TimeoutError:
            return Refusal(408, "The batch did not come to an end.")
        except BadInput as error:
            return Refusal(400, str(error))
        finally:
            self._bodies -= 1
        return await self._admit(push)

    async def _admit(self, push: Push) -> Refusal | None:
        if push.is_test:
            return None
        now_s = steady_s()
        refusal = self._door.refuses_phone(push.device) or (EARLIER if self._order.is_earlier(push.batch, now_s) else None)
        if refusal is not None:
            return refusal
        why = "" if self._link.is_live else lacking(push.batch)
        if why:
            self._link.problem = f"{NAME}: {why}"
            return Refusal(422, why)
        self._unread += push.unread
        if self._link.is_live:
            self._every_s += SMOOTH * (now_s - self._pushed_at_s - self._every_s)
        self._pushed_at_s = now_s
        self._meter.tick(now_s)
        self._batches += 1
        self._link.found()
        self._hand_on(self._order.take(push.batch, now_s))
        if push.device != self._pairing.device:
            self._pairing = replace(self._pairing, device=push.device)
            try:
                await asyncio.to_thread(self._pairings.save, self._pairing)
            except StorageError as error:
                _log.warning("%s", error)  # it can be worn all the same
        await self._found(KnownSensor(push.device, NAME, "", Phone.name))
        return None

    def _hand_on(self, batches: list[Batch]) -> None:
        for batch in batches:
            notification = Notification(arrival_unix_ns(), b"\0" + pack(batch))
            if self._observer.look_at(notification) or self._observer.may_begin:
                self._link.accepted(steady_s())
            self._queue.put([notification])


def _last(answer: web.Response) -> web.Response:
    """Strangers get one answer a connection."""
    answer.force_close()
    return answer


def url(host: str, port: int, code: str) -> str:
    """The address to push to."""
    return f"http://{host}:{port}/{code}"
