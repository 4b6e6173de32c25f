"""One Gaussian per class: covariance of low rank plus a diagonal."""

import numpy as np
from sklearn.utils.extmath import randomized_svd

from genodiff.generators import FeatureOrigins
from genodiff.runtime.errors import InputError

# Power iterations: the leading components to a relative accuracy that sampling noise hides.
_ITERATIONS = 7


class Gaussian:
    """Mean, the `rank` leading components of the covariance, and on top a variance of its own for each
    feature, so that every feature has the training variance. With `rank` of at least N - 1 or D: the
    full sample covariance.

    Raises InputError for fewer than two individuals: they have no covariance.
    """

    def __init__(self, x: np.ndarray, features: FeatureOrigins, rank: int):
        if len(x) < 2:
            raise InputError(
                "reference gaussian: a class with one training individual has no covariance; leave it out "
                "of `references`, or merge small classes"
            )
        self.mean = x.mean(0, dtype=np.float64).astype(np.float32)
        centred = x - self.mean
        rank = min(rank, *x.shape)
        values, vectors = np.empty(0, np.float32), np.empty((0, x.shape[1]), np.float32)
        if rank:
            _, values, vectors = randomized_svd(centred, rank, n_iter=_ITERATIONS, random_state=0)
        self.factors = (values / np.sqrt(len(x) - 1))[:, None].astype(np.float32) * vectors
        total = np.square(centred, dtype=np.float64).sum(0) / (len(x) - 1)
        rest = np.clip(total - np.square(self.factors, dtype=np.float64).sum(0), 0, None)
        self.deviation = np.sqrt(rest).astype(np.float32)

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """New individuals float32 (count, D)."""
        common = rng.standard_normal((count, len(self.factors)), np.float32) @ self.factors
        own = rng.standard_normal((count, len(self.mean)), np.float32) * self.deviation
        return self.mean + common + own
