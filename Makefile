# `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= all
# Number of test processes; each may start a workflow on two cores.
WORKERS ?= logical

.DEFAULT_GOAL := help
.PHONY: help setup run check test test-fast test-slurm benchmark-neighbours benchmark-genotypes benchmark-sampling benchmark-denoising benchmark-training benchmark-gpu lint format manifest config-docs rulegraph clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

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

run: $(VENV)/.runtime ## everything on the built-in cohort: tables, figures, results/report.html
	PATH="$(abspath $(BIN)):$$PATH" snakemake --cores $(CORES)
	@echo && cat results/table1.tsv && echo && echo 'Open results/report.html in a browser.'

check: $(VENV)/.runtime ## check the inputs of a configuration: make check CONFIG=mine.yaml
	PATH="$(abspath $(BIN)):$$PATH" snakemake --cores $(CORES) check $(if $(CONFIG),--configfile $(CONFIG))

test: $(VENV)/.test ## all tests except test-slurm (on real genotypes if ../shared/data exists)
	PATH="$(abspath $(BIN)):$$PATH" python -m pytest --numprocesses $(WORKERS) --maxprocesses 8 --dist loadgroup --no-loadscope-reorder

test-fast: $(VENV)/.test ## the unit tests that take less than a second each
	PATH="$(abspath $(BIN)):$$PATH" python -m pytest -m 'not slow' --numprocesses $(WORKERS) --maxprocesses 8 --dist loadgroup tests/unit

test-slurm: $(VENV)/.test ## the workflow on a real one-node SLURM that the test installs and starts; as root on Debian
	PATH="$(abspath $(BIN)):$$PATH" python -m pytest -m slurm tests/slurm

benchmark-neighbours: $(VENV)/.runtime ## neighbour search compared with its bare matrix products
	$(BIN)/python tests/benchmarks/neighbours.py $(BENCHMARK)

benchmark-genotypes: $(VENV)/.runtime ## VCF to matrices, per-gene PCA and formats, compared with bare libraries
	$(BIN)/python tests/benchmarks/vcf_to_matrix.py
	$(BIN)/python tests/benchmarks/genotype_files.py
	$(BIN)/python tests/benchmarks/pca.py

benchmark-sampling: $(VENV)/.runtime ## samplers and steps on a finished run: BENCHMARK="--results results"
	$(BIN)/python tests/benchmarks/sampling.py $(BENCHMARK)

benchmark-denoising: $(VENV)/.runtime ## what each part of a generator is worth, on a run with tensors: BENCHMARK="--change values=0"
	$(BIN)/python tests/benchmarks/denoising.py $(BENCHMARK)

benchmark-training: $(VENV)/.runtime ## each backbone compared with a plain loop: BENCHMARK="--scale demo"
	$(BIN)/python tests/benchmarks/training.py $(BENCHMARK)

benchmark-gpu: $(VENV)/.test ## tests and speed of a GPU at the paper's size; without a GPU: BENCHMARK="--device cpu --scale demo"
	PYTHON=$(BIN)/python tests/benchmarks/gpu.sh $(BENCHMARK)

lint: $(VENV)/.test ## ruff, snakefmt and snakemake --lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile rules workflow/Snakefile
	PATH="$(abspath $(BIN)):$$PATH" snakemake --lint

format: $(VENV)/.test ## format Python and Snakemake files
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/snakefmt Snakefile rules workflow/Snakefile

manifest: ## update the list of the workflow's files (after adding or removing one)
	cd workflow/scripts && find . -name '*.py' -o -name '*.jinja' | sed 's|^\./||' | LC_ALL=C sort > MANIFEST

config-docs: $(VENV)/.runtime ## regenerate config/schema.yaml and the tables of config/README.md (after changing a setting)
	PYTHONPATH=workflow/scripts $(BIN)/python -m genodiff.workflow.settings.documents

rulegraph: $(VENV)/.runtime ## redraw docs/rulegraph.svg (needs graphviz)
	PATH="$(abspath $(BIN)):$$PATH" snakemake --configfile tests/workflow/tiny.yaml --rulegraph -- all check release basis 2>/dev/null | dot -Grankdir=LR -Tsvg > docs/rulegraph.svg

clean: ## remove results, Snakemake's records and caches; keeps .venv
	rm -rf results .snakemake .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
