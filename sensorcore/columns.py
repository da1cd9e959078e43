"""Columnar values: frozen dataclasses of arrays of equal length, cut and joined in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray


class Columns:
    """Base of frozen dataclasses with slots whose fields are arrays of one length, `Columns`, or None. A slice of all rows is the
    value itself; a column that one part lacks is None in the joined value."""

    __slots__: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(getattr(self, self.__slots__[0]))

    def __getitem__(self, part: slice | NDArray[np.bool_]) -> Self:
        if covers(part, len(self)):
            return self
        make: Any = type(self)
        values = [getattr(self, name) for name in self.__slots__]
        return cast(Self, make(*[None if each is None else each[part] for each in values]))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """One after another; at least one."""
        if len(parts) == 1:
            return parts[0]
        make: Any = cls
        return cast(Self, make(*[_joined([getattr(part, name) for part in parts]) for name in cls.__slots__]))


def _joined(values: Sequence[Any]) -> Any:
    if any(each is None for each in values):
        return None
    return type(values[0]).joined(values) if isinstance(values[0], Columns) else np.concatenate(values)


def covers(part: object, n: int) -> bool:
    """Whether `part` is a slice of all of `n` rows, so that nothing has to be cut."""
    return isinstance(part, slice) and part.step is None and not part.start and (part.stop is None or part.stop >= n)
