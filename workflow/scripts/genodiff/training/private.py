"""Differentially private training (DP-SGD, Abadi et al. 2016): steps on sums, with noise, of bounded
gradients, one of each individual.

Opacus computes gradients of rows; here an individual has several rows, one for each of its noise draws,
whose mean loss has one gradient.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from genodiff.diffusion.process import masked_noise
from genodiff.privacy.budget import Use
from genodiff.privacy.mechanism import bounded_weights, secret_seed, secret_uniform
from genodiff.runtime.logs import logger, progress
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer

# Individuals whose gradients are computed at once, and values (float32, 128 MiB) of these, at most.
_MOST_TOGETHER, _GRADIENT_VALUES = 32, 2**25
# Sums with noise: of sums, their use and the bound of an individual's share.
Noisy = Callable[[np.ndarray, Use, float], np.ndarray]


@dataclass(frozen=True)
class PrivateSteps:
    """How a private training uses the individuals.

    epochs: how often it sees each on average; sampled: probability with which an individual is in a
    step; draws: noise levels, each with noise, that an individual is shown at in one step; clip: largest
    norm of an individual's gradient; learning_rate: that of Adam; moves: `classes`, embeddings of
    classes only, or `all` parameters.
    """

    epochs: int
    sampled: float
    draws: int
    clip: float
    learning_rate: float
    moves: str = "classes"

    def use(self, noise_multiplier: float = 1.0) -> Use:
        """What the steps spend."""
        steps = round(self.epochs / self.sampled)
        return Use("sums of gradients", noise_multiplier, self.sampled, steps)


class PrivateTraining:
    """Steps that move the backbone of a trainer, whose optimiser and epochs are not used.

    parameters: those of the backbone that move, by name; noisy: adds noise to a sum over individuals.
    Noise levels, and what layers draw, are secret too, and new for each part of a batch: they belong to
    places in it, so that with known ones it would show who is missing.
    """

    def __init__(
        self, trainer: Trainer, parameters: dict[str, nn.Parameter], steps: PrivateSteps, noisy: Noisy
    ):
        self.trainer, self.parameters, self.steps, self.noisy = trainer, parameters, steps, noisy
        weights = trainer.backbone.named_parameters()
        self.fixed = {name: value.detach() for name, value in weights if name not in parameters}
        count = sum(value.numel() for value in parameters.values())
        self.together = min(_MOST_TOGETHER, max(1, _GRADIENT_VALUES // count))
        self.optimizer = torch.optim.Adam(parameters.values(), steps.learning_rate)

    def run(self, cohort: Cohort, use: Use) -> None:
        """All steps of `use` on the individuals."""
        self.trainer.backbone.train()
        for _ in progress(range(use.steps), use.steps, "private training steps"):
            chosen = torch.from_numpy(np.flatnonzero(secret_uniform(len(cohort)) < use.sample_rate))
            self._move(self.bounded_sum(cohort, chosen), use, use.sample_rate * len(cohort))
        logger.info(
            "%d private steps; noise %.3g times the bound of a gradient, in a sum over %.0f on average",
            use.steps, use.noise_multiplier, use.sample_rate * len(cohort),
        )  # fmt: skip

    def bounded_sum(self, cohort: Cohort, chosen: Tensor) -> np.ndarray:
        """Sum float64 over all parameters, one after another, of the bounded gradients of individuals of
        the numbers `chosen` int64 (B,)."""
        sums = {n: torch.zeros_like(v, dtype=torch.float64) for n, v in self.parameters.items()}
        for rows in chosen.split(self.together) if len(chosen) else ():
            self.trainer.generator.manual_seed(secret_seed())
            torch.manual_seed(secret_seed())
            gradients = self.gradients(*cohort.rows(rows, self.trainer.mask.device))
            squares = sum(value.flatten(1).square().sum(1) for value in gradients.values())
            norms = squares.double().sqrt().cpu().numpy()
            unknown = ~np.isfinite(norms)
            if unknown.any():
                # Zero, as of a blank: else the sum would show that this individual is in it.
                norms[unknown] = 0
                for value in gradients.values():
                    value[torch.from_numpy(unknown)] = 0
            weights = torch.from_numpy(bounded_weights(norms, self.steps.clip)).to(squares)
            for name, value in gradients.items():
                sums[name] += torch.einsum("b,b...->...", weights, value)
        return np.concatenate([value.cpu().numpy().ravel() for value in sums.values()])

    def gradients(self, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Gradient of each individual's loss by parameter, (B, ...), at random noise levels; x: float32
        (B, P, K), labels: int64 (B,)."""
        trainer, draws = self.trainer, self.steps.draws
        # Of a whole part, of which a smaller one takes the first.
        count = max(len(x), self.together)
        t = trainer.times(count * draws, trainer.generator).view(count, draws)[: len(x)]
        noise = x.new_empty(count, draws, *trainer.mask.shape)
        noise = masked_noise(noise, trainer.mask, trainer.generator)[: len(x)]
        parameters = {name: value.detach() for name, value in self.parameters.items()}
        gradient = vmap(grad(self.loss), (None, 0, 0, 0, 0), randomness="different")
        with sdpa_kernel(SDPBackend.MATH):  # other attention kernels take no second batch dimension
            return gradient(parameters, x, labels, t, noise)

    def loss(
        self, parameters: dict[str, Tensor], x: Tensor, label: Tensor, t: Tensor, noise: Tensor
    ) -> Tensor:
        """Mean loss of one individual x (P, K) over its draws: t int64 (S,), noise (S, P, K)."""

        def network(*inputs: Tensor) -> Tensor:
            return functional_call(self.trainer.backbone, self.fixed | parameters, inputs)

        x, labels = x.expand(len(t), *x.shape), label.expand(len(t))
        return self.trainer.errors(network, x, labels, t, noise)[0]

    def _move(self, total: np.ndarray, use: Use, individuals: float) -> None:
        """One step of Adam; `individuals`: the expected number of them in the sum, which is public."""
        own = torch.from_numpy(self.noisy(total, use, self.steps.clip) / individuals)
        sizes = [value.numel() for value in self.parameters.values()]
        for value, part in zip(self.parameters.values(), own.split(sizes), strict=True):
            value.grad = part.view(value.shape).to(value)
        self.optimizer.step()


def class_embeddings(network: nn.Module, classes: int) -> dict[str, nn.Parameter]:
    """Embeddings (C + 1, width) of classes, the last of individuals without a label, by name."""
    return {
        f"{name}.weight": module.weight
        for name, module in network.named_modules()
        if isinstance(module, nn.Embedding) and module.num_embeddings == classes + 1
    }
