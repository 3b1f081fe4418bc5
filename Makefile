# unstick: everything a developer types. `make` alone lists it.
#
# Needs python3 (3.11 or newer) with venv, and make. A C compiler with Python's headers is used
# where there is one: without it the same files run uncompiled, to the same result.

PYTHON ?= python3
VENV ?= .venv
FUZZ_SECONDS ?= 60
WORKERS ?= 4
BIN := $(VENV)/bin

# Debian 12's pip (23.0) does not know --group, and upgrading pip only for that is a download more:
# lists in pyproject.toml are turned into requirements files, which every pip reads.
TOML = $(BIN)/python -c 'import sys, tomllib; \
	toml = tomllib.load(open("pyproject.toml", "rb")); \
	print(*toml[sys.argv[1]][sys.argv[2]], sep="\n")'
# Most tests of sends wait for a clock: while they do, others use the processors. WORKERS=0: one
# after the other, as pytest alone runs them.
SIDE_BY_SIDE = --numprocesses $(WORKERS) --dist worksteal
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help demo build lint format test test-again test-long matrix soak fuzz bench captures package completion reference clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## install into .venv and explain the embedded captures of the story
	@$(BIN)/unstick demo || [ $$? -eq 1 ] # 1: there are findings, and so there should be

build: $(VENV)/installed ## compile the hot files in place, where a C compiler is at hand
	@echo "compiling what changed (a minute or two the first time) ..."
	@$(BIN)/python setup.py --quiet build_ext --inplace > $(VENV)/build.log 2>&1 || \
		{ cat $(VENV)/build.log; exit 1; }
	@grep 'building extension .* failed' $(VENV)/build.log || true
	@$(BIN)/python -m compileall -q src # or every start compiles, where Python may not keep bytecode

lint: $(VENV)/tools ## ruff and mypy, as the tests run them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/tools ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test: lint build ## everything that must hold before a commit (under 10 minutes on 2 cores)
	@$(BIN)/python -m pytest -m 'not long' $(SIDE_BY_SIDE)

test-again: ## only what failed last time, one after the other
	@$(BIN)/python -m pytest --last-failed --last-failed-no-failures none

test-long: build $(VENV)/servers $(VENV)/frames ## those that take minutes; more is installed
	@$(BIN)/python -m pytest -m long $(SIDE_BY_SIDE)

matrix: $(VENV)/servers ## bad clients at each server, without and with the guard (40 min)
	@$(BIN)/python -m tests.progress.servers.matrix

soak: build ## slow, lossy, paused and vanishing clients for MINUTES (30): is anybody wronged?
	@$(BIN)/python -m tests.progress.soak --minutes $(or $(MINUTES),30)

fuzz: build $(VENV)/fuzz-tools ## throw damaged captures at the readers for FUZZ_SECONDS
	@for target in tests/fuzz/fuzz_*.py; do \
		echo "$$target"; $(BIN)/python "$$target" -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

bench: build ## unstick beside its peers on real traffic; CAPTURES=FOLDER if there is some
	@$(BIN)/python -m benchmarks --captures $(or $(CAPTURES),build/bench)

captures: build ## make the embedded captures anew (root); explain must say the same of them
	@$(BIN)/python tools/captures.py $(or $(CAPTURES),build/captures)

package: $(BIN)/python ## source archive and wheel, into dist/
	@$(PIP) build
	@$(BIN)/python -m build

completion: $(VENV)/tools ## make the completion scripts of bash, zsh and fish anew
	@PYTHONPATH=src $(BIN)/python tools/completions.py

reference: $(BIN)/python ## make docs/reference-progress.md anew from the docstrings
	@$(BIN)/python tools/reference.py

clean: ## remove what was built, not .venv
	@rm -rf build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find src tests -name __pycache__ -prune -exec rm -rf {} +
	@find src \( -name '*.so' -o -name '*.c' \) -delete

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "unstick needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Editable: one copy of the code, whether it is run by hand, by tests or by tests' subprocesses.
# Compiling is left to `make build`, which compiles only what changed.
$(VENV)/installed: pyproject.toml setup.py | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(TOML) build-system requires > $(VENV)/build.txt
	@$(PIP) --requirement $(VENV)/build.txt
	@UNSTICK_BUILD=plain $(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/tools: pyproject.toml $(VENV)/installed
	@$(TOML) dependency-groups test > $(VENV)/test.txt
	@$(PIP) --requirement $(VENV)/test.txt
	@touch $@

$(VENV)/servers: $(VENV)/tools
	@$(TOML) dependency-groups servers > $(VENV)/servers.txt
	@$(PIP) --requirement $(VENV)/servers.txt
	@touch $@

$(VENV)/frames: $(VENV)/tools
	@$(TOML) dependency-groups frames > $(VENV)/frames.txt
	@$(PIP) --requirement $(VENV)/frames.txt
	@touch $@

$(VENV)/fuzz-tools: $(VENV)/tools
	@$(TOML) dependency-groups fuzz > $(VENV)/fuzz.txt
	@$(PIP) --requirement $(VENV)/fuzz.txt
	@touch $@
