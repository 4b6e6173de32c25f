"""What the whole genome of an individual says of each of its genes: a few components, which ancestry and
families spread over all genes, and groups of individuals along them.

Shapes: N individuals, B of a batch, G genes, K features of a gene, R components of ancestry, M groups.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from genodiff.networks.components import held_out_components
from genodiff.networks.groups import centred

# Groups of ancestry, and individuals of one, at most and at least.
_MOST_GROUPS, _SMALLEST_GROUP = 4, 20
_LEAST = 1e-9


class Known(NamedTuple):
    """What is known of the ancestry of noised individuals: the posterior mean, float32 (B, R), in
    standard deviations; the same less what each gene says, as the shift of that gene, (B, G, K); the
    variance over individuals of the posterior mean, (B, R)."""

    mean: Tensor
    shift: Tensor
    variance: Tensor


class Ancestry(nn.Module):
    """The R components z of an individual, of which gene g is shifted by z . `loadings` (R, G, K).

    z has the variances `latent` (R,) over all individuals. It is one of M groups with the means `groups`
    (M, R), the variances `within` (R,) and the probabilities `log_group` (M,), so that no individual is
    outside all groups, as some would be who are drawn from one normal distribution.

    Until `fit` is called all variances are zero.
    """

    def __init__(self, genes: int, components: int, count: int):
        super().__init__()
        for name, empty in {
            "loadings": torch.zeros(count, genes, components), "latent": torch.zeros(count),
            "within": torch.zeros(count), "groups": torch.zeros(_MOST_GROUPS, count),
            "log_group": torch.full((_MOST_GROUPS,), -torch.inf),
        }.items():  # fmt: skip
            self.register_buffer(name, empty)
        self.log_group[0] = 0

    def forward(self, y: Tensor, precision: Tensor) -> Known:
        """y: float32 (B, G, K), noised features less the mean of their class; precision: (B, G, K), one
        over the variance of what y has beside ancestry, zero on masked features."""
        latent, within = self.latent.clamp(min=_LEAST), self.within.clamp(min=_LEAST)
        parts = torch.einsum("bgk,rgk->bgr", y * precision, self.loadings)
        own = torch.einsum("bgk,rgk->bgr", precision, self.loadings**2)
        evidence = own.sum(1)
        whole = parts.sum(1)
        # whole / evidence is z with an error of variance 1 / evidence; components are taken one by one.
        variance = within + 1 / evidence.clamp(min=_LEAST)
        distance = (whole / evidence.clamp(min=_LEAST))[:, None] - self.groups
        weights = (self.log_group - (distance**2 / variance[:, None]).sum(2) / 2).softmax(1)
        whole = whole + weights @ self.groups / within
        certainty = evidence + 1 / within
        # Groups are those that all genes say.
        others = (whole[:, None] - parts) / (certainty[:, None] - own)
        shift = torch.einsum("bgr,rgk->bgk", others, self.loadings)
        known = latent - 1 / (evidence + 1 / latent)
        return Known(whole / certainty / latent.sqrt(), shift, known)

    @torch.no_grad()
    def fit(self, x: np.ndarray, mask: np.ndarray, smallest: int) -> None:
        """Fit to the unmasked features x float32 (N, D) of training individuals, less the means of their
        classes; mask: bool (G, K); groups have at least `smallest` individuals, and 20. Too few
        individuals have no ancestry."""
        found = held_out_components(x, len(self.latent))
        if found is None:
            return
        loadings, latent = found
        scores = (x - x.mean(0)) @ loadings.T
        # In these individuals, to whom loadings were fitted, scores vary too much.
        scores *= np.sqrt(latent / np.maximum(scores.var(0), _LEAST))
        means, sizes, within = ancestry_groups(scores, max(_SMALLEST_GROUP, smallest))
        count, groups = len(latent), len(means)
        spread = np.zeros((count, *mask.shape))
        spread[:, mask] = loadings
        for tensor, values in (
            (self.loadings[:count], spread), (self.latent[:count], latent),
            (self.within[:count], np.minimum(within, latent)), (self.groups[:groups, :count], means),
            (self.log_group[:groups], np.log(sizes / len(x))),
        ):  # fmt: skip
            tensor.copy_(torch.from_numpy(values))

    def removed(self, x: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """x float32 (N, D) without its components of ancestry."""
        loadings = self.loadings[self.latent > 0].cpu().numpy()[:, mask]
        return x - (x @ loadings.T) @ loadings


def ancestry_groups(scores: np.ndarray, smallest: int = _SMALLEST_GROUP) -> tuple[np.ndarray, ...]:
    """Means (M, R), sizes (M,) and the variances (R,) within groups of individuals of scores (N, R).

    Their number is the one with the least integrated completed likelihood criterion (Biernacki et al.
    2000) of normal distributions with the same variances.
    """
    best = None
    for count in range(1, _MOST_GROUPS + 1):
        means, sizes, within = centred(scores, count, smallest)
        likelihood = 2 * (sizes * np.log(sizes / len(scores))).sum() - len(scores) * np.log(within).sum()
        criterion = (len(means) - 1) * (scores.shape[1] + 1) * np.log(len(scores)) - likelihood
        if best is None or criterion < best[0]:
            best = criterion, (means, sizes, within)
    return best[1]
