"""How much less the components of new individuals vary than those of training individuals.

Principal components fit best the individuals they were computed from: with few individuals for many
SNPs, scores of others vary less (Dey and Lee 2019). A network trained on the former draws individuals
who are further from each other and from all others than new ones are.
"""

import torch
from torch import Tensor

from genodiff.training.dataset import Cohort

_BATCH = 256
# Standard errors by which new individuals must vary less.
_CLEARLY = 2


def shrinkage(training: Cohort, validation: Cohort, mask: Tensor) -> Tensor | None:
    """Ratio of the root mean square of each component of validation individuals to that of training
    individuals, over all genes; float32 (K,). None where the ratio over all components is
    not two standard errors, over individuals, below 1.

    mask: bool (P, K), unmasked features.
    """
    new, old = (_squares(cohort.x, mask) for cohort in (validation, training))
    if len(new) < 2 or not old.any():
        return None
    whole = new.sum(1) / old.sum(1).mean()
    if whole.mean() + _CLEARLY * whole.std() / len(whole) ** 0.5 >= 1:
        return None
    ratio = new.mean(0) / old.mean(0)
    return torch.where(mask.any(0).cpu(), ratio.sqrt(), 1).float()


def _squares(x: Tensor, mask: Tensor) -> Tensor:
    """Sums float64 (N, K) over genes of squares of unmasked features."""
    weights = mask.to(x.device, torch.float32)
    sums = [torch.einsum("npk,pk->nk", part**2, weights) for part in x.split(_BATCH)]
    return torch.cat(sums).double().cpu()
