# What can be done with a checkout; `make` alone lists it. VENV=DIR puts the virtual environment elsewhere.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV ?= .venv
export VENV
BIN := $(VENV)/bin

# What make native is given: PJPROJECT=FILE is a source tarball of pjproject, REFRESH=1 asks the mirror anew.
NATIVE := $(if $(PJPROJECT),--tarball "$(PJPROJECT)") $(if $(REFRESH),--refresh)

# One process holds the calls, the other all other tests (tests/conftest.py); with PARALLEL= one process does it all, as
# a debugger needs it.
PARALLEL := -n 2

.PHONY: help native setup setup-test setup-full demo test test-full lint doctor clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install all that a call needs into $VENV, by default .venv
	@config/setup/setup.sh demo

setup-test: ## Install all that working on the project needs
	@config/setup/setup.sh test

setup-full: ## The same for the long tests: a PostgreSQL server besides
	@config/setup/setup.sh full

native: ## Build the SIP library for hundreds of calls; PJPROJECT=FILE takes that source tarball, REFRESH=1 looks for a newer
	@config/setup/setup.sh native $(NATIVE)

demo: setup ## Hold one whole call with a simulated debtor, in Russian; ARGS="--language en --debtor refuses" changes it
	@$(BIN)/voicebot demo $(ARGS)

lint: setup-test ## Check style, types and import floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Check all of it and run the tests; ARGS="tests/unit -k turns" narrows them
	$(BIN)/pytest $(PARALLEL) -m "not full" $(ARGS)

test-full: setup-full lint ## The same with the long runs, on PostgreSQL too
	$(BIN)/pytest $(PARALLEL) $(ARGS)

doctor: setup ## Tell what is installed, what is missing, and the mend
	@$(BIN)/voicebot doctor

clean: ## Remove what was built and cached; the virtual environment and your data stay
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf
