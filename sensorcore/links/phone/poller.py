"""Live source for phyphox on a phone: polls its remote access for new values four times a second. The phone keeps what it measured,
so what a broken network held up comes later, unless that is too much."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from binascii import crc32
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.phone import Phone
from sensorcore.devices.phone_batch import Batch, Kind, pack
from sensorcore.errors import BadInput, SourceError
from sensorcore.link import LinkStatus
from sensorcore.links.known import KnownSensor
from sensorcore.links.phone import phyphox
from sensorcore.links.phone.phyphox import Buffers, Got
from sensorcore.links.reconnecting import ReconnectingSource, Remember
from sensorcore.links.stream_observer import StreamObserver
from sensorcore.model import Notification
from sensorcore.timing.host_clock import arrival_unix_ns, steady_s

PORTS: Final = (8080, 80)
"""Android's and the iPhone's."""
PREFIX: Final = "phyphox:"
MOST_ANSWER_BYTES: Final = 16 << 20
QUEUE_BATCHES: Final = 1024


@dataclass(frozen=True, slots=True)
class Pace:
    """`every_s`: how often it is asked; `answer_s`: how long an answer may take; after `stall_s` without anything new it is looked
    whether the experiment was cleared; what is more than `behind_s` old is not fetched any more; its clock is looked at every
    `clock_s`; then the pauses between attempts."""

    every_s: float = 0.25
    answer_s: float = 5.0
    stall_s: float = 3.0
    behind_s: float = 120.0
    clock_s: float = 10.0
    backoff_s: float = 0.5
    backoff_max_s: float = 15.0


class PhyphoxReader(ReconnectingSource):
    """Asks the phone at `host`, on `port` or on the app's usual ones."""

    driver: type[DeviceDriver] = Phone

    def __init__(self, host: str, port: int | None = None, *, pace: Pace | None = None, remember: Remember | None = None) -> None:
        self._pace = pace or Pace()
        name = f"{PREFIX}{host}" if port is None else f"{PREFIX}{host}:{port}"
        super().__init__(
            KnownSensor(name, name, "", Phone.name),
            QUEUE_BATCHES,
            remember,
            backoff_s=self._pace.backoff_s,
            backoff_max_s=self._pace.backoff_max_s,
        )
        self._host, self._ports = host, PORTS if port is None else (port,)
        self._observer = StreamObserver(Phone)
        self._since_s: dict[Kind, float] = {}
        self._session = ""
        self._started: list[tuple[float, float]] = []
        self._we_started = False
        self._clock_at_s = 0.0
        self._batches = 0

    @property
    def status(self) -> LinkStatus:
        """Frames are answers with something new."""
        return self._status(
            frames=self._batches,
            duplicates=self._observer.duplicates,
            damaged=self._observer.rejected,
        )

    @property
    def _received(self) -> int:
        return self._batches

    def _in_words(self, error: BaseException) -> SourceError:
        if isinstance(error, SourceError):
            return error
        if isinstance(error, BadInput):
            return SourceError(error.what, where=self.sensor.name, hint=error.hint)
        if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
            hint = "In phyphox's menu 'Allow remote access'; it shows its address there. Both must be in the same network"
            return SourceError("phyphox does not answer", where=self.sensor.name, hint=hint)
        return SourceError(f"asking it failed ({type(error).__name__}: {error})", where=self.sensor.name, hint="It is tried again")

    async def _once(self) -> None:
        self._link.search()
        self._link.found()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._pace.answer_s)) as http:
            phone = await self._reach(http)
            wanted = await phone.buffers()
            await self._catch_up(phone, wanted)
            self._link.wait(steady_s())
            await self._found(self.sensor)
            try:
                await self._follow(phone, wanted)
            except asyncio.CancelledError:
                if self._we_started:  # it would measure until the phone's battery is empty
                    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, BadInput):
                        await phone.control("stop")
                raise

    async def _reach(self, http: aiohttp.ClientSession) -> RemoteAccess:
        """The first of its ports that answers."""
        for port in self._ports[:-1]:
            phone = RemoteAccess(http, f"http://{self._host}:{port}")
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, BadInput):
                await phone.buffers()
                return phone
        return RemoteAccess(http, f"http://{self._host}:{self._ports[-1]}")

    async def _catch_up(self, phone: RemoteAccess, wanted: tuple[Buffers, ...]) -> None:
        """Go on from what came last, or begin with what is measured from now on."""
        newest = await phone.get(wanted)
        if not newest.measuring and not self._we_started:
            self._we_started = True
            await phone.control("start")
        last_s = {each.kind: newest.last_s(each.kind) for each in wanted}
        behind_s = max(last_s[kind] - self._since_s.get(kind, -math.inf) for kind in last_s)
        if newest.session != self._session or not 0.0 <= behind_s <= self._pace.behind_s:
            is_young = self._session and max(last_s.values()) <= self._pace.behind_s  # reopened or cleared while it was worn
            self._since_s = dict.fromkeys(last_s, phyphox.NOTHING_YET) if is_young else last_s
        self._session = newest.session
        await self._read_clock(phone)

    async def _read_clock(self, phone: RemoteAccess, *, restarted: bool = True) -> None:
        """Read when the experiment was started. An old version does not send that; its first answer stands for it until
        `restarted`."""
        self._clock_at_s = steady_s()
        started = await phone.started()
        if started or restarted:
            self._started = started

    async def _follow(self, phone: RemoteAccess, wanted: tuple[Buffers, ...]) -> None:
        was_measuring = True
        while True:
            got = await phone.get(wanted, self._since_s)
            now_s = steady_s()
            if got.session != self._session:
                await self._catch_up(phone, wanted)
                continue
            if got.measuring != was_measuring or now_s - self._clock_at_s > self._pace.clock_s:
                await self._read_clock(phone, restarted=got.measuring and not was_measuring)
            was_measuring = got.measuring
            self._take(got, now_s)
            if not got.measuring:
                self._link.idle(now_s)
            elif now_s - self._link.alive_at_s > self._pace.stall_s:
                await self._check_if_cleared(phone, wanted)
            await asyncio.sleep(self._pace.every_s)

    def _take(self, got: Got, now_s: float) -> None:
        """Enqueue new values as one batch."""
        fresh = got.after(self._since_s)
        if not fresh.sensors:
            return
        if self._queue.is_full:  # it is asked for again
            self._dropped += 1
            self._link.wait(now_s)
            return
        arrived_ns = arrival_unix_ns()
        if not self._started:  # an old version does not say when it began
            self._started = [(max(fresh.last_s(kind) for kind in fresh.sensors), arrived_ns / 1e9)]
        self._meter.tick(now_s)
        self._since_s = {**self._since_s, **{kind: fresh.last_s(kind) for kind in fresh.sensors}}
        self._batches += 1
        session = crc32(f"{self._session} {self._started[0][1]}".encode())
        batch = Batch(session, self._batches, phyphox.channels(fresh, self._started))
        notification = Notification(arrived_ns, b"\0" + pack(batch))
        if self._observer.look_at(notification) or self._observer.may_begin:
            self._link.accepted(now_s)
        self._queue.put([notification])

    async def _check_if_cleared(self, phone: RemoteAccess, wanted: tuple[Buffers, ...]) -> None:
        """It measures and nothing is new. Cleared, its time has begun again."""
        newest = await phone.get(wanted)
        if all(newest.last_s(kind) >= since_s for kind, since_s in self._since_s.items()):
            hint = "phyphox must stay open, with the phone's screen on"
            raise SourceError("phyphox measures nothing new", where=self.sensor.name, hint=hint)
        self._since_s = dict.fromkeys(self._since_s, phyphox.NOTHING_YET)
        self._link.wait(steady_s())
        await self._read_clock(phone)


class RemoteAccess:
    """phyphox's web server. Raises aiohttp's errors, and BadInput for answers that make no sense."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self._http = http
        self._base = base

    async def buffers(self) -> tuple[Buffers, ...]:
        """Buffers of the experiment that is open."""
        config = await self._json("/config")
        return phyphox.USUAL if config is None else phyphox.buffers(config)

    async def get(self, wanted: tuple[Buffers, ...], since_s: Mapping[Kind, float] | None = None) -> Got:
        """Values newer than `since_s`; without it only the last of each."""
        return phyphox.answer(await self._json(f"/get?{phyphox.query(wanted, since_s)}"), wanted)

    async def started(self) -> list[tuple[float, float]]:
        """When, by the phone's clock; empty for an old version, which does not say."""
        return phyphox.starts(await self._json("/time"))

    async def control(self, command: str) -> None:
        """`start` or `stop`."""
        await self._json(f"/control?cmd={command}")

    async def _json(self, path: str) -> Any:
        """None where there is no such document."""
        async with self._http.get(self._base + path, allow_redirects=False) as answer:
            if answer.status == 404:
                return None
            body = await answer.content.read(MOST_ANSWER_BYTES + 1) if answer.status == 200 else b""
            while len(body) <= MOST_ANSWER_BYTES and (more := await answer.content.read(MOST_ANSWER_BYTES)):
                body += more
        if answer.status != 200 or len(body) > MOST_ANSWER_BYTES:
            what = f"it answered {answer.status}" if answer.status != 200 else "its answer is too large"
            raise BadInput(what, where="phyphox", hint="Clear the experiment (the bin in its menu) and start it again")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BadInput("the answer is no JSON", where="phyphox", hint="Is this phyphox at all?") from None
