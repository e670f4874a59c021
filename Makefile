# Copyright (c) 2026 Electric Imp Collection Contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that these targets make stays in the checkout: .venv, .nox and .lab.

RUN = .venv/bin/python -m
NOX = $(RUN) nox --noxfile noxfile.py

.PHONY: help demo test emulator bench clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile
	@echo '  make test SESSIONS="style units-2.16" JOBS=1   only these sessions, one at a time'
	@echo '  make test REQUIRE_BOTH_ENDS=1                  fail if an end of the ansible-core range cannot run'

demo: .venv/ready ## Declare a small fleet on a local impCentral, twice; then its devices as hosts, and a rollout
	@$(NOX) --session demo

test: .venv/ready ## Run everything that proves the collection
	@$(RUN) tools.sessions $(if $(JOBS),--jobs $(JOBS)) $(if $(REQUIRE_BOTH_ENDS),--require-both-ends) $(SESSIONS)

emulator: .venv/ready ## Leave a seeded local impCentral running and say how to point playbooks at it
	@$(NOX) --session serve

bench: .venv/ready ## Run the benchmarks and print their ratios
	@$(NOX) --session bench

clean: ## Remove everything that the other targets made
	rm -rf .venv .nox .lab tests/output

.venv/ready: tools/requirements.txt
	@set -e; python=$$(tools/find-python); echo "Making .venv with $$python"; \
	"$$python" -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements.txt
	@touch $@
