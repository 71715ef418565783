# Copyright (c) 2026, PremierVPN
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs: git, make, and a Python 3.11 or newer with venv. All else is installed into .build/.

SHELL := /bin/bash

# The first of these that really runs: a version manager's shim may be found and still not work.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	>/dev/null 2>&1 && echo "$$name" && break; done)

TOOLS := .build/tools
NOX := $(TOOLS)/bin/nox --noxfile noxfile.py

# Passed on to the tools: make unit ARGS='-k budget -x'
ARGS ?=
PASS = $(if $(ARGS),-- $(ARGS))

.DEFAULT_GOAL := help
.PHONY: help
help: ## This list
	@echo "make TARGET; whatever is needed is installed into .build/ first."
	@echo
	@sed -n 's/^\([a-z_-]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "  %-16s %s\n", $$1, $$2 }'
	@echo
	@echo "ARGS='...' goes on to the tool, as in: make unit ARGS='-k budget -x'"

$(TOOLS)/ready: tests/requirements/nox.txt tests/requirements/uv.txt scripts/bootstrap.py
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or newer with venv and ensurepip was found (Debian: python3-venv)." >&2; exit 1; fi
	@$(PYTHON) scripts/bootstrap.py $(TOOLS)

SESSIONS := lint partner reuse codespell ansible_lint awx sanity floor_sanity workflows docsite build floor_build galaxy_importer integration floor unit eda coverage demo record bench mutation docs simulator lock
.PHONY: test $(SESSIONS)

test: $(TOOLS)/ready ## Everything: lint, sanity, build, all tests, on the oldest and the newest ansible-core
	@checks=ok; tests=ok; \
	$(NOX) --tags checks --parallel auto || checks=FAILED; \
	$(NOX) --tags tests || tests=FAILED; \
	echo; echo "checks: $$checks; tests: $$tests"; \
	[ "$$checks$$tests" = okok ]

lint: ## Style, types, documentation, changelog
partner: ## The linters of Red Hat's partners for event sources
reuse: ## Copyright and licence of every file
codespell: ## Words that are often misspelt
ansible_lint: ## ansible-lint, profile production
awx: ## The set-up of AWX against awx.awx, and what an execution environment gets
sanity: ## ansible-test sanity
floor_sanity: ## ansible-test sanity on the oldest ansible-core
workflows: ## Check the workflows and forms of .github
docsite: ## Build the documentation as a site, in .build/docsite/html
build: ## Build the artifact, check what is in it, install it, use it
floor_build: ## The same on the oldest ansible-core
galaxy_importer: ## What Ansible Galaxy would say to the artifact
integration: ## ansible-test integration: on the simulator, or with a key on the real portal
floor: ## All tests on the oldest ansible-core
unit: ## The fast tests only
eda: ## The event source, with ansible-rulebook and Java
coverage: ## All tests, and what of plugins/module_utils none of them ran
demo: ## Watch a play against the simulated portal
record: ## Record the demo as the moving picture of README and site
bench: ## Measure what tasks cost (ARGS=--quick: less often, and not what takes minutes)
mutation: ## Change the planner in every small way, and see whether its tests notice
docs: ## Write docs/fault-matrix.md and docs/bad-input.md anew
simulator: ## Start the simulated portal
lock: ## Write the pins of tests/requirements/constraints.txt anew (ARGS=--upgrade: the newest)
$(SESSIONS): $(TOOLS)/ready
	@$(NOX) --sessions $@ $(PASS)

.PHONY: tunnel tunnel-packages
tunnel: $(TOOLS)/ready ## The role wg_client on real WireGuard (root; some minutes)
	@PREMIERVPN_TUNNEL=required $(NOX) --tags tunnel $(PASS)

tunnel-packages: ## Install the Debian packages that `make tunnel` needs (root)
	@packages=$$($(PYTHON) -m tests.tunnel.lab.needs) && { [ -z "$$packages" ] || { apt-get -q update && \
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $$packages; }; }

.PHONY: eda-packages
eda-packages: ## Install the Debian package that `make eda` needs (root)
	@$(PYTHON) scripts/java.py 2>/dev/null || { apt-get -q update && \
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends openjdk-17-jre-headless; }

.PHONY: pytest matrix release pythons clean
matrix: $(TOOLS)/ready ## Sanity and tests on every supported ansible-core
	@$(NOX) --tags matrix $(PASS)

release: $(TOOLS)/ready ## VERSION=1.2.0: changelog, artifact, commit, tag; nothing is pushed
	@$(NOX) --sessions release -- "$(VERSION)"

pytest: $(TOOLS)/ready ## All tests on the newest ansible-core
	@$(NOX) --sessions test $(PASS)

pythons: ## The Pythons that would be used
	@$(PYTHON) scripts/pythons.py

clean: ## Remove all that the tools made
	rm -rf .build .hypothesis .ruff_cache tests/output
