"""A Gaussian for each class, from means and covariances to which noise is added.

Each gene has a covariance block, and one with each of its `neighbours` genes before it on the
chromosome; a gene then depends on these genes and, given them, on no others.
"""

import numpy as np

from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators.base import Blocks, Resources
from genodiff.generators.private import BLOCK_VALUES, UNBOUNDED, PrivateGenerator, kept_of_noise, parts
from genodiff.privacy.budget import Use, calibrated
from genodiff.privacy.mechanism import bounded_weights

# Least variance of a direction of a gene, in units of the panel's.
_LEAST_VARIANCE = 1e-3


class GaussianDp(PrivateGenerator):
    """Means of classes and covariance blocks of genes, the latter of all classes together.

    Of the numbers with noise as much is used as is more than noise: class means move from the mean of
    everybody, covariance blocks from those of the panel. That costs nothing.
    """

    # Whether components of a gene depend on one another.
    diagonal = False

    def __init__(self, layout: Layout, privacy: dict[str, float], neighbours: int):
        super().__init__(layout, privacy)
        self.neighbours = neighbours
        chromosomes = layout.chromosomes()
        # before[l, g]: whether the gene l before g is on its chromosome.
        self.before = np.zeros((neighbours + 1, layout.padded_genes), bool)
        for lag in range(neighbours + 1):
            own = chromosomes[lag:] == chromosomes[: len(chromosomes) - lag]
            self.before[lag, lag : len(chromosomes)] = own

    def fit_private(self, training: Individuals) -> dict[str, np.ndarray]:
        """Tensors float32: mean (C, P, K), weights (P, L K, K) of the L genes before each gene and
        factor (P, K, K) of what these leave."""
        numbers = self.layout.class_numbers(training.labels)
        counts = np.bincount(numbers, minlength=len(self.layout.classes) + 1)
        self.uses = calibrated(
            [Use("sums of components by class", 1.0), Use("sums of products of components", 1.0)],
            self.epsilon, self.delta,
        )  # fmt: skip
        means = self.class_means(training.x, numbers, self.uses[0])
        covariance = self._covariance(training.x, means, counts)
        return {
            "mean": means[: len(self.layout.classes)].astype(np.float32),
            **conditionals(covariance, self.before, self.layout.mask()),
        }

    def _covariance(self, x: np.ndarray, means: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Covariances float64 (L + 1, P, K, K) within classes of each gene with itself and the L genes
        before it."""
        allowed = self._allowed()
        panel = self._products(self.panel, np.ones(len(self.panel))) / len(self.panel)
        centre = self.panel.mean(0, dtype=np.float64)
        panel = (panel - self._outer(centre, centre)) * allowed
        bound = float(np.quantile(self._product_norms(self.panel), UNBOUNDED))
        own = self._products(x, bounded_weights(self._product_norms(x), bound))
        total = counts.sum()
        own = self.noisy(own, self.uses[1], bound) / total
        # A block of a gene with itself is symmetric, its noise is not yet.
        own[0] = (own[0] + own[0].transpose(0, 2, 1)) / 2
        for mean, count in zip(means, counts, strict=True):
            own -= self._outer(mean, mean) * (count / total)
        difference = (own - panel) * allowed
        entries = allowed.sum((2, 3))
        entries[0] = (entries[0] + np.einsum("gkk->g", allowed[0])) / 2
        variance = (self.uses[1].noise_multiplier * bound / total) ** 2 + 1 / total
        kept = kept_of_noise(entries * variance, (difference**2).sum((2, 3)))
        return panel + difference * kept[:, :, None, None]

    def _allowed(self) -> np.ndarray:
        """Float64 (L + 1, P, K, K): 1 where two components may be correlated."""
        mask = self.layout.mask().astype(np.float64)
        found = self._outer(mask, mask)
        return found * np.eye(mask.shape[1]) if self.diagonal else found

    def _outer(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Products (L + 1, P, K, K) of the values (P, K) of the genes before each gene and its own."""
        found = np.zeros((*self.before.shape, one.shape[1], one.shape[1]))
        for lag, here in enumerate(self.before):
            genes = np.flatnonzero(here)
            found[lag, genes] = one[genes - lag, :, None] * other[genes, None, :]
        return found

    def _products(self, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Weighted sums over individuals float64 (L + 1, P, K, K) of the products of a gene's
        components with its own and those of the genes before it."""
        found = np.zeros((*self.before.shape, x.shape[2], x.shape[2]))
        for part in parts(x):
            genes_first = x[part].astype(np.float64).transpose(1, 0, 2)
            weighted = genes_first * weights[part][:, None]
            for lag, here in enumerate(self.before):
                genes = np.flatnonzero(here)
                found[lag, genes] += weighted[genes - lag].transpose(0, 2, 1) @ genes_first[genes]
        return found * self._allowed()

    def _product_norms(self, x: np.ndarray) -> np.ndarray:
        """Norm float64 (N,) of all products of an individual that are in the sums."""
        squares = np.zeros(len(x))
        for part in parts(x):
            own = np.square(x[part], dtype=np.float64)
            if self.diagonal:
                squares[part] = (own**2).sum((1, 2))
                continue
            lengths = own.sum(2)
            for lag, here in enumerate(self.before):
                genes = np.flatnonzero(here)
                squares[part] += (lengths[:, genes - lag] * lengths[:, genes]).sum(1)
        return np.sqrt(squares)

    def draw(
        self, model: dict[str, np.ndarray], numbers: np.ndarray, seed: int, resources: Resources
    ) -> Blocks:
        """Draw gene by gene along each chromosome."""
        rng, (genes, features) = np.random.default_rng(seed), model["mean"].shape[1:]
        lags = model["weights"].shape[1] // features
        size = max(1, BLOCK_VALUES // (genes * features))
        for first in range(0, len(numbers), size):
            own = numbers[first : first + size]
            noise = rng.standard_normal((genes, len(own), features), np.float32)
            found = noise @ model["factor"].transpose(0, 2, 1)
            for gene in range(lags and genes):
                for lag in range(1, min(lags, gene) + 1):
                    weights = model["weights"][gene, (lag - 1) * features : lag * features]
                    found[gene] += found[gene - lag] @ weights
            yield model["mean"][own] + found.transpose(1, 0, 2), own


def conditionals(covariance: np.ndarray, before: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    """What each gene is given those before it: weights float32 (P, L K, K), factor float32 (P, K, K).

    `covariance` float64 (L + 1, P, K, K), `before` bool (L + 1, P), `mask` bool (P, K). The covariance
    of a gene and those before it is replaced by the nearest positive definite one.
    """
    lags, (genes, features) = len(before) - 1, mask.shape
    weights = np.zeros((genes, lags * features, features), np.float32)
    factor = np.zeros((genes, features, features), np.float32)
    for gene in range(genes):
        near = [lag for lag in range(lags + 1) if before[lag, gene]]
        if not near:
            continue  # padding
        whole = np.zeros((len(near) * features,) * 2)
        for i, one in enumerate(near):
            for j, other in enumerate(near[: i + 1]):
                # The gene `one` before is `one - other` before the gene `other` before.
                block = covariance[one - other, gene - other]
                rows, columns = (slice(n * features, (n + 1) * features) for n in (i, j))
                whole[rows, columns], whole[columns, rows] = block, block.T
        live = np.flatnonzero(np.concatenate([mask[gene - lag] for lag in near]))
        whole = positive_definite(whole[np.ix_(live, live)])
        count = int(mask[gene].sum())
        own, rest = slice(0, count), slice(count, None)
        slope = np.linalg.solve(whole[rest, rest], whole[rest, own])
        left = positive_definite(whole[own, own] - whole[own, rest] @ slope)
        weights[np.ix_([gene], live[count:] - features, np.arange(count))] = slope
        factor[gene, :count, :count] = np.linalg.cholesky(left)
    return {"weights": weights, "factor": factor}


def positive_definite(matrix: np.ndarray) -> np.ndarray:
    """The nearest symmetric matrix (n, n), by the Frobenius norm, whose eigenvalues are at least
    `_LEAST_VARIANCE`."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.maximum(values, _LEAST_VARIANCE)) @ vectors.T
