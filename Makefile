# Needs Python 3.11 or newer and make; everything else is fetched into .venv.
#
#   make run      install, start everything on this machine, play the demo, keep serving
#   make demo-matrix
#                 install, start a real Matrix server and everything else, play a story, stop
#   make test     install, check and test the whole project
#   make bench    install, measure what a case costs
#   make texts    write down the texts of the pages for translators
#   make synapse  put a Matrix homeserver into .venv-synapse, for the tests and demos that need one
#   make lock     write the locks again after a change of dependencies in pyproject.toml
#                 (make lock UPGRADE=1 also takes newer versions of everything)
#   make clean    remove both environments and everything that was built; data directories stay
#
# Variables: PYTHON (an interpreter), DATA (the data directory of `make run`), ARGS (for pytest, the
# benchmark, or `casework up`: make run ARGS="--port 8090").

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
SYNAPSE := .venv-synapse
VENDOR := gateway/console/vendor
DATA ?= data
PYTHON ?=
ARGS ?=
UPGRADE ?=

# uv brings its own certificates; a machine behind an inspecting proxy has more of them.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

.PHONY: help install synapse run demo-matrix test bench texts lock clean browser homeserver checks

help:
	@sed -n 's/^#   //p' Makefile

# -- environment -----------------------------------------------------------------------------------

install: $(VENV)/.installed $(VENDOR)/.installed

$(VENV)/bin/python:
	@for python in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "creating $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv --clear $(VENV) || { \
	      rm -rf $(VENV); \
	      echo "error: $$python cannot create an environment (on Debian: apt-get install python3-venv)" >&2; \
	      exit 1; }; \
	    exit 0; \
	  fi; \
	  [ "$$python" != "$(PYTHON)" ] || { echo "error: PYTHON=$$python is not Python 3.11 or newer" >&2; exit 1; }; \
	done; \
	echo "error: Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python3" >&2; exit 1

# uv comes from the lock like everything else, checked against its hash; it then installs the rest.
$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@wanted=$$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock); \
	if [ "$$($(BIN)/uv --version 2>/dev/null | cut -d' ' -f2)" != "$$wanted" ]; then \
	  echo "fetching uv $$wanted"; \
	  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
	  awk '/^uv==/ {inside = 1} inside {print} inside && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt; \
	fi
	@echo "installing requirements.lock"
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# What pages load in a browser, and what only tests start, from npm; neither is ever committed.
$(VENDOR)/.installed: package.json package-lock.json | $(VENV)/.installed
	@echo "installing package-lock.json"
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@mkdir -p $(VENDOR)
	@cp node_modules/htmx.org/dist/htmx.min.js node_modules/uplot/dist/uPlot.iife.min.js \
	  node_modules/uplot/dist/uPlot.min.css $(VENDOR)/
	@touch $@

# Synapse is under the AGPL: a program that we start, in an environment that shares nothing with ours.
synapse: $(SYNAPSE)/.installed

$(SYNAPSE)/.installed: deploy/synapse.lock | $(VENV)/.installed
	@echo "installing deploy/synapse.lock into $(SYNAPSE)"
	@$(BIN)/uv venv --quiet --clear --no-project --python $(BIN)/python $(SYNAPSE)
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(SYNAPSE)/bin/python \
	  --only-binary :all: --require-hashes deploy/synapse.lock
	@touch $@

lock: install
	$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) $(LOCK_OPTIONS) --group dev \
	  --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade $(LOCK_OPTIONS) --constraints requirements.lock \
	  --output-file deploy/runtime.lock pyproject.toml
	$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) $(LOCK_OPTIONS) --only-binary :all: \
	  --group synapse --output-file deploy/synapse.lock
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm install --package-lock-only --omit-lockfile-registry-resolved \
	  --no-audit --no-fund --loglevel=error

# Without the addresses and settings of the machine it is made on, for every platform we name.
LOCK_OPTIONS := --no-config --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command "make lock"

clean:
	rm -rf $(VENV) $(SYNAPSE) $(VENDOR) node_modules dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- product ---------------------------------------------------------------------------------------

run: install
	@exec $(BIN)/casework up --data "$(DATA)" --demo $(ARGS)

demo-matrix: install synapse
	@exec $(BIN)/casework demo-matrix $(ARGS)

texts: install
	@$(BIN)/python -m gateway.console.extract

bench: install
	@$(BIN)/python -m benchmarks $(ARGS)

# -- checks ----------------------------------------------------------------------------------------

test: checks browser homeserver
	@$(BIN)/pytest -q $(ARGS)

checks: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/casework policy check policies

# The tests that look at pages in a browser use Debian's chromium and are skipped without it.
browser:
	@if command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "chromium is missing and cannot be installed here: the browser tests are skipped"; exit 0; fi; \
	echo "installing chromium for the browser tests"; \
	log=$$(mktemp); \
	if { apt-get update && DEBIAN_FRONTEND=noninteractive \
	     apt-get install --yes --no-install-recommends chromium; } >"$$log" 2>&1; then rm "$$log"; \
	else tail -n 3 "$$log"; rm "$$log"; \
	  echo "chromium could not be installed: the browser tests are skipped"; fi

# The tests against a real homeserver are skipped only where it cannot be installed.
homeserver: install
	@$(MAKE) --no-print-directory synapse || { rm -rf $(SYNAPSE); \
	  echo "Synapse could not be installed: the tests against a real homeserver are skipped"; }
