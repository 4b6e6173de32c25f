"""Order of nearest neighbours, computed in float64 if float32 products cannot determine it.

If float32 cosines of two neighbours differ by less than twice the bound of their rounding error, they
are compared again in float64. Cosines that then differ by at most TIE are equal, so that exact copies
tie with their originals.
"""

import numpy as np
import torch

from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Neighbours

# Float64 cosines that differ by at most this are equal.
TIE = 1e-12
# Values that are held in float64 at once.
_CHUNK_VALUES = 2**22
# Individuals whose cosines with all others are held at once.
_ROWS_AT_ONCE = 256


def rounding(features: int) -> float:
    """Bound of the error of a float32 cosine of D features.

    Rounding errors of a sum accumulate like a random walk (Higham & Mary 2019), here with partial sums
    below one. Matrix products keep at least eight running sums, so sqrt(D) is three standard deviations
    of that walk; measured errors are 4 to 50 times smaller.
    """
    return 2.0**-24 * (np.sqrt(features) + 32)


def _divisors(norms: np.ndarray) -> np.ndarray:
    """Norms with 1 in place of 0."""
    return np.where(norms > 0, norms, 1)


def pair_cosines(first: Rows, a: np.ndarray, second: Rows, b: np.ndarray) -> np.ndarray:
    """Cosines float64 (n,) of pairs of individuals with indices a (n,) and b (n,)."""
    out = np.empty(len(a))
    step = max(1, _CHUNK_VALUES // first.features)
    for i in range(0, len(a), step):
        part = slice(i, i + step)
        x, y = (torch.from_numpy(rows.read(p[part])).double() for rows, p in ((first, a), (second, b)))
        out[part] = torch.linalg.vecdot(x, y).numpy()
    out /= _divisors(first.norms[a]) * _divisors(second.norms[b])
    out[(first.norms[a] == 0) & (second.norms[b] == 0)] = 1.0
    return out


def _own_count(own: np.ndarray, cosines: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Number float64 (n,) of own ones, bool (n, m), among the `counts` (n,) largest cosines (n, m) of
    each row; equal cosines share the remaining ranks equally."""
    last = np.take_along_axis(-np.sort(-cosines, axis=1), counts[:, None] - 1, axis=1)
    inside, tied = cosines > last + TIE, np.abs(cosines - last) <= TIE
    left = counts - inside.sum(1)
    return (inside & own).sum(1) + left * (tied & own).sum(1) / tied.sum(1)


def own_share(
    points: Rows, others: Rows, near_own: Neighbours, near_others: Neighbours, nearest: int
) -> np.ndarray:
    """Share float64 (N,) of the own set among the `nearest` neighbours of each individual of `points` in
    the union of `points` (without itself) and `others`; equally near individuals share the remaining
    ranks equally.

    The lists of neighbours are those of `search.within` and `search.between`. Raises ValueError if there
    are fewer than `nearest` individuals.
    """
    available = len(points) - 1 + len(others)
    if nearest > available:
        raise ValueError(f"{nearest} neighbours are requested, but there are {available} individuals")
    slack = 2 * rounding(points.features)
    cosines = np.concatenate([near_own.cosines, near_others.cosines], 1).astype(np.float64)
    indices = np.concatenate([near_own.indices, near_others.indices], 1)
    own = (np.arange(cosines.shape[1]) < near_own.cosines.shape[1]) & (indices >= 0)
    last = np.partition(cosines, -nearest, axis=1)[:, -nearest, None]
    sure, close = cosines > last + slack, np.abs(cosines - last) <= slack
    left = nearest - sure.sum(1)
    # A list that ends within the error of the last rank may lack individuals of that rank.
    cut = np.zeros(len(points), bool)
    for near in (near_own, near_others):
        if not near.complete:
            cut |= near.cosines[:, -1] >= last[:, 0] - slack
    doubtful = np.flatnonzero((close.sum(1) > left) & ~cut)
    shares = ((sure | close) & own).sum(1).astype(np.float64)
    shares[doubtful] = (sure & own)[doubtful].sum(1) + _resolve(
        points, others, doubtful, close[doubtful], own[doubtful], indices[doubtful], left[doubtful]
    )
    for rows in np.array_split(np.flatnonzero(cut), max(1, -(-cut.sum() // _ROWS_AT_ONCE))):
        if len(rows):
            shares[rows] = _own_count_of_all(points, others, rows, nearest)
    return shares / nearest


def _resolve(
    points: Rows, others: Rows, rows: np.ndarray, close: np.ndarray, own: np.ndarray,
    indices: np.ndarray, left: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Number (n,) of own individuals on the `left` (n,) remaining ranks of the individuals `rows` (n,),
    among the `close` candidates (n, m)."""
    cosines = np.full(close.shape, -np.inf)
    for side, mine in ((points, own), (others, ~own)):
        row, column = np.nonzero(close & mine)
        cosines[row, column] = pair_cosines(points, rows[row], side, indices[row, column])
    return _own_count(own, cosines, left) if len(rows) else np.empty(0)


def _own_count_of_all(points: Rows, others: Rows, rows: np.ndarray, nearest: int) -> np.ndarray:
    """As `own_share` but in counts, from all cosines of the individuals `rows` in float64."""
    mine = _all_cosines(points, rows, points)
    mine[np.arange(len(rows)), rows] = -np.inf
    cosines = np.concatenate([mine, _all_cosines(points, rows, others)], 1)
    own = np.broadcast_to(np.arange(cosines.shape[1]) < len(points), cosines.shape)
    return _own_count(own, cosines, np.full(len(rows), nearest))


def _all_cosines(points: Rows, rows: np.ndarray, others: Rows) -> np.ndarray:
    """Cosines float64 (n, M) of the individuals `rows` of `points` with all of `others`."""
    x, out = points.read(rows).astype(np.float64), np.empty((len(rows), len(others)))
    step = max(1, _CHUNK_VALUES // points.features)
    for i in range(0, len(others), step):
        part = np.arange(i, min(i + step, len(others)))
        out[:, part] = x @ others.read(part).astype(np.float64).T
    out /= _divisors(points.norms[rows])[:, None] * _divisors(others.norms)
    zero = (points.norms[rows] == 0)[:, None] & (others.norms == 0)[None]
    out[zero] = 1.0
    return out


def nearest_cosine(points: Rows, others: Rows, near: Neighbours) -> np.ndarray:
    """Cosine float64 (N,) of each point and the nearest of `others`; `near` is from `search.between`."""
    close = near.cosines >= near.cosines[:, :1] - 2 * rounding(points.features)
    row, column = np.nonzero(close)
    best = np.full(len(points), -np.inf)
    np.maximum.at(best, row, pair_cosines(points, row, others, near.indices[row, column]))
    # Where the whole list is close, the nearest may be missing from it.
    cut = np.flatnonzero(close.all(1)) if not near.complete else np.empty(0, np.int64)
    for start in range(0, len(cut), _ROWS_AT_ONCE):
        rows = cut[start : start + _ROWS_AT_ONCE]
        best[rows] = _all_cosines(points, rows, others).max(1)
    return best
