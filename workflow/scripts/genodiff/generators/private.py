"""Generators with a proof: all that they learn from the training individuals is sums with noise."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators.base import Generator
from genodiff.privacy.budget import Use, budget
from genodiff.privacy.mechanism import secret_normal
from genodiff.runtime.errors import InputError

# What is known without any private individual.
PUBLIC = (
    "the panel: SNPs, components, scales, decoder, and what is computed from its individuals",
    "numbers of training individuals by class, the split, and the settings, which were not chosen by "
    "results on these individuals",
    "the list of SNPs and alleles in the private genotype files, which was not made from their calls",
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

        Raises InputError without a panel, and for a delta of one individual or more.
        """
        if self.panel is None:
            raise InputError("a generator that is private by proof needs a public panel: features.basis")
        if self.delta * len(training.labels) >= 1:
            raise InputError(
                f"privacy.delta: {self.delta:g} is at least one in {len(training.labels)}, the number "
                "of training individuals, so that releasing one of them would be within it; give a "
                f"smaller one, such as {0.1 / len(training.labels):.0e}"
            )
        return self.fit_private(training)

    @abstractmethod
    def fit_private(self, training: Individuals) -> dict[str, np.ndarray]:
        """The tensors of model.safetensors, and `uses`."""

    def noisy(self, sums: np.ndarray, use: Use, bound: float) -> np.ndarray:
        """Sums over training individuals with the noise of a use; one individual adds a norm of at most
        `bound` to them. Everything that is learnt goes through here."""
        return sums + use.noise_multiplier * bound * secret_normal(sums.shape)

    def budget(self) -> dict[str, Any]:
        """The content of privacy_budget.json."""
        return budget(self.uses, self.epsilon, self.delta, PUBLIC)
