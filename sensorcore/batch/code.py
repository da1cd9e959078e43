"""Digest of all modules that a module imports, directly or not: dependencies are read off the imports, so that no list can fall
behind."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

OURS: Final = ("sensorcore", "firmware_protocol")
_ROOT: Final = Path(__file__).parents[2]


def imported(roots: Iterable[str], folder: Path = _ROOT) -> tuple[dict[str, Path], set[str]]:
    """Our modules that `roots` need, themselves included, by name; and the first names of all others. Imports within functions
    count.
    `folder` holds our packages."""
    found: dict[str, Path] = {}
    others: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name.partition(".")[0] not in OURS:
            others.add(name.partition(".")[0])
        elif name not in found and (path := _path(name, folder)) is not None:
            found[name] = path
            waiting += _imports(ast.parse(path.read_bytes()))
            waiting += [name.rpartition(".")[0]] if "." in name else []
    return found, others


def code_digest(roots: Iterable[str], folder: Path = _ROOT) -> str:
    """Of the modules that `roots` need, the data beside them, and the versions of the packages that they use."""
    found, others = imported(roots, folder)
    digest = hashlib.sha256()
    data = {each for path in found.values() for each in path.parent.iterdir() if each.is_file() and each.suffix == ".toml"}
    for path in sorted({*found.values(), *data}):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    for name in sorted(others):
        digest.update(_version(name).encode())
    return digest.hexdigest()


def _path(name: str, folder: Path) -> Path | None:
    place = folder.joinpath(*name.split("."))
    package = place / "__init__.py"
    module = place.with_suffix(".py")
    return package if package.is_file() else module if module.is_file() else None


def _imports(tree: ast.AST) -> Iterator[str]:
    """Names that may be modules; what is imported from one may be one itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _version(name: str) -> str:
    try:
        return f"{name} {metadata.version(name)}"
    except metadata.PackageNotFoundError:  # the standard library, or called otherwise
        return name
