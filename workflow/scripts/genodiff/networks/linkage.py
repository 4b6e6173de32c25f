"""What the other genes of a segment of a chromosome say of each of its genes: components that linkage
disequilibrium spreads over the segment.

Shapes: N individuals, B of a batch, G genes, K features of a gene, S segments, R components of each.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from genodiff.networks.components import held_out_components

# Genes of a segment at most.
LONGEST = 32
_LEAST = 1e-9


class Linked(NamedTuple):
    """The shift of each gene by what the others of its segment say, (B, G, K), and the variance over
    individuals of the posterior means of the segment's components, (B, G, R)."""

    shift: Tensor
    variance: Tensor


class Linkage(nn.Module):
    """The R components z of each segment of an individual, normally distributed with the variances
    `latent` (S, R); gene g is shifted by z of its segment times `loadings` (R, g, K).

    segments: int64 (G,), the number of the segment of each gene. Until `fit` is called all variances are
    zero.
    """

    def __init__(self, components: int, count: int, segments: Tensor):
        super().__init__()
        # Not persistent: the layout determines it.
        self.register_buffer("segments", segments, persistent=False)
        self.register_buffer("loadings", torch.zeros(count, len(segments), components))
        self.register_buffer("latent", torch.zeros(int(segments.max()) + 1, count))

    def forward(self, y: Tensor, precision: Tensor) -> Linked:
        """y: float32 (B, G, K), noised features less what else shifts them; precision: (B, G, K), one
        over the variance of what y has beside these components, zero on masked features."""
        latent = self.latent.clamp(min=_LEAST)
        parts = torch.einsum("bgk,rgk->bgr", y * precision, self.loadings)
        own = torch.einsum("bgk,rgk->bgr", precision, self.loadings**2)
        whole, evidence = self._of_segments(parts), self._of_segments(own)
        certainty = evidence + 1 / latent
        # Components are taken one by one; a gene's own evidence leaves its shift.
        others = (whole[:, self.segments] - parts) / (certainty[:, self.segments] - own)
        shift = torch.einsum("bgr,rgk->bgk", others, self.loadings)
        return Linked(shift, (latent - 1 / certainty)[:, self.segments])

    def _of_segments(self, parts: Tensor) -> Tensor:
        """Sums (B, S, R) of the parts (B, G, R) of genes."""
        total = parts.new_zeros(len(parts), *self.latent.shape)
        return total.index_add(1, self.segments, parts)

    def of_genes(self) -> Tensor:
        """The variances of the components of each gene's segment, (G, R)."""
        return self.latent[self.segments]

    @torch.no_grad()
    def fit(self, x: np.ndarray, mask: np.ndarray) -> None:
        """Fit to the unmasked features x float32 (N, D) of training individuals, less what classes and
        ancestry say; mask: bool (G, K). Too few individuals have no components."""
        loadings, latent = (np.zeros(own.shape) for own in (self.loadings, self.latent))
        spread, segments = np.zeros((len(loadings), x.shape[1])), self.segments.cpu().numpy()
        segments = segments[np.nonzero(mask)[0]]
        for number in np.unique(segments):
            own = segments == number
            found = held_out_components(x[:, own], len(loadings))
            if found is not None:
                count = len(found[1])
                spread[:count, own], latent[number, :count] = found
        loadings[:, mask] = spread
        self.loadings.copy_(torch.from_numpy(loadings))
        self.latent.copy_(torch.from_numpy(latent))


def segments_of(chromosomes: Tensor) -> Tensor:
    """The number int64 (G,) of the segment of each gene, of the numbers of their chromosomes (G,), whose
    genes stand together: chromosomes are divided into equal parts of at most LONGEST genes."""
    found, start = [], 0
    for count in chromosomes.unique_consecutive(return_counts=True)[1].tolist():
        parts = -(-count // LONGEST)
        found.append(start + torch.arange(count) * parts // count)
        start += parts
    return torch.cat(found)
