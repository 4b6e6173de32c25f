"""Generators with a proof: all that they learn from the training individuals is sums with noise."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators.base import Generator
from genodiff.privacy.budget import Use, budget
from genodiff.privacy.mechanism import bounded_weights, secret_normal
from genodiff.runtime.errors import InputError

# Share of the panel whose contributions are below the bound of those of the private individuals.
UNBOUNDED = 0.9
# Values (float64) of a block of individuals.
BLOCK_VALUES = 2**24
# Largest delta times the number of training individuals.
LARGEST_DELTA = 0.1
# What is known without any private individual.
PUBLIC = (
    "the panel: SNPs, components, scales, decoder, and what is computed from its individuals",
    "numbers of training individuals by class, the split, and the settings, which were not chosen by "
    "results on these individuals",
    "which SNPs have records in the private genotype files, which was not decided by their calls",
)


class PrivateGenerator(Generator):
    """A generator whose `fit` spends `privacy` (epsilon and delta) and no more.

    panel: public individuals x float32 (N, P, K), set before `fit`; their labels are not used.
    uses: how the training individuals were used, set by `fit`.
    """

    panel: np.ndarray | None = None

    def __init__(self, layout: Layout, privacy: dict[str, float]):
        super().__init__(layout)
        self.epsilon, self.delta = privacy["epsilon"], privacy["delta"]
        self.uses: Sequence[Use] = ()

    def fit(self, training: Individuals) -> dict[str, np.ndarray]:
        """Fit within the budget.

        Raises InputError without a panel, and for a delta above a tenth of one individual.
        """
        if self.panel is None:
            raise InputError("a generator that is private by proof needs a public panel: features.basis")
        count = len(training.labels)
        if self.delta * count > LARGEST_DELTA:
            raise InputError(
                f"privacy.delta: {self.delta:g} is more than a tenth of one in {count}, the number of "
                "training individuals: to release one of them at random with a probability of "
                f"{min(1, self.delta * count):.2g} would be within it; give a smaller one, such as "
                f"{LARGEST_DELTA / 3 / count:.0e}"
            )
        return self.fit_private(training)

    @abstractmethod
    def fit_private(self, training: Individuals) -> dict[str, np.ndarray]:
        """The tensors of model.safetensors, and `uses`."""

    def noisy(self, sums: np.ndarray, use: Use, bound: float) -> np.ndarray:
        """Sums over training individuals with the noise of a use; one individual adds a norm of at most
        `bound` to them. Everything that is learnt goes through here."""
        return sums + use.noise_multiplier * bound * secret_normal(sums.shape)

    def class_means(self, x: np.ndarray, numbers: np.ndarray, use: Use) -> np.ndarray:
        """Means float64 (C + 1, P, K) of training individuals x float32 (N, P, K) by class number int64
        (N,), the last one of unlabelled individuals, with the noise of `use`.

        Of what noise leaves they keep what is more than noise: the mean of everybody moves from that of
        the panel, which is zero, and means of classes from the mean of everybody.
        """
        counts = np.bincount(numbers, minlength=len(self.layout.classes) + 1)
        bound = float(np.quantile(norms(self.panel), UNBOUNDED))
        sums = np.zeros((len(counts), *x.shape[1:]))
        for part in parts(x):
            weighted = x[part] * bounded_weights(norms(x[part]), bound)[:, None, None]
            np.add.at(sums, numbers[part], weighted)
        sums = self.noisy(sums, use, bound) * self.layout.mask()
        features = self.layout.mask().sum(1)

        def error(sizes: np.ndarray, of_noise: float = 1.0) -> np.ndarray:
            """Squared errors of means of so many individuals by noise and sampling, over the features
            of each gene, whose variance is about one."""
            variance = of_noise * (use.noise_multiplier * bound / sizes) ** 2 + 1 / sizes
            return features * variance[..., None]

        pooled, sizes = sums.sum(0) / counts.sum(), np.maximum(counts, 1)
        # The sum over all classes has the noise of each.
        pooled *= kept_of_noise(error(counts.sum(), len(counts)), (pooled**2).sum(1))[:, None]
        shift = sums / sizes[:, None, None] - pooled
        return pooled + shift * kept_of_noise(error(sizes), (shift**2).sum(2))[:, :, None]

    def budget(self) -> dict[str, Any]:
        """The content of privacy_budget.json."""
        return budget(self.uses, self.epsilon, self.delta, PUBLIC)


def kept_of_noise(error: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Factors in [0, 1] of vectors of the squared `length` whose noise has the mean squared length
    `error`: 1 - error / length, or 0 (in the manner of the positive part of James and Stein 1961)."""
    return np.clip(1 - error / np.maximum(length, np.finfo(np.float32).tiny), 0, 1)


def norms(x: np.ndarray) -> np.ndarray:
    """Norm float64 (N,) of each individual's components (N, P, K)."""
    return np.sqrt(np.einsum("ngk,ngk->n", x, x, dtype=np.float64))


def parts(x: np.ndarray) -> list[slice]:
    """Blocks of individuals."""
    size = max(1, BLOCK_VALUES // (x.shape[1] * x.shape[2]))
    return [slice(first, first + size) for first in range(0, len(x), size)]
