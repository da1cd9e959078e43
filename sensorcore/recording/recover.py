"""Re-seals recordings that were cut short, so that every viewer opens them; runs at the next start over the recordings' folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, cast

from mcap.data_stream import ReadDataStream
from mcap.records import Channel, Schema
from mcap.writer import CompressionType, Writer

from sensorcore.commands import Command
from sensorcore.errors import SpinaeError, StorageError, contained
from sensorcore.recording.info import spinae_version
from sensorcore.recording.reader import open_recording
from sensorcore.recording.scan import Walk
from sensorcore.recording.summary import summary
from sensorcore.recording.topics import COMMANDS, RAW, encode_command
from sensorcore.storage.read import open_plain
from sensorcore.storage.write import AppendFile, in_words, is_being_written, keep_aside, sync_folder, whole_or_nothing

_TEMPORARY = ".resealing"
_ORIGINAL = ".damaged"
_SAID_AFTER_S = 1.0
"""A mark must follow the decision that it is about, which comes with the packet after its tick."""


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """Result of re-sealing. `lost_bytes`: after the last complete chunk; `damaged_chunks`: did not match their checksum, in which
    case the original stays beside the new file as `kept_original`."""

    path: Path
    messages: int
    lost_bytes: int
    damaged_chunks: int
    kept_original: Path | None


def unsealed(folder: Path) -> list[Path]:
    """Recordings in the folder that were not closed properly and are not being written, by name. Files that cannot be opened
    are left out: opening them says why."""
    found = []
    for path in sorted(folder.glob("*.mcap")):
        try:
            with contained(path):
                if not open_recording(path).sealed and not is_being_written(path):
                    found.append(path)
        except SpinaeError:
            continue
    return found


def reseal_all(paths: Iterable[Path]) -> list[RecoveryReport | SpinaeError]:
    """`reseal` each, with its report or error."""
    reports: list[RecoveryReport | SpinaeError] = []
    for path in paths:
        try:
            with contained(path, "this recording could not be mended"):
                report = reseal(path)
        except SpinaeError as error:
            reports.append(error)
        else:
            reports += [report] if report else []
    return reports


def mended_copy(path: Path, out: Path) -> RecoveryReport | None:
    """Write the recording, whole, to a new file and leave the old one as it is; None when it was closed properly and needs nothing.

    Raises BadInput when the file cannot be opened as a recording, StorageError when `out` exists or cannot be written, or the
    recording is still being written.
    """
    if open_recording(path).sealed:
        return None
    with in_words("mend the recording", path):
        if is_being_written(path):
            raise StorageError("it is still being recorded", where=str(path), hint="Stop the recording first")
        before = _identity(path)
    with whole_or_nothing(out) as unfinished:
        messages, walk, size = _copy(path, unfinished)
        _check_unchanged(path, before)
    return _report(out, messages, walk, size, None)


def reseal(path: Path) -> RecoveryReport | None:
    """Rewrite the recording, whole, in its place; None when it was closed properly and needs nothing.

    The new file is complete and on the disk before it takes the old one's name: a crash at any moment leaves one of the two.
    Raises BadInput when the file cannot be opened as a recording, StorageError when it is still being written or the disk refuses.
    """
    if open_recording(path).sealed:
        return None
    messages, walk, size, original = _rewrite(path, "re-seal the recording", "Stop the recording first")
    return _report(path, messages, walk, size, original)


def _rewrite(path: Path, doing: str, wait: str, said: Sequence[Command] = ()) -> tuple[int, Walk, int, Path | None]:
    """Replace the recording by its copy with `said` in it; `wait`: what to do while it is being written. A damaged original is kept
    where nothing was said; its name is returned last."""
    with in_words(doing, path):
        if is_being_written(path):
            raise StorageError("it is still being recorded", where=str(path), hint=wait)
        temporary = path.with_name(path.name + _TEMPORARY)
        temporary.unlink(missing_ok=True)  # left by a crash while re-sealing
        before = _identity(path)
        try:
            messages, walk, size = _copy(path, temporary, said)
            _check_unchanged(path, before)
            is_damaged = not said and (walk.damage.bad_chunks or walk.damage.too_much_at is not None)
            original = _keep_original(path) if is_damaged else None
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    return messages, walk, size, original


def _report(path: Path, messages: int, walk: Walk, size: int, original: Path | None) -> RecoveryReport:
    lost_bytes = size - (size if walk.damage.cut_at is None else walk.damage.cut_at)
    return RecoveryReport(path, messages, lost_bytes, len(walk.damage.bad_chunks), original)


def _identity(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _check_unchanged(path: Path, before: tuple[int, int, int]) -> None:
    """Not every file system honours locks: a file that changed while it was copied has a writer. Raises StorageError."""
    if _identity(path) != before:
        raise StorageError("it changed while it was copied", where=str(path), hint="Another program writes it; stop that first")


def _keep_original(path: Path) -> Path:
    kept = keep_aside(path, _ORIGINAL)
    if kept is None:
        raise StorageError("too many damaged originals are kept beside it", where=str(path), hint="Move them away")
    return kept


def annotate(path: Path, said: Sequence[Command]) -> None:
    """Add later commands ("mark" and "pain") to a recording, each at its stream time, where a replay obeys them. The file is
    rewritten whole and replaced at the end, as in `reseal`. Raises StorageError, BadInput."""
    open_recording(path)  # raises for a file that is none
    by_time = sorted(said, key=lambda command: command.t_s)
    _rewrite(path, "keep your marks", "Mark it live, or when the recording has ended", by_time)


def _copy(path: Path, temporary: Path, said: Sequence[Command] = ()) -> tuple[int, Walk, int]:
    output = AppendFile(temporary)
    try:
        with open_plain(path) as file:
            size = path.stat().st_size
            walk = Walk(file, size, summary(file, size))
            writer = Writer(cast("IO[bytes]", output), compression=CompressionType.ZSTD)
            writer.start(profile="spinae", library=f"spinae {spinae_version()}")
            messages = _copy_messages(walk, writer, list(said))
            writer.finish()
            output.flush()
            output.sync()
    finally:
        output.close()
    return messages, walk, size


def _copy_messages(walk: Walk, writer: Writer, said: list[Command]) -> int:
    """Everything of the old file that can be read, channels of newer versions too, in the same order; and `said` (oldest first),
    each before the first payload that came clearly later."""
    begin_ns: int | None = None
    schema_ids: dict[int, int] = {0: 0}
    channel_ids: dict[int, int] = {}
    copied = copied_metadata = 0

    def catch_up() -> None:
        nonlocal copied_metadata
        for metadata in walk.metadata[copied_metadata:]:
            writer.add_metadata(metadata.name, metadata.metadata)
            copied_metadata += 1
        for old_id in sorted(walk.schemas.keys() - schema_ids.keys()):
            schema = Schema.read(ReadDataStream(BytesIO(walk.schemas[old_id])))
            schema_ids[old_id] = writer.register_schema(schema.name, schema.encoding, schema.data)
        for old_id in sorted(walk.channels.keys() - channel_ids.keys()):
            old = Channel.read(ReadDataStream(BytesIO(walk.channels[old_id])))
            schema_id = schema_ids.get(old.schema_id, 0)
            channel_ids[old_id] = writer.register_channel(old.topic, old.message_encoding, schema_id, old.metadata)

    def say(command: Command, log_ns: int) -> None:
        (channel_id,) = (channel_ids[old] for old in walk.ids((COMMANDS,)))
        writer.add_message(channel_id, log_ns, encode_command(command), log_ns)

    for messages in walk.messages(None):
        catch_up()
        for channel_id, log_ns, data in messages:
            if said and channel_id in walk.ids((RAW,)):
                begin_ns = log_ns if begin_ns is None else begin_ns
                while said and log_ns > begin_ns + (said[0].t_s + _SAID_AFTER_S) * 1e9:
                    say(said.pop(0), log_ns)
            if channel_id in channel_ids:
                writer.add_message(channel_ids[channel_id], log_ns, data, log_ns)
                copied += 1
    for command in said:
        say(command, begin_ns or 0)
    catch_up()
    return copied
