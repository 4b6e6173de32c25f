#!/usr/bin/env bash
# What a GPU is worth, in at most 9 minutes: the tests of tests/gpu, then training and sampling of every
# backbone at the paper's size against a plain loop (training.py; its options are taken).
#
#   tests/benchmarks/gpu.sh --output table.md
#   tests/benchmarks/gpu.sh --device cpu --scale demo      the same on a processor, where there is no GPU
#
# Needs Python 3.11 (PYTHON, else python3) with torch, numpy, pandas, pyarrow, scikit-learn, safetensors,
# pydantic, PyYAML, tqdm and pytest. Ends with an error when a test or a measurement fails, after all have had their turn.
set -uo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3} device=cuda limit=200 failed=0
[[ " $* " == *" --device cpu "* ]] && device=cpu limit=600  # seconds of the tests

command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv
# Without tests/conftest.py, which is the whole project's and needs more. Warnings of another torch than
# the project's are no failures.
timeout --signal=INT --kill-after=20 "$limit" "$python" -m pytest -q -m gpu --confcutdir=tests/gpu \
  -p no:cacheprovider -W default --tb=short --durations=9 --device "$device" tests/gpu || failed=1
"$python" tests/benchmarks/training.py --device "$device" --scale paper --seconds 2 --minutes 5.5 "$@" || failed=1
exit "$failed"
