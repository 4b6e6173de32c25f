"""White box: how well the network of a diffusion model itself denoises an individual (Carlini et al.
2023; Duan et al. 2023; Matsumoto et al. 2023).

A network that remembers its training individuals restores them with smaller errors than others. Whoever
has synthetic individuals only cannot do this; an attack without a finding says more if it could.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from genodiff.evaluation.attacks.base import Attack, Known, blocks
from genodiff.evaluation.neighbours.rows import Rows
from genodiff.evaluation.neighbours.search import Budget

# Share of the signal's variance, alpha_bar, at the noise levels: those of a cosine schedule.
LEVELS = np.cos((np.arange(10) + 0.5) / 10 * np.pi / 2) ** 2
# Mean square errors below this are rounding errors.
_LEAST = 1e-4
_MOST = 1024


class WhiteBox(Attack):
    """Logarithms, with the sign changed, of the mean square error of x_0 at each noise level, float64
    (N, levels). The noise of a level is the same for all individuals.

    Without a network, as in references and in the null and its controls, the denoiser is the best one
    for the dataset itself, the mean of x_0 given x_t where x_0 is one of the dataset's individuals of
    the class (see `restored`). A network that has learnt its training individuals by heart is this one.
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
        memory, features = self.budget.memory_mb * 2**20, individuals.features
        size = int(memory / (16 * (2 * len(LEVELS) * features + 2 * features + len(LEVELS) * _MOST)))
        size, losses = max(1, min(_MOST, size)), []
        for start in range(0, len(individuals), size):
            x = self._tensor(individuals.read(slice(start, start + size)))
            parts = (
                self._tensor(dataset.read(slice(first, first + size)))
                for first in range(0, len(dataset), size)
            )
            error = restored(x, parts, self._tensor(LEVELS), self._tensor(self.noise)) - x
            losses.append(error.square().mean(-1).T.cpu().numpy())
        return np.concatenate(losses)

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.as_tensor(values, device=self.budget.device).double()


def restored(x: Tensor, parts: Iterable[Tensor], levels: Tensor, noise: Tensor) -> Tensor:
    """E[x_0 | x_t] (L, n, D) of x_t = sqrt(a) x + sqrt(1 - a) noise at each level a of `levels` (L,), x
    (n, D), noise (L, D), where x_0 is one of the individuals of all `parts` (m, D), each as likely.

    Weights are the softmax of -|x_t - sqrt(a) x_0|^2 / (2 (1 - a)), of which all that differs between
    individuals x_0 is sqrt(r) noise . x_0 - r |x - x_0|^2 / 2, with r = a / (1 - a). They are summed
    part by part.
    """
    ratio = (levels / (1 - levels))[:, None, None]
    top = x.new_full((len(levels), len(x), 1), -torch.inf)
    total, sums = torch.zeros_like(top), x.new_zeros(len(levels), *x.shape)
    for own in parts:
        distance = (x.square().sum(1)[:, None] + own.square().sum(1) - 2 * x @ own.T).clamp_(min=0)
        logits = ratio.sqrt() * (noise @ own.T)[:, None] - ratio / 2 * distance
        highest = torch.maximum(top, logits.amax(-1, keepdim=True))
        weights, old = (logits - highest).exp_(), (top - highest).exp_()
        total = total * old + weights.sum(-1, keepdim=True)
        sums = sums.mul_(old).add_(weights @ own)
        top = highest
    return sums.div_(total)
