"""Which individuals are nearer, settled in float64 where float32 products cannot tell.

A float32 cosine is off by its rounding error. A decision between two neighbours whose cosines differ by
less than twice that is made again from float64 products; cosines that then still agree to TIE are equal,
so exact copies tie with what they are copies of.
"""

import numpy as np
import torch

from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Neighbours

# Cosines in float64 that differ by less are equal.
TIE = 1e-12
# Values of the rows that are held in float64 at a time.
_CHUNK_VALUES = 2**22
# Individuals whose cosines with all individuals are held at a time.
_ROWS_AT_ONCE = 256


def rounding(features: int) -> float:
    """Bound of the error of a float32 cosine of D features.

    Rounding errors of a sum add up like a random walk (Higham & Mary 2019), here of partial sums below
    one. Matrix products keep eight running sums and more, so sqrt(D) is three standard deviations of
    that walk; measured errors are 4 to 50 times smaller.
    """
    return 2.0**-24 * (np.sqrt(features) + 32)


def _lengths(rows: Rows, places: np.ndarray) -> np.ndarray:
    """Norms float64 (n,), 1 for individuals of zeros."""
    norms = rows.norms[places]
    return np.where(norms > 0, norms, 1)


def pair_cosines(first: Rows, a: np.ndarray, second: Rows, b: np.ndarray) -> np.ndarray:
    """Cosines float64 (n,) of pairs of individuals at places a (n,) and b (n,)."""
    out = np.empty(len(a))
    step = max(1, _CHUNK_VALUES // first.features)
    for i in range(0, len(a), step):
        part = slice(i, i + step)
        x, y = (torch.from_numpy(rows.read(p[part])).double() for rows, p in ((first, a), (second, b)))
        out[part] = torch.linalg.vecdot(x, y).numpy()
    out /= _lengths(first, a) * _lengths(second, b)
    out[(first.norms[a] == 0) & (second.norms[b] == 0)] = 1.0
    return out


def _inside(own: np.ndarray, cosines: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How many of each row's `places` (n,) largest cosines (n, m) are own ones (bool), as float64 (n,);
    equal cosines share the places that are left for them."""
    last = np.take_along_axis(-np.sort(-cosines, axis=1), places[:, None] - 1, axis=1)
    inside, tied = cosines > last + TIE, np.abs(cosines - last) <= TIE
    left = places - inside.sum(1)
    return (inside & own).sum(1) + left * (tied & own).sum(1) / tied.sum(1)


def own_share(
    points: Rows, others: Rows, near_own: Neighbours, near_others: Neighbours, nearest: int
) -> np.ndarray:
    """Share float64 (N,) of each point's `nearest` neighbours that are of its own set.

    The neighbours are those in the union of `points` (itself left out) and `others`; equally near
    individuals share the places that are left for them. The two lists are those of `search.within` and
    `search.between`. Raises ValueError when there are fewer than `nearest` individuals.
    """
    available = len(points) - 1 + len(others)
    if nearest > available:
        raise ValueError(f"{nearest} neighbours asked for, and there are {available} individuals")
    slack = 2 * rounding(points.features)
    cosines = np.concatenate([near_own.cosines, near_others.cosines], 1).astype(np.float64)
    places = np.concatenate([near_own.places, near_others.places], 1)
    own = (np.arange(cosines.shape[1]) < near_own.cosines.shape[1]) & (places >= 0)
    last = np.partition(cosines, -nearest, axis=1)[:, -nearest, None]
    sure, close = cosines > last + slack, np.abs(cosines - last) <= slack
    left = nearest - sure.sum(1)
    # Where a list ends at the boundary, more of that set's individuals may belong.
    cut = np.zeros(len(points), bool)
    for near in (near_own, near_others):
        if not near.complete:
            cut |= near.cosines[:, -1] >= last[:, 0] - slack
    doubtful = np.flatnonzero((close.sum(1) > left) & ~cut)
    shares = ((sure | close) & own).sum(1).astype(np.float64)
    shares[doubtful] = (sure & own)[doubtful].sum(1) + _settle(
        points, others, doubtful, close[doubtful], own[doubtful], places[doubtful], left[doubtful]
    )
    for rows in np.array_split(np.flatnonzero(cut), max(1, -(-cut.sum() // _ROWS_AT_ONCE))):
        if len(rows):
            shares[rows] = _share_from_everybody(points, others, rows, nearest)
    return shares / nearest


def _settle(
    points: Rows, others: Rows, rows: np.ndarray, close: np.ndarray, own: np.ndarray,
    places: np.ndarray, left: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """How many of the `left` (n,) places of `rows` (n,) go to own individuals among the close
    candidates."""
    cosines = np.full(close.shape, -np.inf)
    for side, mine in ((points, own), (others, ~own)):
        who, column = np.nonzero(close & mine)
        cosines[who, column] = pair_cosines(points, rows[who], side, places[who, column])
    return _inside(own, cosines, left) if len(rows) else np.empty(0)


def _share_from_everybody(points: Rows, others: Rows, rows: np.ndarray, nearest: int) -> np.ndarray:
    """As `own_share`, before division, from all cosines of `rows` in float64."""
    mine = _every_cosine(points, rows, points)
    mine[np.arange(len(rows)), rows] = -np.inf
    cosines = np.concatenate([mine, _every_cosine(points, rows, others)], 1)
    own = np.broadcast_to(np.arange(cosines.shape[1]) < len(points), cosines.shape)
    return _inside(own, cosines, np.full(len(rows), nearest))


def _every_cosine(points: Rows, rows: np.ndarray, others: Rows) -> np.ndarray:
    """Cosines float64 (n, M) of some points with all individuals in `others`."""
    x, out = points.read(rows).astype(np.float64), np.empty((len(rows), len(others)))
    step = max(1, _CHUNK_VALUES // points.features)
    for i in range(0, len(others), step):
        places = np.arange(i, min(i + step, len(others)))
        out[:, places] = x @ others.read(places).astype(np.float64).T
    out /= _lengths(points, rows)[:, None] * _lengths(others, np.arange(len(others)))
    zero = (points.norms[rows] == 0)[:, None] & (others.norms == 0)[None]
    out[zero] = 1.0
    return out


def nearest_cosine(points: Rows, others: Rows, near: Neighbours) -> np.ndarray:
    """Cosine float64 (N,) of each point and the nearest of `others`; `near` is `search.between`'s."""
    close = near.cosines >= near.cosines[:, :1] - 2 * rounding(points.features)
    who, column = np.nonzero(close)
    cosines = pair_cosines(points, who, others, near.places[who, column])
    best = np.full(len(points), -np.inf)
    np.maximum.at(best, who, cosines)
    # Where the whole list is close, the nearest may be missing from it.
    cut = np.flatnonzero(close.all(1)) if not near.complete else np.empty(0, np.int64)
    for start in range(0, len(cut), _ROWS_AT_ONCE):
        rows = cut[start : start + _ROWS_AT_ONCE]
        best[rows] = _every_cosine(points, rows, others).max(1)
    return best
