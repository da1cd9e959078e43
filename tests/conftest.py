"""For all tests: an example may take its time on a busy machine (how fast things are is measured in `benchmarks/`); the fast
suite tries fewer examples than the slow lanes do."""

import os

from hypothesis import settings

settings.register_profile("fast", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None)
settings.load_profile(os.environ.get("SPINAE_EXAMPLES", "fast"))
