"""The same test bodies on each radio: `rig` is parametrised, today by Bumble alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.radio.rig import Rig, bumble_rig

RIGS = {"bumble": bumble_rig}


@pytest.fixture(params=list(RIGS))
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with RIGS[request.param]() as made:
        yield made
