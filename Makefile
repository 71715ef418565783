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

# What else runs beside the checks of `make test`: gates, eda.
BESIDE ?=

.DEFAULT_GOAL := help
.PHONY: help
help:
	@echo "make TARGET; whatever is needed is installed into .build/ first."
	@awk -F ':.*## |^##@ ' '/^##@ / { printf "\n%s\n", $$2 } /^[a-z_-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "ARGS='...' goes on to the tool: make unit ARGS='-k budget -x', make pytest ARGS=tests/unit/test_pages.py"

$(TOOLS)/ready: tests/requirements/nox.txt tests/requirements/uv.txt scripts/bootstrap.py
	@if [ -z "$(PYTHON)" ]; then \
		echo "No Python 3.11 or newer with venv and ensurepip was found (Debian: python3-venv)." >&2; exit 1; fi
	@$(PYTHON) scripts/bootstrap.py $(TOOLS)

SESSIONS := demo simulator unit \
	lint partner reuse codespell ansible_lint awx sanity floor_sanity workflows docsite build floor_build galaxy_importer \
	integration floor tunnel_floor eda \
	coverage mutation parts bench soak docs record lock
.PHONY: test pytest gates tunnel tunnel-packages eda-packages matrix release pythons clean $(SESSIONS)

##@ Use it
demo: ## Watch a play against the simulated portal
simulator: ## Start the simulated portal

##@ Test a change
unit: ## The fast tests only
pytest: $(TOOLS)/ready ## The tests on the newest ansible-core
	@$(NOX) --sessions test $(PASS)
test: $(TOOLS)/ready ## What a change has to pass: lint, sanity, the tests on the newest and the oldest ansible-core
	@checks=ok; tests=ok; \
	$(NOX) --tags floor checks $(BESIDE) --parallel $(if $(BESIDE),$$(($$(nproc) + 2)),auto) || checks=FAILED; \
	$(NOX) --tags tests || tests=FAILED; \
	echo; echo "checks and floor: $$checks; tests: $$tests"; \
	[ "$$checks$$tests" = okok ]

gates: $(TOOLS)/ready ## What few changes break: the artifact on both cores, Galaxy's importer, AWX, integration, the site
	@$(NOX) --tags gates --parallel auto

##@ One check alone
lint: ## Style, types, documentation, changelog
ansible_lint: ## ansible-lint, profile production
sanity: ## ansible-test sanity of what is published
floor_sanity: ## The same of all files, on the oldest ansible-core
build: ## Build the artifact, check what is in it, install it, use it
floor_build: ## The same on the oldest ansible-core
galaxy_importer: ## What Ansible Galaxy would say to the artifact
docsite: ## Build the documentation as a site, in .build/docsite/html
awx: ## The set-up of AWX against awx.awx, and what an execution environment gets
partner: ## The linters of Red Hat's partners for event sources
workflows: ## Check the workflows and forms of .github
reuse: ## Copyright and licence of every file
codespell: ## Words that are often misspelt

##@ More tests
floor: ## What depends on ansible-core, on the oldest
integration: ## ansible-test integration: on the simulator, or with a key on the real portal
tunnel: $(TOOLS)/ready ## The role wg_client on real WireGuard (root; some minutes)
	@$(NOX) --tags tunnel $(PASS)
tunnel_floor: ## Those of these tests that use most of Ansible, on the oldest ansible-core (root)
tunnel-packages: ## Install the Debian packages that `make tunnel` needs (root)
	@packages=$$($(PYTHON) -m tests.tunnel.lab.needs) && { [ -z "$$packages" ] || { apt-get -q update && \
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $$packages; }; }
eda: ## The event source, with ansible-rulebook and Java
eda-packages: ## Install the Debian package that `make eda` needs (root)
	@$(PYTHON) scripts/java.py 2>/dev/null || { apt-get -q update && \
		DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends openjdk-17-jre-headless; }
matrix: $(TOOLS)/ready ## Sanity and all tests on every supported ansible-core
	@$(NOX) --tags matrix $(PASS)

##@ For maintainers
coverage: ## All tests, and what of plugins/module_utils none of them ran
mutation: ## Change the layers in small ways: do unit tests notice? (ARGS='--sample 40 --only _planning')
parts: ## Leave each part out of playbooks and roles: do tests notice? (ARGS='--sample 20 --only drift')
bench: ## Measure what tasks cost (ARGS=--quick: less often, and not what takes minutes)
soak: ## Jobs, clicks, faults and kills, and nothing is lost untold (ARGS='--minutes 20 --seed 7')
docs: ## Write docs/fault-matrix.md and docs/bad-input.md anew
record: ## Record the demo as the moving picture of README and site
lock: ## Write the pins of tests/requirements/constraints.txt anew (ARGS=--upgrade: the newest)
release: $(TOOLS)/ready ## VERSION=1.2.0: changelog, artifact, commit, tag; nothing is pushed
	@$(NOX) --sessions release -- "$(VERSION)"
pythons: ## The Pythons that would be used
	@$(PYTHON) scripts/pythons.py
clean: ## Remove all that the tools made
	rm -rf .build .hypothesis .ruff_cache tests/output

$(SESSIONS): $(TOOLS)/ready
	@$(NOX) --sessions $@ $(PASS)
