"""Reader of recordings, whole or cut anywhere, in one pass of flat memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sensorcore.errors import BadInput
from sensorcore.model import Notification, Second, StreamInfo
from sensorcore.ports import Arrival, StreamItem
from sensorcore.recording import bounds, topics
from sensorcore.recording.info import METADATA_NAME, RecordingInfo
from sensorcore.recording.scan import Damage, Message, Walk
from sensorcore.recording.summary import MAGIC, summary
from sensorcore.storage.read import open_plain
from sensorcore.storage.write import in_words, regular_file_size
from sensorcore.track.posture_track import PostureTrack

BLOCK_SAMPLES: Final = 8192
"""Samples a block: enough that a call per block costs nothing, few enough that memory stays flat."""
_TICKS_PER_TRACK: Final = 36_000
_BUFFER_BYTES: Final = 1 << 16
"""A live recording has small chunks: several a read."""

_NOT_OURS: Final = "Recordings end in .mcap; a file of another program is read by `spinae import`"


def open_recording(path: Path) -> Recording:
    """Raises StorageError when the file cannot be opened, BadInput when it is not a recording or was cut before its metadata. One
    that was cut later opens; `warnings` says so."""
    path = Path(path)
    size = regular_file_size(path)
    with in_words("read the recording", path), open_plain(path) as file:
        start = file.read(len(MAGIC))
        if not start:
            raise BadInput("the file is empty (0 bytes)", where=str(path), hint="Nothing was recorded in it")
        if start != MAGIC:
            if MAGIC.startswith(start):
                raise _cut_too_early(path, size)
            raise BadInput(f"it is not a recording (MCAP): it starts with {start!r}", where=str(path), hint=_NOT_OURS)
        end = summary(file, size)
        walk = Walk(file, size, end)
        metadata = walk.find_metadata(METADATA_NAME)
    if metadata is None:
        if walk.damage.cut_at is not None:
            raise _cut_too_early(path, size)
        raise BadInput("it is an MCAP file, but spinae did not record it", where=str(path), hint=_NOT_OURS)
    return Recording(path, RecordingInfo.from_metadata(metadata, str(path)), sealed=end is not None)


def _cut_too_early(path: Path, size: int) -> BadInput:
    return BadInput(
        f"the recording was cut after {size} bytes, before it said which sensor it is from",
        where=str(path),
        hint="Nothing in it can be read; it can be deleted",
    )


class Recording:
    """A finished stream (a `FileSource`). Each iterator opens the file itself, so several may run at once."""

    def __init__(self, path: Path, recorded: RecordingInfo, sealed: bool) -> None:
        self.path = path
        self.recorded = recorded
        self.info: StreamInfo = recorded.stream
        self.sealed = sealed
        self.rejected = 0
        self.duplicates = 0
        self.reasons: dict[str, int] = {}
        self.damage = Damage()

    @property
    def driver_name(self) -> str:
        """The driver of `notifications()`."""
        return self.recorded.driver

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for the user; complete after one pass (`items()` for rejected payloads)."""
        found = []
        if not self.sealed:
            found.append("the recording was not closed properly (or is still being written): its last seconds may be missing")
        if self.sealed and self.damage.cut_at is not None:
            found.append(f"the recording is damaged: nothing can be read from byte {self.damage.cut_at} on")
        if self.damage.too_much_at is not None:
            at = self.damage.too_much_at
            found.append(f"the recording declares more than a file of its size can hold: nothing is read from byte {at} on")
        elif self.damage.missing_chunks and self.damage.cut_at is None:
            found.append(f"the recording is damaged: {self.damage.missing_chunks} stretches of it cannot be found")
        if self.damage.bad_chunks:
            places = ", ".join(map(str, self.damage.bad_chunks[:3])) + (", …" if len(self.damage.bad_chunks) > 3 else "")
            found.append(f"{len(self.damage.bad_chunks)} damaged stretches were left out (at byte {places})")
        if self.rejected:
            commonest = sorted(self.reasons.items(), key=lambda item: -item[1])[:3]
            why = "; ".join(f"{count}: {reason}" for reason, count in commonest)
            found.append(
                f"{self.rejected} payloads of the sensor could not be understood and were left out" + (f" ({why})" if why else "")
            )
        return tuple(found)

    @cached_property
    def duration_hint_s(self) -> float | None:
        """Seconds from the first to the last message; None for a recording without any."""
        with in_words("read the recording", self.path), open_plain(self.path) as file:
            size = regular_file_size(self.path)
            end = summary(file, size)
            span = Walk(file, size).time_span_ns() if end is None else end.span_ns
        return None if span is None else max(0.0, (span[1] - span[0]) / 1e9)

    def items(self) -> Iterator[StreamItem]:
        """Blocks of about `BLOCK_SAMPLES` samples and the wearer's commands, each exactly between the notifications it came
        between. Raises BadInput when the driver is unknown or a command cannot be read."""
        from sensorcore.devices import driver_named  # noqa: PLC0415 - a viewer that only lists recordings needs no driver

        drivers = [driver_named(self.driver_name, self.info.device)]
        if self.info.second is not None:
            drivers.append(driver_named(self.recorded.second_driver, self.info.second.device))
        states = [driver.initial() for driver in drivers]
        self.rejected = self.duplicates = 0
        self.reasons = {}
        pending: list[list[Notification]] = [[] for _ in drivers]
        batch, decoded_payloads = 64, 0

        def decoded() -> Iterator[StreamItem]:
            nonlocal batch, decoded_payloads
            for which, driver in enumerate(drivers):
                if not pending[which]:
                    continue
                decoded_payloads += len(pending[which])
                states[which], found = driver.decode(states[which], pending[which])
                if which == 0 and len(found.block):
                    batch = min(BLOCK_SAMPLES, max(1, round(BLOCK_SAMPLES * len(pending[0]) / len(found.block))))
                pending[which] = []
                self.rejected += found.rejected
                for reason, count in found.reasons:
                    self.reasons[reason] = self.reasons.get(reason, 0) + count
                self.duplicates += found.duplicates
                yield from found.items() if which == 0 else map(Second, found.items())
            if self.rejected + self.duplicates > max(bounds.NONSENSE_PAYLOADS, 0.9 * decoded_payloads):
                raise BadInput(
                    f"{self.rejected + self.duplicates} of its first {decoded_payloads} payloads are damaged or repeated",
                    where=str(self.path),
                    hint="It was not recorded by a sensor, or with another driver; the rest of it was not looked at",
                )

        for arrived in self.arrivals():
            if isinstance(arrived, Notification):
                pending[0].append(arrived)
            elif isinstance(arrived, Second):
                pending[1].append(arrived.sent)
            else:
                yield from decoded()
                yield arrived
            if len(pending[0]) >= batch or len(pending[-1]) >= BLOCK_SAMPLES:
                yield from decoded()
        yield from decoded()

    def arrivals(self) -> Iterator[Arrival]:
        """Notifications, commands and pairings one by one, in the order they were recorded."""
        topics_of: dict[int, str] = {}
        commands = 0
        for messages, walk in self._chunks((topics.RAW, topics.COMMANDS, topics.SECOND, topics.PAIRING)):
            topics_of = walk.topics
            for channel_id, log_ns, data in messages:
                match topics_of[channel_id]:
                    case topics.RAW:
                        yield Notification(log_ns, data)
                    case topics.SECOND:
                        yield Second(Notification(log_ns, data))
                    case topics.COMMANDS:
                        commands += 1
                        if commands > bounds.COMMANDS:
                            hint = "It was not recorded by spinae"
                            raise BadInput("it holds more commands than a wearer gives", where=str(self.path), hint=hint)
                        yield topics.decode_command(data, str(self.path))
                    case _:
                        yield topics.decode_pairing(data, str(self.path))

    def notifications(self) -> Iterator[Notification]:
        """Payloads of the radio, byte for byte."""
        for messages, _ in self._chunks((topics.RAW,)):
            for _, log_ns, data in messages:
                yield Notification(log_ns, data)

    def events(self) -> Iterator[dict[str, Any]]:
        """Events of the live run, each as `Event.to_json()` made it."""
        return self._json(topics.EVENTS)

    def truth(self) -> Iterator[dict[str, Any]]:
        """Ground truth (simulated recordings only)."""
        return self._json(topics.TRUTH)

    def posture(self) -> Iterator[PostureTrack]:
        """Ticks of the live run, at most an hour at a time."""
        messages = (data for chunk, _ in self._chunks((topics.POSTURE,)) for _, _, data in chunk if len(data) <= bounds.TICK_BYTES)
        while part := list(islice(messages, _TICKS_PER_TRACK)):
            yield topics.decode_posture(part, str(self.path))

    def _json(self, topic: str) -> Iterator[dict[str, Any]]:
        for messages, _ in self._chunks((topic,)):
            for message in messages:
                yield topics.parse_json(message[2], topic, str(self.path))

    def _chunks(self, wanted: Collection[str]) -> Iterator[tuple[list[Message], Walk]]:
        with in_words("read the recording", self.path), open_plain(self.path, _BUFFER_BYTES) as file:
            size = regular_file_size(self.path)
            end = summary(file, size) if self.sealed else None
            walk = Walk(file, size, end)
            for messages in walk.messages(wanted):
                yield messages, walk
        walk.damage.missing_chunks = max(0, end.chunks - walk.chunks) if end else 0
        self.damage = walk.damage
