# `make run` starts the bot, `make test` checks everything. Both make .venv first, if it is not there.
# Packages are installed by hash: what was checked is what runs.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
# The first of these that is Python 3.11 or later makes .venv; `make run PYTHON=/path/to/python` prefers yours.
PYTHON ?= python3
PYTHONS := $(PYTHON) python3.14 python3.13 python3.12 python3.11
PYTEST_ARGS ?= -n auto
# Any of these will do for the tests that look at the page; without one they are skipped, and say so.
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable

.PHONY: run install test failed check format browser pictures demo lock audit soak powercut mutants clean formatted linted typed layered needed

run: install
	@exec $(BIN)/python -m bot

install: $(VENV)/.installed

test: $(VENV)/.tools
	@status=0; \
	$(MAKE) --no-print-directory check || status=1; \
	$(BIN)/python -m pytest $(PYTEST_ARGS) || status=1; \
	exit $$status

# What failed the last time, one test after another.
failed: $(VENV)/.tools
	@exec $(BIN)/python -m pytest --last-failed --last-failed-no-failures none -n 0

# Every tool has its say, also when an earlier one complains.
check: $(VENV)/.tools
	@$(MAKE) --no-print-directory --keep-going formatted linted typed layered needed

formatted: ; $(BIN)/ruff format --check .
linted: ; $(BIN)/ruff check .
typed: ; $(BIN)/mypy
layered: ; $(BIN)/lint-imports
needed: ; $(BIN)/deptry .

format: $(VENV)/.tools
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Installs Chromium, where the machine has apt and lets us.
browser:
	@for browser in $(BROWSERS); do command -v $$browser >/dev/null && exit 0; done; \
	root=; [ "$$(id -u)" = 0 ] || root='sudo -n'; \
	export DEBIAN_FRONTEND=noninteractive; \
	$$root apt-get update -qq && $$root apt-get install -y -qq --no-install-recommends chromium >/dev/null || { \
		echo 'Chromium could not be installed. Install it, and run this again.' >&2; \
		exit 1; \
	}

# Takes the pictures in docs/images anew.
pictures: $(VENV)/.tools
	@exec $(BIN)/python -m tests.browser.pictures

demo: $(VENV)/.tools
	@exec $(BIN)/python -m tests.demo

# A thousand kills, some forty minutes; `make soak KILLS=100` is enough for a look. With faults of every kind:
# `.venv/bin/python -m tests.soak faults`.
soak: $(VENV)/.tools
	@exec $(BIN)/python -m tests.soak

# A thousand simulated power cuts, some minutes; needs Linux and a C compiler. `make powercut CUTS=100` for a look.
powercut: $(VENV)/.tools
	@exec $(BIN)/python -m tests.powercut

# Breaks the bot in five ways, one at a time and in a copy, and expects the tests to notice each.
mutants: $(VENV)/.tools
	@exec $(BIN)/python -m tests.mutants

lock: $(VENV)/.tools
	$(LOCK) --upgrade --output-file requirements.txt
	$(LOCK) --upgrade --group dev --constraint requirements.txt --output-file requirements-dev.txt

audit: $(VENV)/.tools
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.made:
	@for python in $(PYTHONS); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv $(VENV) && touch $@ && exit 0; \
			echo 'A virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv' >&2; \
			rm -rf $(VENV); \
			exit 1; \
		fi; \
	done; \
	echo 'Python 3.11 or later is needed and was not found. Install it, or say where: make run PYTHON=/path/to/python' >&2; \
	exit 1

$(VENV)/.installed: requirements.txt $(VENV)/.made
	@echo 'Installing what the bot needs …'
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.tools: requirements-dev.txt $(VENV)/.installed
	@echo 'Installing the tools …'
	@$(PIP) -r requirements-dev.txt
	@touch $@
