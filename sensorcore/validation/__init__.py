"""Accuracy on people's recordings: one module for each public data set, found by being here.

Such a module has `NAME`, the data set's (and usual folder's) name; a docstring whose first sentence says what it measures; and
`evaluate(folder, report) -> Table`, which reads what the folder holds, be it a part of the set or all of it, tells `report` what
it is working on, and raises BadInput when nothing of the set is there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from sensorcore.errors import BadInput
from sensorcore.validation.table import ResultTable


class Evaluator(Protocol):
    """What a data set's module offers."""

    NAME: str
    __doc__: str | None

    @staticmethod
    def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable: ...


def evaluators() -> dict[str, Evaluator]:
    """Those there are, by the name of the data set."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    return {module.NAME: cast(Evaluator, module) for module in sorted(modules, key=lambda m: m.__name__) if hasattr(module, "NAME")}


def evaluate(name: str, folder: Path, report: Callable[[str], None]) -> ResultTable:
    """The table of data set `name` from its recordings in `folder`. Raises BadInput for an unknown name or a wrong folder."""
    known = evaluators()
    if name not in known:
        raise BadInput(f"there is no data set '{name}'", where="validate", hint=f"Known are {', '.join(known)}.")
    if not folder.is_dir():
        raise BadInput("this is not a folder", where=str(folder), hint=f"Name the folder that holds the recordings of {name}.")
    return known[name].evaluate(folder, report)
