"""Process-wide setup of all tests: Hypothesis profiles, byte code, garbage collection.

An example may take its time on a busy machine (speed is measured in `benchmarks/`). The fast profile tries fewer examples than the
thorough one of the coverage lane; a test with a count of its own takes it from `tests.examples.examples`.
"""

import gc
import os
import sys

import pytest
from hypothesis import settings

from tests.examples import PROFILE

settings.register_profile("fast", deadline=None, max_examples=15)
settings.register_profile("thorough", deadline=None)
settings.load_profile(PROFILE)

# Workers and the programs that tests start would otherwise compile every module again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish(session: pytest.Session) -> None:
    """Garbage is collected rarely and never among what was imported: by default that takes a quarter of a screen test's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
