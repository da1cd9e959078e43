# Two commands do everything on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data
# one more than the cores that CI has: some tests wait for processes and radios
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest -q
IN_PARALLEL = -n $(WORKERS) --dist worksteal
# The fast suite runs each test once: one that fails now and then has found a race. Radios, terminals and whole programs live in real
# time, and under coverage everything takes twice as long: those lanes try once more what failed, and show both tries.
twice = $(1) || $(1) --last-failed

.PHONY: setup demo test test-slow test-bluez test-terminal coverage lint fuzz benchmarks accuracy firmware pictures recordings lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit("spinae needs Python 3.11 or newer; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

demo: setup
	$(BIN)/spinae demo

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(PYTEST) $(IN_PARALLEL)

# the radio's tests on BlueZ 5.66 and 5.82, each in a QEMU box made of Debian's packages; installs what that needs, as root or with sudo
test-bluez: setup
	$(BIN)/python -m tests.radio.bluez_box
	$(MAKE) --no-print-directory -j2 --output-sync=target test-bluez-5.66 test-bluez-5.82

# one process a box; a test that hangs for ten minutes ends it, and says where it hung
test-bluez-%:
	$(call twice,$(PYTEST) -m bluez tests/radio -k bluez-$* -o cache_dir=.pytest_cache/$* -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true)

coverage: setup
	TEST_EXAMPLES=thorough $(PYTEST) $(IN_PARALLEL) --cov --cov-report= || $(PYTEST) --last-failed --cov --cov-append --cov-report=
	$(BIN)/coverage report --skip-covered --fail-under=90

# what takes longer: the radio for minutes (104 Hz for 60 s, 100 reconnects), more seeds of the same
test-slow: setup
	$(call twice,$(PYTEST) $(IN_PARALLEL) -m "(radio or slow) and not bluez and not terminal")

# the dashboard driven in tmux, alone: it waits for a screen that a busy machine paints late
test-terminal: setup
	$(call twice,$(PYTEST) -m terminal)

# 100,000 fuzzed frames, as many notifications for each driver of a bought sensor, 10,000 fuzzed files per importer, and a recording cut at every byte of its last 64 KiB
fuzz: setup
	$(BIN)/python -m benchmarks.fuzz_frames --count 100000
	$(BIN)/python -m benchmarks.fuzz_bought --count 100000
	$(BIN)/python -m benchmarks.fuzz_importers --count 10000
	$(BIN)/python -m benchmarks.cut_recordings

# the tables of docs/performance.md
benchmarks: setup
	$(BIN)/python -m benchmarks.analyze_day --hours 1 8 24
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.reader
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.dashboard
	$(BIN)/python -m benchmarks.recording_speed
	$(BIN)/python -m benchmarks.simulate_speed
	$(BIN)/python -m benchmarks.tune_speed
	$(BIN)/python -m benchmarks.batch
	$(BIN)/python -m benchmarks.kills
	$(BIN)/python -m benchmarks.bought_speed

# every figure of docs/accuracy.md, and of docs/simulator.md (realism); those on people's recordings where DATA holds them
accuracy: setup
	$(BIN)/python -m benchmarks.tilt_simulated
	$(BIN)/python -m benchmarks.calibration
	$(BIN)/python -m benchmarks.scenarios
	$(BIN)/python -m benchmarks.contexts --days 5
	$(BIN)/python -m benchmarks.rides --data $(DATA)
	$(BIN)/python -m benchmarks.reps --sets 120 --wearers 3
	$(BIN)/python -m benchmarks.breathing
	$(BIN)/python -m benchmarks.exposure
	$(BIN)/python -m benchmarks.wear_slip $(DATA)
	for set in $$($(BIN)/spinae validate --list | cut -d' ' -f1); do \
		test ! -d $(DATA)/$$set || { echo "\n## $$set\n"; $(BIN)/spinae validate $$set $(DATA)/$$set; } || exit 1; done
	test ! -d $(DATA)/broad || $(BIN)/python -m benchmarks.tilt $(DATA)/broad
	test ! -d $(DATA)/hapt || $(BIN)/python -m benchmarks.walking $(DATA)/hapt
	test ! -d $(DATA)/hapt || $(BIN)/python -m benchmarks.sessions $(DATA)/hapt
	test ! -d $(DATA)/hapt -o ! -d $(DATA)/trunkyxl -o ! -d $(DATA)/rrhr_breathing || $(BIN)/python -m benchmarks.leave_one_out $(DATA)
	test ! -d $(DATA)/hapt || $(BIN)/python -m benchmarks.realism $(DATA)

# what goes onto the board, in build/firmware
firmware: setup
	$(BIN)/python -m firmware_protocol.assemble build/firmware

pictures: setup
	$(BIN)/python docs/make_pictures.py
	PYTHONPATH=. $(BIN)/python docs/make_browser_pictures.py

recordings: setup
	$(BIN)/python -m sensorcore.simulator --manifest recordings/manifest.toml

# pin what pyproject.toml asks for, for every system and Python, with the hash of every file that may be installed; naming no registry.
# What is pinned stays as it is: `make lock UPGRADE=--upgrade` looks for newer versions
UPGRADE ?=
lock: setup
	$(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*p["project"]["dependencies"], *p["dependency-groups"]["dev"], *p["build-system"]["requires"], "editables", sep="\n")' > requirements-dev.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE) --output-file requirements-dev.lock requirements-dev.in
	rm requirements-dev.in

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
