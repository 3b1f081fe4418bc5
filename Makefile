# unstick: everything a developer types. `make` alone lists it.
#
# Needs python3 (3.11 or newer) with venv, and make. A C compiler with Python's headers is used
# where there is one: without it the same files run uncompiled, to the same result.

PYTHON ?= python3
VENV ?= .venv
FUZZ_SECONDS ?= 60
BIN := $(VENV)/bin
HOT := $(shell find src -name '*.pxd')
HOT_SOURCES := $(HOT) $(HOT:.pxd=.py)

# Debian 12's pip (23.0) does not know --group, and upgrading pip only for that is a download more:
# the groups of pyproject.toml are turned into a requirements file, which every pip reads.
GROUP = $(BIN)/python -c 'import sys, tomllib; \
	groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]; \
	print(*groups[sys.argv[1]], sep="\n")'
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help demo build lint format test test-long fuzz package completion clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/installed ## install into .venv and explain the embedded captures of the story
	@$(BIN)/unstick demo

build: $(VENV)/tools ## compile the hot files in place, where a C compiler is at hand
	@$(BIN)/python setup.py --quiet build_ext --inplace

lint: $(VENV)/tools ## ruff and mypy, as the tests run them
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/tools ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test: build lint ## everything that must hold before a commit (under 10 minutes on 2 cores)
	@$(BIN)/python -m pytest -m 'not long'

test-long: build ## the tests that take minutes, too
	@$(BIN)/python -m pytest

fuzz: build $(VENV)/fuzz-tools ## throw damaged captures at the readers for FUZZ_SECONDS
	@for target in tests/fuzz/fuzz_*.py; do \
		echo "$$target"; $(BIN)/python "$$target" -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

package: $(VENV)/installed ## source archive and wheel, into dist/
	@$(PIP) build
	@$(BIN)/python -m build

completion: $(VENV)/tools ## make the completion scripts of bash, zsh and fish anew
	@PYTHONPATH=src $(BIN)/python tools/completions.py

clean: ## remove what was built, not .venv
	@rm -rf build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find src tests -name __pycache__ -prune -exec rm -rf {} +
	@find src \( -name '*.so' -o -name '*.c' \) -delete

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "unstick needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Editable: one copy of the code, whether it is run by hand, by tests or by tests' subprocesses.
$(VENV)/installed: pyproject.toml setup.py $(HOT_SOURCES) | $(BIN)/python
	@$(PIP) --editable .
	@touch $@

$(VENV)/tools: pyproject.toml $(VENV)/installed
	@$(GROUP) test > $(VENV)/test.txt
	@$(PIP) --requirement $(VENV)/test.txt
	@touch $@

$(VENV)/fuzz-tools: $(VENV)/tools
	@$(GROUP) fuzz > $(VENV)/fuzz.txt
	@$(PIP) --requirement $(VENV)/fuzz.txt
	@touch $@
