"""One Gaussian for each class: covariance of low rank plus a diagonal."""

import numpy as np
from sklearn.utils.extmath import randomized_svd

from genodiff.formats.tensors import Layout
from genodiff.generators.base import ClasswiseGenerator
from genodiff.runtime.errors import InputError

# Power iterations: the leading components to a relative accuracy that sampling noise hides.
_ITERATIONS = 7


class Gaussian(ClasswiseGenerator):
    """Mean and the `rank` leading components of the covariance; each feature has a residual variance on
    top, so that it has the training variance. With `rank` of at least N - 1 or D: the full sample
    covariance."""

    def __init__(self, layout: Layout, rank: int):
        super().__init__(layout)
        self.rank = rank

    def fit_class(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Tensors mean (D,), factors (rank, D), residual_sd (D,), float32.

        Raises InputError for fewer than two individuals, which have no covariance.
        """
        if len(x) < 2:
            raise InputError(
                "generator gaussian: a class with one training individual has no covariance; leave the "
                "generator out of `run_generators`, or merge small classes"
            )
        mean = x.mean(0, dtype=np.float64).astype(np.float32)
        x -= mean
        rank = min(self.rank, *x.shape)
        values, vectors = np.empty(0, np.float32), np.empty((0, x.shape[1]), np.float32)
        if rank:
            _, values, vectors = randomized_svd(x, rank, n_iter=_ITERATIONS, random_state=0)
        factors = (values / np.sqrt(len(x) - 1))[:, None].astype(np.float32) * vectors
        total = np.einsum("nd,nd->d", x, x, dtype=np.float64) / (len(x) - 1)
        rest = np.clip(total - np.square(factors, dtype=np.float64).sum(0), 0, None)
        return {"mean": mean, "factors": factors, "residual_sd": np.sqrt(rest).astype(np.float32)}

    def draw_class(
        self, model: dict[str, np.ndarray], count: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Draw from the Gaussian."""
        common = rng.standard_normal((count, len(model["factors"])), np.float32) @ model["factors"]
        residual = rng.standard_normal((count, len(model["mean"])), np.float32) * model["residual_sd"]
        return model["mean"] + common + residual
