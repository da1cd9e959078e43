"""House rules that a machine can check: one name has one meaning, private names stay private, a module does one thing."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.project import ROOT

PACKAGES: Final = ("sensorcore", "tui", "firmware_protocol")
MOST_LINES: Final = 350
PRIVATE_WORDS: Final = re.compile(r"\b(told|anew|whoever|whatever|by and by)\b", re.IGNORECASE)
MOST_PRIVATE_WORDS: Final = 40
MAY_TAKE_PRIVATE: Final = re.compile(r"(?<!self)(?<!cls)\._[a-zA-Z]|import .*\b_[a-zA-Z]|^ +_\w+,$", re.MULTILINE)
"""Lines that are worth a closer look: a module without any takes nothing private."""


@cache
def modules() -> dict[Path, str]:
    """The source of every module, by its path from the root."""
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_uses(tree: ast.Module) -> Iterator[str]:
    """Private names that a module imports from one of ours, or takes from a module or class that it imported."""
    nodes = list(ast.walk(tree))
    bound = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            bound |= {each.asname or each.name for each in node.names}
            yield from (f"{node.module}.{each.name}" for each in node.names if is_private(each.name))
        elif isinstance(node, ast.Import):
            bound |= {each.asname or each.name.split(".")[0] for each in node.names if each.name.split(".")[0] in PACKAGES}
    for node in nodes:
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            base = node.value
            while isinstance(base, ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and base.id in bound:
                yield ast.unparse(node)


def test_a_public_class_has_a_name_of_its_own() -> None:
    places = defaultdict(list)
    for path, source in modules().items():
        if path.parts[0] != "firmware_protocol":
            for name in re.findall(r"^class ([A-Z]\w*)", source, re.MULTILINE):
                places[name].append(str(path))
    assert len(places) > 300
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_private_name_leaves_its_module() -> None:
    suspects = {path: ast.parse(source) for path, source in modules().items() if MAY_TAKE_PRIVATE.search(source)}
    assert {str(path): uses for path, tree in suspects.items() if (uses := list(private_uses(tree)))} == {}


def test_no_module_is_long() -> None:
    sizes = {str(path): len(source.splitlines()) for path, source in modules().items()}
    assert {path: lines for path, lines in sizes.items() if lines > MOST_LINES} == {}


def test_the_prose_is_everybodys() -> None:
    found = [f"{path}: {match}" for path, source in modules().items() for match in PRIVATE_WORDS.findall(source)]
    assert len(found) < MOST_PRIVATE_WORDS, found


def test_private_names_are_found_in_each_way_they_are_taken() -> None:
    source = "from sensorcore.motion import tilt, _cross\ntilt._step()\nimport sensorcore.events; sensorcore.events._kinds"
    assert all(MAY_TAKE_PRIVATE.search(line) for line in source.split("\n"))
    assert MAY_TAKE_PRIVATE.search("from sensorcore.motion import (\n    _cross,\n)")
    assert set(private_uses(ast.parse(source))) == {"sensorcore.motion._cross", "tilt._step", "sensorcore.events._kinds"}
