# Run `make help` for what there is to do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format manifest rulegraph clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/.runtime ## make .venv with the exact pins of requirements.txt

$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'GenoDiff needs Python 3.11 or newer; name one: make setup PYTHON=python3.11'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -r requirements.txt
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements-test.txt
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -r requirements-test.txt
	@touch $@

run: $(VENV)/.runtime ## Table 1 on the built-in cohort: results/table1.tsv
	PATH="$(abspath $(BIN)):$$PATH" snakemake --cores $(CORES) results/table1.tsv
	@echo && cat results/table1.tsv

test: $(VENV)/.test ## every test (those on real genotypes where ../shared/data is there)
	PATH="$(abspath $(BIN)):$$PATH" python -m pytest

lint: $(VENV)/.test ## ruff, snakefmt and snakemake --lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile rules workflow/Snakefile
	PATH="$(abspath $(BIN)):$$PATH" snakemake --lint

format: $(VENV)/.test ## format Python and Snakemake files
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile rules workflow/Snakefile

manifest: ## list the workflow's Python files anew (after adding or removing one)
	cd workflow/scripts && find . -name '*.py' | sed 's|^\./||' | LC_ALL=C sort > MANIFEST

rulegraph: $(VENV)/.runtime ## draw docs/rulegraph.svg anew (needs graphviz)
	PATH="$(abspath $(BIN)):$$PATH" snakemake --rulegraph 2>/dev/null | dot -Grankdir=LR -Tsvg > docs/rulegraph.svg

clean: ## remove results, Snakemake's records and caches; keeps .venv
	rm -rf results .snakemake .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
