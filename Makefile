# Aduan. `make demo` and `make test` need Python >= 3.11, make and a POSIX shell; everything else is set up here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready-$(shell cksum pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
STAMP_TEST := $(STAMP)-test
STAMP_BENCH := $(STAMP)-bench

# A shell without job control lets what it starts with & ignore Ctrl-C; this takes that back (and what Python ignores).
HEARS_CTRL_C = $(BIN)/python -c 'import os, sys; from signal import *; [signal(one, SIG_DFL) for one in (SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ)]; os.execvp(sys.argv[1], sys.argv[1:])'

.PHONY: help demo test unit real lint bench docs schemas clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

$(STAMP):
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Aduan needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 demo")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(STAMP_TEST): $(STAMP)
	@echo "Adding what tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(STAMP_BENCH): $(STAMP) benchmarks/peer-requirements.txt
	@echo "Setting up the benchmark's peer in $(VENV)-peer ..."
	@test -x $(VENV)-peer/bin/python || $(PYTHON) -m venv $(VENV)-peer
	@$(VENV)-peer/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peer-requirements.txt
	@touch $@

demo: $(STAMP) ## the whole pipeline on real engines, with samples; ONCE=1 ends by itself
	@$(BIN)/aduan demo $(if $(ONCE),--once)

test: $(STAMP_TEST) ## every check and every test, on real engines
	@echo "Linters, types, tests without engines and tests/real run beside tests/ledger; their output comes last."
	@mkdir -p .aduan && rm -f .aduan/checks.rc; \
	( $(HEARS_CTRL_C) $(MAKE) --no-print-directory lint unit real > .aduan/checks.log 2>&1; echo $$? > .aduan/checks.rc ) & \
	$(BIN)/pytest tests/ledger $(ARGS); ledger=$$?; wait; \
	cat .aduan/checks.log; \
	test $$ledger -eq 0 && test "$$(cat .aduan/checks.rc)" = 0

real: $(STAMP_TEST) ## the tests on real engines, without the long ones of the guarantees (tests/ledger)
	@$(BIN)/pytest tests/real $(ARGS)

unit: $(STAMP_TEST) ## the tests that need no engine
	@$(BIN)/pytest tests/unit tests/contract $(ARGS)

lint: $(STAMP_TEST) ## ruff, mypy strict, direction of imports
	@echo "ruff ..." && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "mypy ..." && $(BIN)/mypy
	@echo "imports ..." && $(BIN)/lint-imports --no-cache

bench: $(STAMP_BENCH) ## throughput, latency and memory, as ratios to raw limits and a peer
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(STAMP_TEST) ## pages that are made from code
	@$(BIN)/python -m ops.settings_page
	@$(BIN)/python -m ops.asyncapi
	@$(BIN)/python -m ops.openapi_page

schemas: $(STAMP) ## golden JSON Schemas of the events
	@$(BIN)/python -m schemas.golden

clean: ## what was made here; the jar cache stays
	@test ! -x $(BIN)/aduan || $(BIN)/aduan down
	rm -rf $(VENV) $(VENV)-peer .aduan .mypy_cache .ruff_cache .hypothesis *.egg-info
