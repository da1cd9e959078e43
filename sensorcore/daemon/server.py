"""Server of the daemon's socket: each connection is one view with a task of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from sensorcore.commands import Command, OpenExercise
from sensorcore.daemon import messages
from sensorcore.daemon.address import clear, identity, is_own, prepare
from sensorcore.daemon.hub import Hub, View
from sensorcore.errors import BadInput, SourceError, SpinaeError
from sensorcore.settings import Settings

ASK_WITHIN_S: Final = 5.0
"""A connection without a request is closed."""
TAKE_WITHIN_S: Final = 30.0
"""A view that reads nothing for so long hangs."""
END_WITHIN_S: Final = 2.0
"""Time for views to receive the end of the session."""


class Server:
    """Serves `hub`. `say` passes commands to the pipeline, `use` settings; `status` answers "status"; `stop` ends the session."""

    def __init__(
        self,
        hub: Hub,
        *,
        say: Callable[[Command], bool],
        use: Callable[[Settings], None],
        status: Callable[[], dict[str, Any]],
        stop: Callable[[], None],
    ) -> None:
        self._hub = hub
        self._say = say
        self._use = use
        self._status = status
        self._stop = stop
        self._path = Path()
        self._own: tuple[int, int] | None = None
        self._listening: asyncio.AbstractServer | None = None
        self._serving: set[asyncio.Task[Any]] = set()
        self._viewing: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def listening(self, path: Path, elsewhere: Path | None = None) -> AsyncIterator[Path]:
        """Listens while the block runs, at `path`, or `elsewhere` when another daemon does; yields the place. Raises
        SourceError when both are taken, StorageError when the folder is not private."""
        try:
            await self._open(path)
        except SourceError:
            if elsewhere is None:
                raise
            await self._open(elsewhere)
        try:
            yield self._path
        finally:
            await asyncio.sleep(0)  # connections made by now are served
            self._close()
            await self._disconnect_all()

    async def stay(self, elsewhere: Path | None) -> Path | None:
        """Listen again when the socket has gone (log-out and cleaners empty its folder): in its place, else `elsewhere`.
        Returns the new place; None when the socket is where it was. Raises SpinaeError, OSError."""
        if self._own is not None and identity(self._path) == self._own:
            return None
        self._close()
        try:
            await self._open(self._path)
        except (SpinaeError, OSError):
            if elsewhere is None:
                raise
            await self._open(elsewhere)
        return self._path

    async def _open(self, path: Path) -> None:
        prepare(path)
        umask = os.umask(0o177)  # the socket is private from its first moment
        try:
            self._listening = await asyncio.start_unix_server(self._serve, path, limit=messages.LONGEST_REQUEST)
        finally:
            os.umask(umask)
        self._path, self._own = path, identity(path)

    def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
            clear(self._path, self._own)
        self._listening, self._own = None, None

    async def _disconnect_all(self) -> None:
        """Views have `END_WITHIN_S` to receive the end of the session; all other connections are closed at once."""
        for task in self._serving - (self._viewing if self._hub.ended else set()):
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving, timeout=END_WITHIN_S)
        await asyncio.sleep(0)  # so that what is closed is closed

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer: socket.socket = writer.get_extra_info("socket")
        try:
            if is_own(peer):
                with _among(self._serving):
                    await self._answer(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the view has gone, hangs, or speaks nonsense: its loss only
        finally:
            writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            want = messages.wanted(await asyncio.wait_for(reader.readline(), ASK_WITHIN_S))
        except BadInput as error:
            await _send(writer, messages.problem_of(error))
            return
        if want == "view":
            await self._view(reader, writer)
            return
        await _send(writer, messages.line("status", status=self._status()))
        if want == "stop":
            self._stop()

    async def _view(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._hub.watched() as (past, view), _among(self._viewing):
            listening = asyncio.create_task(self._listen(reader, view))
            try:
                for message in past:
                    await _send(writer, message)
                while (news := await view.get()) is not None:
                    await _send(writer, news + b"".join(_waiting(view)))
                if self._hub.ended:  # what is sent must arrive: that the day ended in order looks like a crash otherwise
                    writer.close()
                    async with asyncio.timeout(END_WITHIN_S):
                        await writer.wait_closed()
            finally:
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listening

    async def _listen(self, reader: asyncio.StreamReader, view: View) -> None:
        """Requests of that view until it disconnects. An exercise that it opened is closed then: while one is open no posture is
        judged."""
        opened = False
        try:
            while text := await reader.readline():
                try:
                    said = self._handle(messages.parsed(text), view)
                    opened = bool(said.action.name) if said is not None and isinstance(said.action, OpenExercise) else opened
                except SpinaeError as error:
                    view.put_nowait(messages.problem_of(error))
        except (OSError, ValueError):
            pass
        finally:
            if opened and self._hub.results is not None:
                self._say(Command(self._hub.results.end_s, "exercise"))
        view.put_nowait(None)

    def _handle(self, said: dict[str, Any], view: View) -> Command | None:
        """Carry out one request; returns the wearer's command, if it was one."""
        if "settings" in said:
            self._use(messages.settings_of(said, self._hub.settings))
        elif "hear" in said:
            self._hub.subscribe_raw(view, on=said["hear"] is True)
        elif "explain" in said:
            view.put_nowait(self._hub.explain(messages.moment_of(said)))
        elif self._hub.results is not None:
            command = messages.command_of(said, self._hub.results.end_s)
            self._say(command)
            return command
        return None


@contextmanager
def _among(tasks: set[asyncio.Task[Any]]) -> Iterator[None]:
    """While the block runs, the current task is one of `tasks`."""
    task = asyncio.current_task()
    assert task is not None
    tasks.add(task)
    try:
        yield
    finally:
        tasks.discard(task)


def _waiting(view: View) -> Iterator[bytes]:
    """Queued messages, without waiting; the end is left for the next `get`."""
    while not view.empty():
        news = view.get_nowait()
        if news is None:
            view.put_nowait(None)
            return
        yield news


async def _send(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(message)
    async with asyncio.timeout(TAKE_WITHIN_S):
        await writer.drain()
