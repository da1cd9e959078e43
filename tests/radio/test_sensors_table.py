"""The docs' table of what scan and wear make of each third-party sensor is what they make of it."""

from __future__ import annotations

import pytest

from tests.radio.sensors_table import in_docs, made


@pytest.mark.slow
async def test_the_table_in_the_docs_is_what_scan_and_wear_found() -> None:
    assert await made() == in_docs()
