"""The same test bodies on each radio: `rig` is parametrised by Bumble in process and by each BlueZ in its box."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.radio.bluez_box.build import SUITES, Box
from tests.radio.bluez_box.machine import Machine
from tests.radio.rig import Rig, bluez_rig, bumble_rig

BUMBLE = "bumble"
RADIOS = [BUMBLE, *(pytest.param(version, id=f"bluez-{version}", marks=pytest.mark.bluez) for version in SUITES)]


@pytest.fixture(scope="session")
def boot() -> Iterator[Callable[[str], Machine]]:
    """Gives the box with a version of BlueZ: booted once, and again when a test had to pull its plug."""
    machines: dict[str, Machine] = {}

    def booted(version: str) -> Machine:
        if version not in machines or not machines[version].is_running:
            box = Box(version)
            if not box.is_built:
                pytest.fail(f"there is no box with BlueZ {version}: `make test-bluez` builds it")
            machines[version] = Machine(box)
            machines[version].wait_until_ready()
        return machines[version]

    yield booted
    for machine in machines.values():
        machine.stop()


@pytest.fixture(params=RADIOS)
async def bare_rig(request: pytest.FixtureRequest, boot: Callable[[str], Machine]) -> AsyncIterator[Rig]:
    """The radio, and nothing in range."""
    making = bumble_rig() if request.param == BUMBLE else bluez_rig(boot(request.param))
    async with making as made, contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(made.stop)
        yield made


@pytest.fixture
async def rig(bare_rig: Rig) -> Rig:
    """The radio with a sensor in range."""
    await bare_rig.add()
    return bare_rig
