"""Exact neighbour search against the bare matrix products it needs, in one run.

python tests/benchmarks/neighbours.py [--individuals N] [--features D] [--memory-mb M] [--folder F]

Two random sets of N individuals and D features; searched as the compare job does for Tables 2 and 3
(neighbours within each set and between them, near ties settled in float64). The bare products are those
of the same blocks, kept in memory. Prints both times, their ratio and the process's peak memory.
"""

import argparse
import resource
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from genodiff.evaluation.neighbours.rows import Rows, Store
from genodiff.evaluation.neighbours.search import Budget, block_size
from genodiff.evaluation.nn_adversarial import compare


def random_individuals(
    individuals: int, features: int, memory_mb: float, folder: str, seed: int
) -> Rows:
    """Normal individuals, written in blocks."""
    rng, store = np.random.default_rng(seed), Store.empty(individuals, features, memory_mb, folder)
    norms = []
    for start in range(0, individuals, 256):
        x = rng.standard_normal((min(256, individuals - start), features), np.float32)
        store.write(start, x)
        norms.append(np.linalg.norm(x, axis=1).astype(np.float64))
    return Rows(store, np.arange(individuals), np.concatenate(norms), np.zeros(individuals, np.int64))


def bare_products(individuals: int, features: int, size: int) -> float:
    """Seconds of the products alone: half of each set with itself, and all of one with the other."""
    blocks = -(-individuals // size)
    a, b = torch.randn(2, min(size, individuals), features)
    pairs = blocks * (blocks + 1) + blocks**2
    start = perf_counter()
    for _ in range(pairs):
        a @ b.T
    # The last block of a set is smaller; count what is there.
    return (perf_counter() - start) * (individuals / (blocks * len(a))) ** 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--individuals", type=int, default=3000)
    parser.add_argument("--features", type=int, default=20_000)
    parser.add_argument("--memory-mb", type=float, default=1024, help="of comparison.memory_mb")
    parser.add_argument("--folder", default=".", help="for scratch files")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    part = options.memory_mb / 4
    sets = [
        random_individuals(options.individuals, options.features, part, options.folder, seed)
        for seed in (0, 1)
    ]
    left = options.memory_mb - sum(rows.store.held_mb for rows in sets)
    where = "memory" if sets[0].store.memory is not None else "scratch files"
    size = block_size(options.features, left)
    print(
        f"{options.individuals} x {options.features} features, in {where}, blocks of {size} individuals"
    )
    start = perf_counter()
    compare(*sets, 10, Budget(left, torch.device("cpu")))
    search = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    bare = bare_products(options.individuals, options.features, size)
    operations = 2 * options.features * 2 * options.individuals**2
    print(f"search {search:.1f} s; bare products {bare:.1f} s ({operations / bare / 1e9:.0f} GFLOP/s)")
    print(f"ratio {search / bare:.2f}; peak memory of the search {peak:.2f} GiB")


if __name__ == "__main__":
    main()
