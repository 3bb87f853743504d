# Two commands: `make run` and `make test`. `make` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the second half of the tests runs on; skipped, with a word, where they do not answer.
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/0
# One that nobody else uses: a soak flushes it, and refuses to where it is not empty.
SOAK_REDIS_URL ?= redis://127.0.0.1:6379/15
# Benchmarks make a database of their own on this server, and flush that Redis, likewise.
BENCH_DATABASE_URL ?= $(TEST_DATABASE_URL)
BENCH_REDIS_URL ?= redis://127.0.0.1:6379/14
BENCH_VENV := build/bench-venv
PYTEST := $(BIN)/python -m pytest
# It replaces time and threads, so it has processes of its own.
NO_SIMULATION := --ignore tests/simulation
HISTORIES := test_thousands_of_histories_keep_every_guarantee
ON_SERVERS := DATABASE_URL=$(TEST_DATABASE_URL) REDIS_URL=$(TEST_REDIS_URL)
SOAK_OPTIONS = $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) \
	$(if $(DATABASE),--database $(DATABASE))
BENCH_OPTIONS = $(if $(ONLY),--only "$(ONLY)") $(if $(SCALE),--scale $(SCALE)) \
	$(if $(REPETITIONS),--repetitions $(REPETITIONS))
export TEST_DATABASE_URL SOAK_REDIS_URL BENCH_DATABASE_URL BENCH_REDIS_URL

.DEFAULT_GOAL := help
.PHONY: help install run test test-slow soak replay plant-bugs bench lint format clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

install: $(VENV)/dev-installed  ## make the virtual environment, with everything for development

run: $(VENV)/installed .env  ## start the application, a worker and a demo remote, with sample data
	@$(BIN)/python -m integration_site.demo

test: $(VENV)/dev-installed  ## run the tests, on SQLite and on PostgreSQL with Redis
	$(PYTEST) -n 3 -m "not slow" $(NO_SIMULATION)
	$(PYTEST) -m "not slow" tests/simulation
	$(ON_SERVERS) $(PYTEST) -n 3 -m "not slow" $(NO_SIMULATION) --ignore tests/demo_remote

test-slow: $(VENV)/dev-installed  ## run the longer proofs too
	$(PYTEST) -n 2 -m slow $(NO_SIMULATION)
	$(PYTEST) -n 2 -m slow tests/simulation
	$(ON_SERVERS) $(PYTEST) -n 2 -m slow $(NO_SIMULATION)
	$(ON_SERVERS) $(PYTEST) -n 2 -m slow tests/simulation

soak: $(VENV)/dev-installed  ## break things at random: MINUTES=5 SEED=… DATABASE=sqlite or postgresql
	@$(BIN)/python -m tests.soak $(SOAK_OPTIONS)

replay: $(VENV)/dev-installed  ## look again at the simulated histories of a seed: make replay SEED=1
	SEED=$(SEED) $(PYTEST) -m slow "tests/simulation/test_simulation.py::$(HISTORIES)[0]"

plant-bugs: $(VENV)/dev-installed  ## test the tests: plant each known bug, and see one turn red
	@$(BIN)/python -m tests.planted_bugs

bench: $(BENCH_VENV)/installed  ## measure delivery against its peers: ONLY="hot lanes" SCALE=0.1
	@$(BENCH_VENV)/bin/python -m benchmarks $(BENCH_OPTIONS)

lint: $(VENV)/dev-installed  ## ruff, mypy, layers, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/dev-installed  ## put code and templates in their standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

clean:  ## remove the virtual environment and all that was made here, the database included
	rm -rf $(VENV) var build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev-installed: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# The peers have a virtual environment of their own: nothing of ours needs them.
$(BENCH_VENV)/installed: requirements-bench.txt requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

.env: | .env.example
	@$(PYTHON) -c 'import re, secrets; print(re.sub(r"(?m)^SECRET_KEY=$$", "SECRET_KEY=" + secrets.token_urlsafe(50), open(".env.example").read()), end="")' > $@
	@echo "Made .env from .env.example."
