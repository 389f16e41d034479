# Each target is one command; what a target needs, it sets up itself in .venv. `make help` lists them.
#
#   PYTHON=python3.12   the interpreter of a new .venv (3.11 to 3.13)
#   EXTRA=gpu           TensorFlow with CUDA instead of the CPU's
#   PROFILE=small       the edition: small, full, or reference (the committed one, rendered without executing)
#   JOBS=2              chapters and tests at a time
#   PEERS=PYTHON        an interpreter that has the peers, for bench
#   AIMASS_DATA=DIR     an offline mirror of the real corpora

PYTHON ?= python3
EXTRA ?= cpu
PROFILE ?= small
JOBS ?= 2
PEERS ?= $(AIMASS_PEERS)
AIMASS_DATA ?= $(wildcard ../shared/data)
ifneq ($(AIMASS_DATA),)
export AIMASS_DATA := $(abspath $(AIMASS_DATA))
endif

BIN := .venv/bin
# The environment is sound when its stamp is that of the lock, the package's metadata and this folder, and when its own
# interpreter still runs and is the one asked for (any supported one when PYTHON is not given).
KEY := $(shell { cat requirements/$(EXTRA).txt requirements/peers.txt pyproject.toml; echo $(CURDIR); } 2>/dev/null | cksum | tr ' ' '-')
STAMP := .venv/.ready-$(EXTRA)-$(KEY)
SUPPORTED := 3.11 3.12 3.13
VERSION := -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
HELD := $(shell $(BIN)/python $(VERSION))
FOUND = $(shell $(PYTHON) $(VERSION))
WANTED := $(or $(and $(filter file,$(origin PYTHON)),$(filter $(SUPPORTED),$(HELD))),$(FOUND))
SOUND := $(and $(wildcard $(BIN)/aimass),$(wildcard $(BIN)/uv),$(HELD),$(filter $(HELD),$(WANTED)))

.DEFAULT_GOAL := help
.PHONY: help setup book test lint unit run check compare reference bench lock environment linkcheck clean $(if $(SOUND),,$(STAMP))

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

$(STAMP):
	$(if $(filter $(SUPPORTED),$(WANTED)),,$(error Python 3.11, 3.12 or 3.13 is needed, and PYTHON=$(PYTHON) is $(or $(FOUND),not found); try: make $(or $(MAKECMDGOALS),book) PYTHON=python3.12))
	@sh tools/setup.sh $(PYTHON) $(WANTED) $(EXTRA) $@

setup: $(STAMP) ## make .venv (every other target does it, too)

book: $(STAMP) ## run what is stale, check the ledger, render the book
	@$(BIN)/aimass book --profile $(PROFILE) --jobs $(JOBS)

test: $(STAMP) ## all checks: style, types, tests, and the small book made without a network
	@sh tools/test.sh $(JOBS)

lint: $(STAMP) ## style, spelling and types
	@sh tools/lint.sh

unit: $(STAMP) ## the tests alone
	@$(BIN)/python -m pytest -n $(JOBS)

run: $(STAMP) ## run the chapters of PROFILE that are stale
	@$(BIN)/aimass run --profile $(PROFILE) --jobs $(JOBS)

check: $(STAMP) ## hold PROFILE's ledger against the claims
	@$(BIN)/aimass check --profile $(PROFILE)

compare: $(STAMP) ## set PROFILE's ledger beside the reference edition
	@$(BIN)/aimass compare $(PROFILE) reference

reference: $(STAMP) ## run the full profile on real corpora and keep it in book/reference
	@$(BIN)/aimass run --profile full --jobs $(JOBS) --reference

bench: $(STAMP) ## measure against peers, ratios in one run (see benchmarks/requirements.txt)
	@for script in benchmarks/bench_*.py; do echo "== $$script" && AIMASS_PEERS="$(PEERS)" $(BIN)/python $$script || exit 1; done

lock: $(STAMP) ## resolve the dependencies again within pyproject.toml's ranges
	@sh tools/lock.sh

environment: $(STAMP) ## write environment.yml from pyproject.toml
	@$(BIN)/python tools/environment.py

linkcheck: $(STAMP) ## try every outward link of the rendered PROFILE (needs the network)
	@$(BIN)/aimass book --profile $(PROFILE) --jobs $(JOBS) --check-links

clean: ## remove build/ and .venv (both are made again)
	rm -rf build .venv
