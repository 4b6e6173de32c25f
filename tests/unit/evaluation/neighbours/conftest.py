"""Sets of individuals that a search must get right, and slow, obvious answers."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget, between, within


def angles(x, y):
    """Cosines by loops: 1 between two individuals of zeros, 0 between one and anybody else."""
    out = np.empty((len(x), len(y)))
    for i, a in enumerate(x.astype(float)):
        for j, b in enumerate(y.astype(float)):
            lengths = np.linalg.norm(a) * np.linalg.norm(b)
            out[i, j] = a @ b / lengths if lengths else float(not a.any() and not b.any())
    return out


def slow_share(x, y, nearest):
    """Share of each x individual's nearest in x and y that are of x, ties sharing, by loops."""
    mine, theirs = angles(x, x), angles(x, y)
    shares = []
    for i in range(len(x)):
        own = [c for j, c in enumerate(mine[i]) if j != i]
        all_individuals = sorted([*own, *theirs[i]], reverse=True)
        last = all_individuals[nearest - 1]
        inside = [c for c in all_individuals if c > last + 1e-12]
        tied = [c for c in all_individuals if abs(c - last) <= 1e-12]
        mine_inside = sum(c > last + 1e-12 for c in own)
        mine_tied = sum(abs(c - last) <= 1e-12 for c in own)
        shares.append((mine_inside + (nearest - len(inside)) * mine_tied / len(tied)) / nearest)
    return np.array(shares)


def _sets():
    rng = np.random.default_rng(0)

    def normal(n, d=20):
        return rng.standard_normal((n, d)).astype(np.float32)

    x, y = normal(23), normal(31)
    copies = y.copy()
    copies[:20] = x[:20]
    zeros = [a.copy() for a in (x, y)]
    zeros[0][[0, 5]] = 0
    zeros[1][:3] = 0
    lattice = [rng.integers(-1, 2, (n, 3)).astype(np.float32) for n in (30, 25)]
    return {
        "random": (x, y),
        "identical": (x, x),
        "some copies": (x, copies),
        "copies twice": (x, np.concatenate([x, x])),
        "longer copies": (x, 3 * x),
        "far apart": (x + 50, y - 50),
        "all in one point": (x, np.repeat(y[:1], 31, 0)),
        "nearly in one point": (x, y[:1] + 1e-6 * normal(31)),
        "individuals of zeros": zeros,
        "many ties": lattice,
        "one dimension": (normal(8, 1), normal(9, 1)),
        "few individuals": (normal(3), normal(2)),
    }


SETS = _sets()


@pytest.fixture
def slow():
    """The slow answers: cosines of two sets, and shares of own individuals among the nearest."""
    return SimpleNamespace(angles=angles, share=slow_share)


@pytest.fixture(params=SETS)
def pair(request):
    """Two sets of individuals, float32 (N, D) and (M, D)."""
    return SETS[request.param]


@pytest.fixture
def cpu():
    """Enough for all individuals in one block."""
    return Budget(64, torch.device("cpu"))


@pytest.fixture(params=[64, 0.002], ids=["one block", "many blocks"])
def budget(request):
    return Budget(request.param, torch.device("cpu"))


@pytest.fixture
def search():
    """Rows and neighbour lists of two arrays: what `own_share` of the first takes."""

    def run(x, y, nearest, budget):
        a, b = (rows_of(part, np.zeros(len(part))) for part in (x, y))
        return a, b, within(a, nearest, budget), between(a, b, nearest, budget)[0]

    return run
