"""White box: how well the network of a diffusion model itself denoises an individual (Carlini et al.
2023; Duan et al. 2023; Matsumoto et al. 2023).

A network that remembers its training individuals restores them with smaller errors than others. Whoever
has synthetic individuals only cannot do this; an attack without a finding says more if it could.
"""

import numpy as np
import torch
from torch import Tensor

from genodiff.evaluation.attacks.base import Attack, Known, blocks
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget
from genodiff.runtime.logs import progress

# Share of the signal's variance, alpha_bar, at the noise levels: those of a cosine schedule.
LEVELS = np.cos((np.arange(10) + 0.5) / 10 * np.pi / 2) ** 2
# Mean square errors below this are rounding errors.
_LEAST = 1e-4
# Individuals of a block at most, and those whose restored values are held at once.
_MOST, _FEW = 1024, 32
# Probabilities below this change no error of a mean of values of order 1.
_NEGLIGIBLE = 1e-12


class WhiteBox(Attack):
    """Logarithms, with the sign changed, of the mean square error of x_0 at each noise level, float64
    (N, levels). The noise of a level is the same for all individuals.

    Without a network, as in references and in the null and its controls, the denoiser is the best one
    for the dataset itself, the mean of x_0 given x_t where x_0 is one of the dataset's individuals of
    the class (see `weights`). A network that has learnt its training individuals by heart is this one.
    """

    uses_references = False
    learnt = True

    def __init__(self, known: Known, budget: Budget, seed: int):
        super().__init__(known, budget, seed)
        shape = len(LEVELS), known.synthetic.features
        self.noise = np.random.default_rng(seed).standard_normal(shape, np.float32)

    def scores(self, individuals: Rows) -> np.ndarray:
        losses = np.empty((len(individuals), len(LEVELS)))
        if self.known.network is not None:
            # Values, noised values and what is restored.
            for part, x in blocks(individuals, self.budget.memory_mb / 8):
                losses[part] = self._network(x, individuals.labels[part])
        else:
            for number in np.unique(individuals.labels):
                own = np.flatnonzero(individuals.labels == number)
                theirs = np.flatnonzero(self.known.synthetic.labels == number)
                theirs = self.known.synthetic.take(theirs) if len(theirs) else self.known.synthetic
                losses[own] = self._ideal(individuals.take(own), theirs)
        return -np.log(losses + _LEAST)

    def _network(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Errors float64 (n, levels) of the network; x float32 (n, D)."""
        memory = self.budget.memory_mb / 2
        return np.stack(
            [
                ((self.known.network.restore(x, labels, noise, level, memory) - x) ** 2).mean(1)
                for level, noise in zip(LEVELS, self.noise, strict=True)
            ],
            axis=1,
        )

    def _ideal(self, individuals: Rows, dataset: Rows) -> np.ndarray:
        """Errors float64 (n, levels) of the ideal denoiser of `dataset`."""
        features, levels = individuals.features, len(LEVELS)
        dataset, counts = dataset.distinct()
        # A block of individuals and one of the dataset in float32 and float64; logits and weights.
        bytes_each = 24 * features + 16 * levels * len(dataset)
        size = max(1, min(_MOST, int(self.budget.memory_mb * 2**20 / 2 / bytes_each)))
        losses = []
        for start in progress(
            range(0, len(individuals), size), -(-len(individuals) // size), "blocks of individuals"
        ):
            part = slice(start, start + size)
            x = self._tensor(individuals.read(part))
            weights = self._weights(x, individuals.norms[part], dataset, counts, size)
            for i in range(0, len(x), _FEW):
                error = self._mean(weights[:, i : i + _FEW], dataset, size) - x[i : i + _FEW]
                losses.append(error.square().mean(-1).T.cpu().numpy())
        return np.concatenate(losses)

    def _weights(
        self, x: Tensor, norms: np.ndarray, dataset: Rows, counts: np.ndarray, size: int
    ) -> Tensor:
        """Probabilities float64 (L, n, m) of the m individuals of `dataset` to be x_0, given x_t of x
        (n, D), each of which stands for as many as `counts` (m,); see `weights`. The dataset is read in
        blocks of `size`."""
        squares, noise = self._tensor(norms) ** 2, self._tensor(self.noise)
        distance = x.new_empty(len(x), len(dataset))
        shift = x.new_empty(len(noise), len(dataset))
        for start in range(0, len(dataset), size):
            part = slice(start, start + size)
            own = self._tensor(dataset.read(part))
            theirs = self._tensor(dataset.norms[part]) ** 2
            distance[:, part] = squares[:, None] + theirs - 2 * x @ own.T
            shift[:, part] = noise @ own.T
        return weights(distance.clamp_(min=0), shift, self._tensor(LEVELS), self._tensor(counts).log())

    def _mean(self, weights: Tensor, dataset: Rows, size: int) -> Tensor:
        """E[x_0 | x_t] (L, n, D) by these weights (L, n, m). In many dimensions nearly all are zero."""
        used = (weights > _NEGLIGIBLE).flatten(0, 1).any(0).nonzero()[:, 0]
        mean = weights.new_zeros(*weights.shape[:2], dataset.features)
        for part in used.split(size):
            mean += weights[..., part] @ self._tensor(dataset.read(part.cpu().numpy()))
        return mean

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.as_tensor(values, device=self.budget.device).double()


def weights(distance: Tensor, shift: Tensor, levels: Tensor, prior: Tensor) -> Tensor:
    """Probabilities (L, n, m) that x_0 is individual j of m, given x_t = sqrt(a) x + sqrt(1 - a) noise
    of n individuals x at each level a of `levels` (L,): from the squared distances of x and x_0,
    `distance` (n, m), noise . x_0, `shift` (L, m), and `prior` (m,), the logarithms of their weights.

    They are the softmax of prior - |x_t - sqrt(a) x_0|^2 / (2 (1 - a)), of which all that differs
    between individuals x_0 is prior + sqrt(r) noise . x_0 - r |x - x_0|^2 / 2, with r = a / (1 - a).
    """
    ratio = (levels / (1 - levels))[:, None, None]
    return torch.softmax(prior + ratio.sqrt() * shift[:, None] - ratio / 2 * distance, dim=-1)
