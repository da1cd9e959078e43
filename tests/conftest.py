"""For all tests: an example may take its time on a busy machine; how fast things are is measured in `benchmarks/`."""

from hypothesis import settings

settings.register_profile("spinae", deadline=None)
settings.load_profile("spinae")
