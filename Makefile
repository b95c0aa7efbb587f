# The few words one needs to know. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
LIST ?= weekly
SUBSCRIBERS ?= articles/subscribers.csv
WORKERS ?= 2

.PHONY: help setup system system-test publish test coverage test-slow check fix golden docs bench pictures lock clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.run-ready ## Make .venv with everything briefpub needs to run

# A stamp is newer than what it was made from, or the step is done again.
.venv/.run-ready: requirements/run.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh run
	@touch $@

.venv/.dev-ready: requirements/dev.txt requirements/run.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh dev
	@touch .venv/.run-ready $@

system: setup ## See that Pango, HarfBuzz and fontconfig are there; install them where rights allow
	@scripts/system.sh run

system-test: system
	@scripts/system.sh test

publish: system ## Publish the sample list's next issue; typed again, it publishes nothing twice
	@# Exit code 1 tells of rows that could not be used; those that could are on the list, and are mailed.
	@if [ -f "$(SUBSCRIBERS)" ]; then \
		$(BIN)/briefpub subscribers import "$(SUBSCRIBERS)" --list $(LIST) --yes || [ $$? -eq 1 ]; \
	fi
	@expected="$$($(BIN)/briefpub subscribers list --list $(LIST) --status confirmed --count)"; \
	$(BIN)/briefpub publish $(LIST) --yes --expect "$$expected"

check: .venv/.dev-ready ## Lint, formatting, types and floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: .venv/.dev-ready ## Let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

test: .venv/.dev-ready system-test check ## Check, then every test but the slow ones
	@$(BIN)/pytest -n $(WORKERS)

coverage: .venv/.dev-ready system-test ## The same tests, and which lines of src they reach
	@$(BIN)/pytest -n $(WORKERS) --cov --cov-report=term

test-slow: .venv/.dev-ready system-test ## The slow tests: EPUBCheck, veraPDF, long property runs
	@$(BIN)/pytest -n $(WORKERS) -m slow

golden: .venv/.dev-ready ## Write the golden files anew; look at the diff before you commit it
	@$(BIN)/pytest -k golden --update-golden

docs: .venv/.dev-ready ## Build the documentation into docs/_build/html; a warning is an error
	@$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: .venv/.dev-ready system ## Measure, and print the figures of docs/benchmarks.md
	@$(BIN)/python benchmarks/press.py
	@$(BIN)/python benchmarks/mail.py
	@$(BIN)/python benchmarks/wire.py
	@$(BIN)/python benchmarks/sender.py share
	@$(BIN)/python benchmarks/sender.py whole
	@$(BIN)/python benchmarks/sender.py many
	@$(BIN)/python benchmarks/faults.py --quick
	@$(BIN)/python benchmarks/rehearsal.py
	@$(BIN)/python benchmarks/clock.py
	@$(BIN)/python benchmarks/year.py

pictures: .venv/.dev-ready system ## Make the pictures of every format, to be looked at
	@scripts/system.sh pictures
	@$(BIN)/python scripts/pictures.py

lock: .venv/.dev-ready ## Pin the dependencies of pyproject.toml anew (scripts/lock.sh --upgrade: newest)
	@scripts/lock.sh

clean: ## Remove what was built; leave .venv, the outbox and the database alone
	@rm -rf build dist docs/_build htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
