"""Guarded output streams, the one door for text to a terminal: no text printed by any code can steer the terminal. Our own
control sequences go past the door by name (`steer`)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from sensorcore.text.escape import visible


class Guarded:
    """Text stream whose `write` shows harmful characters as escapes; everything else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream

    def write(self, text: str) -> int:
        """Returns the length of `text`, as the caller knows it."""
        self.unguarded.write(visible(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unguarded, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.unguarded)


@contextmanager
def guarded_output() -> Iterator[None]:
    """Guard standard output and error in the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_guarded(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def unguarded(stream: TextIO) -> TextIO:
    """Stream behind the door: for a library that draws on a terminal itself. Its text must be made safe before."""
    return stream.unguarded if isinstance(stream, Guarded) else stream


def steer(stream: TextIO, sequence: str) -> None:
    """Write a control sequence of our own."""
    unguarded(stream).write(sequence)


def _guarded(stream: TextIO | None) -> TextIO:
    # a program without a console (pythonw, a service) has no streams
    return cast("TextIO", stream if stream is None or isinstance(stream, Guarded) else Guarded(stream))
