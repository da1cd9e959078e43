"""Two files of the firmware under CPython, held to their promises by hypothesis."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import firmware_protocol

U32 = 0xFFFFFFFF


def loaded(name: str) -> ModuleType:
    """A file of the firmware that needs nothing of MicroPython's."""
    path = Path(firmware_protocol.__file__).parent / "firmware" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"firmware_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ring_module, ticks_module = loaded("ring"), loaded("ticks")

SIZE = 4
actions = st.lists(st.sampled_from(["push"] * 4 + ["send"] * 4 + ["seek", "live", "begin"]), max_size=200)


@given(st.integers(1, 8), actions, st.data())
def test_the_ring_is_a_list_of_which_the_newest_are_held(room: int, todo: list[str], data: st.DataObject) -> None:
    ring = ring_module.Ring(bytearray(room * SIZE + 3))
    ring.begin(SIZE)
    pushed, cursor, drops = 0, 0, 0
    sent: set[int] = set()  # or given up
    for action in todo:
        oldest = max(0, pushed - room)
        if action == "push":
            assert ring.sequence == pushed
            ring.push(pushed.to_bytes(SIZE, "little"))
            pushed += 1
            if pushed > room and pushed - room - 1 not in sent:
                drops += 1
            cursor = max(cursor, pushed - room)
        elif action == "send":
            frame = ring.peek()
            assert (frame is None) == (cursor == pushed)
            if frame is not None:
                assert bytes(frame) == bytes(ring.peek()) == cursor.to_bytes(SIZE, "little")
                ring.sent()
                sent |= set(range(cursor + 1))
                cursor += 1
        elif action == "seek":
            wanted = data.draw(st.integers(-3, pushed + 3))
            is_held = oldest <= wanted <= pushed
            assert ring.seek(wanted & U32) == is_held
            cursor = wanted if is_held else oldest
        elif action == "live":
            ring.seek_live()
            cursor = pushed
            sent = set(range(pushed))
        else:
            drops += len(set(range(oldest, pushed)) - sent)
            ring.begin(SIZE)
            pushed = cursor = 0
            sent = set()
        assert (ring.oldest, ring.newest) == (max(0, pushed - room), (pushed - 1) & U32)
        assert ring.drops == drops


@pytest.mark.parametrize(
    ("there_is", "most", "taken"),
    [
        (8_000_000, 2_000_000, 2_000_000),
        (1_700_000, 2_000_000, 1_500_000),
        (400_000, 2_000_000, 100_000),  # no PSRAM: the radio needs some of it too
        (400_000, 300_000, 300_000),
        (100_000, 2_000_000, 56_250),
        (40_000, 2_000_000, 4096),
    ],
)
def test_memory_is_what_there_is(monkeypatch: pytest.MonkeyPatch, there_is: int, most: int, taken: int) -> None:
    """In one piece, and 40 kB left of it."""
    held: list[int] = []

    def block(size: int) -> bytes:
        if size + sum(held) > there_is:
            raise MemoryError
        held.append(size)
        return bytes(size)

    monkeypatch.setattr(ring_module, "bytearray", block, raising=False)
    monkeypatch.setattr(ring_module.gc, "collect", held.clear)
    assert len(ring_module.memory(most)) == taken


@given(
    st.sampled_from([38461, 19230, 9615, 4807]),
    st.floats(0.95, 1.05),
    st.lists(st.integers(5_000, 60_000), min_size=20, max_size=300),
    st.integers(0, 40_000),
)
def test_the_sample_clock_is_never_off_by_a_period_nor_goes_back(
    nominal_us: int, factor: float, looks_us: list[int], first_us: int
) -> None:
    """Whenever the FIFO is looked at."""
    period_us = nominal_us * factor
    clock = ticks_module.SampleClock(nominal_us)
    now_us, seen = first_us, 0
    said = []
    for wait_us in looks_us:
        now_us += wait_us
        there = int(now_us / period_us)
        newest_us = clock.step(there - seen, now_us)
        if there:
            assert newest_us <= now_us
            assert abs(newest_us - there * period_us) <= 1.06 * period_us
            if there > seen:
                said.append(newest_us)
        seen = there
    assert np.all(np.diff(said) > 0)
