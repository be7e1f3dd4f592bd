# Every target does its own set-up: a fresh clone needs Python 3.11+, make and pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: install dev demo serve test check bench chaos clean

install: $(VENV)/.installed
dev: $(VENV)/.dev

$(VENV)/bin/pip:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/pip
	$(PIP) -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) --no-deps -r requirements-dev.lock  # all of them are listed; one asks for an old cryptography
	touch $@

demo: install
	$(BIN)/python -m examples.demo

serve: install
	$(BIN)/statewright serve

test: dev
	# Two processes; the tests of a file share one. In the order of tests/conftest.py.
	$(BIN)/python -m pytest -m "not chaos" -n 2 --dist loadfile --no-loadscope-reorder

check: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: dev
	$(BIN)/python -m bench
	$(BIN)/python -m bench.queues

chaos: dev
	$(BIN)/python -m pytest -m chaos

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build
