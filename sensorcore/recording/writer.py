"""Writer of recordings: MCAP files that survive a killed process, a pulled plug and a full disk.

Each message reaches the operating system at most `flush_after_s` after it was handed in (wall time, also when nothing follows), and
the disk directly after that (`fsync`; a power cut loses no more than a kill plus the time the disk takes). A thread does both, so
that neither compression nor a slow disk delays the caller. `close` adds the summary that viewers seek by; without it the file still
reads, and `recover.reseal` adds it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from mcap.writer import CompressionType, Writer

from sensorcore.commands import Command
from sensorcore.errors import StorageError
from sensorcore.events import Event
from sensorcore.model import Notification, Pairing
from sensorcore.recording import topics
from sensorcore.recording.held_file import HeldFile
from sensorcore.recording.info import METADATA_NAME, RecordingInfo, spinae_version
from sensorcore.storage.write import UNSURE_FOR_S, AppendFile, in_words, private_folder, sync_folder
from sensorcore.track.posture_track import PostureTrack

FLUSH_AFTER_S = 2.0
"""The product promises 5 s; the rest is slack for a busy machine and a slow disk."""

FIRST_FLUSH_AFTER_S = 0.3
"""Of a live recording: `is_kept` needs something on the disk."""
TOUCH_EVERY_S = UNSURE_FOR_S / 3


@dataclass(frozen=True, slots=True)
class RecordingHealth:
    """`is_kept`: something of it has reached the disk. `problem`: why it does not grow now; `notice`: an incident that was put
    right."""

    path: Path
    is_kept: bool
    problem: str | None = None
    notice: str | None = None


class RecordingWriter:
    """`with RecordingWriter(path, info) as writer: writer.notification(n)`.

    Messages keep the order they are handed in, which is the order a replay obeys. Every method raises StorageError once the file
    cannot be written any more; what was flushed before stays readable. May be called from one thread.
    """

    def __init__(
        self, path: Path, info: RecordingInfo, *, flush_after_s: float = FLUSH_AFTER_S, sync: bool = True, live: bool = False
    ) -> None:
        """Creates the file (0600; missing folders 0700) with its metadata on the disk. Raises StorageError, also when the file
        exists. `sync=False` leaves the disk's timing to the operating system until `close` (for imports, which can be repeated).
        `live`: what cannot be repeated is held in memory while the disk refuses it (`HeldFile`)."""
        self._is_live = live
        self._anchor_ns = info.stream.start_unix_ns
        self._newest_ns = info.stream.start_unix_ns or 0
        self._flush_after_s = flush_after_s
        self._sync = sync
        self._lock = threading.Lock()
        self._dirty = threading.Event()
        self._closing = threading.Event()
        self._failure: StorageError | None = None
        self._failure_told = False
        self._closed = False
        self._added = 0
        self._is_kept = False
        self.saved = 0
        """Messages that reached the operating system."""
        with in_words("create the recording", path):
            if not live:
                private_folder(path.parent)
            self._file = HeldFile(path) if live else AppendFile(path)
        try:
            with in_words("start the recording", self.path):
                self._start(info)
        except BaseException:
            self._file.close()
            self.path.unlink(missing_ok=True)
            raise
        self._flusher = threading.Thread(target=self._keep_flushing, name="recording-flush", daemon=True)
        self._flusher.start()

    @property
    def path(self) -> Path:
        """Place of the file; a live recording that was lost continues elsewhere."""
        return self._file.path

    @property
    def health(self) -> RecordingHealth:
        """Health of the recording."""
        problem = self._file.problem if self._failure is None else str(self._failure)
        return RecordingHealth(self.path, self._is_kept, problem, self._file.notice)

    @property
    def added(self) -> int:
        """Messages handed in."""
        return self._added

    @property
    def has_moved(self) -> bool:
        """Whether the file got another name or place; it is whole there once closed."""
        return self._file.moved

    def _start(self, info: RecordingInfo) -> None:
        self._mcap = Writer(cast("IO[bytes]", self._file), compression=CompressionType.ZSTD)
        self._mcap.start(profile="spinae", library=f"spinae {spinae_version()}")
        self._mcap.add_metadata(METADATA_NAME, info.to_metadata())
        self._raw = self._mcap.register_channel(topics.RAW, "octet-stream", 0)
        self._channels = {topics.RAW: self._raw}
        schemas = topics.JSON_SCHEMAS
        if info.stream.second is not None:
            self._channels[topics.SECOND] = self._mcap.register_channel(topics.SECOND, "octet-stream", 0)
            schemas = schemas | topics.PAIR_SCHEMAS
        for topic, schema in schemas.items():
            schema_id = self._mcap.register_schema(schema["title"], "jsonschema", topics.json_bytes(schema))
            self._channels[topic] = self._mcap.register_channel(topic, "json", schema_id)
        self._file.flush()
        self._file.sync()
        sync_folder(self.path.parent)

    def notification(self, notification: Notification) -> None:
        """One payload, exactly as the radio delivered it."""
        self.notifications((notification,))

    def notifications(self, notifications: Iterable[Notification]) -> None:
        """Consecutive payloads, in the order they arrived."""
        self._add(topics.RAW, ((n.arrival_unix_ns, n.payload) for n in notifications))

    def second(self, notification: Notification) -> None:
        """One payload of the second sensor."""
        self._add(topics.SECOND, ((notification.arrival_unix_ns, notification.payload),))

    def pairing(self, pairing: Pairing) -> None:
        """Alignment of two sensors from here on, to be handed in where the pipeline got it."""
        self._add(topics.PAIRING, ((self._newest_ns, topics.json_bytes(asdict(pairing))),))

    def posture(self, track: PostureTrack) -> None:
        """Ticks as the pipeline completed them, each stamped with its end."""
        times = track.end_s.tolist()
        self._add(topics.POSTURE, ((self._unix_ns(t), m) for t, m in zip(times, topics.encode_posture(track), strict=True)))

    def event(self, event: Event) -> None:
        """An event, at its stream time."""
        self._add(topics.EVENTS, ((self._unix_ns(event.t_s), topics.json_bytes(event.to_json())),))

    def command(self, command: Command) -> None:
        """The wearer's command, to be handed in where the pipeline got it: between the same two notifications."""
        self._add(topics.COMMANDS, ((self._unix_ns(command.t_s), topics.encode_command(command)),))

    def truth(self, value: dict[str, Any]) -> None:
        """Ground truth at stream time `value["t_s"]` (simulator only)."""
        self._add(topics.TRUTH, ((self._unix_ns(value["t_s"]), topics.json_bytes(value)),))

    def flush(self) -> None:
        """Hand everything to the operating system now."""
        with self._lock:
            self._raise_failure()
            self._flush_locked()
            self._raise_failure()

    def close(self) -> None:
        """Seal the file and wait until the disk has it. Raises StorageError for a loss that was not raised before. Closing twice is
        fine."""
        if self._closed:
            return
        self._closed = True
        self._closing.set()
        self._dirty.set()
        self._flusher.join()
        try:
            if self._failure is None:
                with in_words("finish the recording", self.path):
                    self._mcap.finish()
                    self._file.flush()
                    self._file.sync()
                    self._file.look()
                if self._file.waits:
                    hint = "Its end is lost; what was written before is kept." if self._file.tell() else "Nothing was recorded."
                    what = f"the recording could not be finished ({self._file.problem})"
                    raise StorageError(what, where=str(self.path), hint=hint)
        finally:
            self._file.close()
        if not self._failure_told:
            self._raise_failure()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _unix_ns(self, t_s: float) -> int:
        return max(0, (self._anchor_ns or 0) + round(t_s * 1e9))

    def _add(self, topic: str, messages: Iterable[tuple[int, bytes]]) -> None:
        channel = self._channels[topic]
        with self._lock:
            self._raise_failure()
            try:
                for log_ns, data in messages:
                    if self._anchor_ns is None and channel == self._raw:
                        self._anchor_ns = log_ns  # unknown start: viewers count stream time from the first arrival
                    self._mcap.add_message(channel, log_ns, data, log_ns)
                    self._newest_ns = log_ns
                    self._added += 1
            except OSError as error:
                self._fail(error)
                self._raise_failure()
        if not self._dirty.is_set():
            self._dirty.set()

    def _keep_flushing(self) -> None:
        while True:
            while not self._dirty.wait(self._idle_s()):
                self._look()
            first_s = FIRST_FLUSH_AFTER_S if self._is_live and not self._is_kept else self._flush_after_s
            if self._closing.wait(min(first_s, self._flush_after_s)):
                return
            with self._lock:
                self._flush_locked()
            if self._sync and self._failure is None:
                try:
                    self._file.sync()
                except OSError as error:
                    with self._lock:
                        self._fail(error)
            self._look()

    def _idle_s(self) -> float | None:
        """Longest wait for data between two checks of the file."""
        if self._is_live:
            return self._flush_after_s
        return None if self._file.is_locked else TOUCH_EVERY_S

    def _look(self) -> None:
        """Check that the file is still there, and whether it grows again."""
        with self._lock:
            if self._failure is not None:
                return
            try:
                if self._file.waits:
                    self._flush_locked()
                    self._file.sync()
                self._file.look()
            except OSError as error:
                self._fail(error)
            self._is_kept = self._is_kept or (self.saved > 0 and self._file.problem is None)

    def _flush_locked(self) -> None:
        self._dirty.clear()
        if self._failure is None:
            try:
                self._mcap.flush()
                if not self._file.waits:
                    self.saved = self._added
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        try:
            with in_words("write the recording", self.path):
                raise error
        except StorageError as failure:
            self._failure = failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            self._failure_told = True
            raise self._failure
