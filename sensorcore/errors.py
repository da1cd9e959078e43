"""The error tree. Every error says what happened, to which thing, and what to do next; the command line prints
`str(error)` and exits with 1, so the text must stand on its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class SpinaeError(Exception):
    """Something a person can understand and act on.

    `what` is the problem in one clause, `where` the file, line, column, sensor or setting it concerns, `hint` the next step.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what, where, hint)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.hint}" if self.hint else head


class BadInput(SpinaeError):
    """A file or stream that cannot be understood: unknown type, missing column, text where a number belongs, …"""


class Unforeseen(BadInput):
    """A file revealed a fault of ours, its `__cause__`: to be logged and reported."""


class BadSetting(SpinaeError):
    """An unknown setting, or a value outside its range."""


class StorageError(SpinaeError):
    """The operating system would not read or write: no permission, disk full, a folder where a file belongs."""


class CalibrationRefused(SpinaeError):
    """The stream does not support a calibration worth having; the hint says what to repeat."""


class SourceError(SpinaeError):
    """A source of samples (radio, file, simulator) failed while running."""


@contextmanager
def contained(where: object, what: str = "this recording cannot be used") -> Iterator[None]:
    """Isolates one file among many: any exception in the block becomes BadInput that names the file; a SpinaeError passes."""
    try:
        yield
    except BadInput as error:
        if str(where) not in error.where:
            error.where = f"{where}: {error.where}" if error.where else str(where)
        raise
    except SpinaeError:
        raise
    except UnicodeError as error:
        hint = "Its name, or a text in it, cannot be written as UTF-8: give the file another name, or move it away."
        raise BadInput(what, where=str(where), hint=hint) from error
    except Exception as error:
        hint = "The others are not touched. Move it away, and please report this."
        raise Unforeseen(f"{what} ({type(error).__name__}: {error})", where=str(where), hint=hint) from error
