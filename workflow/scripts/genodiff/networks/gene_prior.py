"""What training individuals say of each gene before any training: a denoiser in closed form, from which
a network starts.

A gene's components x_0 are either one of few values that many individuals share, as those of dense SNPs
are, or lie around one of few centres. A shift, known from class, ancestry and linked genes, makes some
of them more likely. Shapes: N individuals, B of a batch, G genes, K components, V values and centres, R
components of ancestry or of a segment. Scores are in training standard deviations.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from genodiff.networks.ancestry import Ancestry, Known
from genodiff.networks.groups import LEAST_VARIANCE, centred
from genodiff.networks.linkage import Linkage, Linked
from genodiff.runtime.logs import logger

# Training individuals that are looked at, and their values (float32, 1 GiB), at most.
_MOST_INDIVIDUALS, _MOST_SCORES = 20_000, 2**28
# Scores (float32, 256 MiB) of the genes whose class means are computed at once.
_CLASS_SCORES = 2**26
# Scores that differ by less than half of 0.001 are the same value.
_DECIMALS = 3


class Seen(NamedTuple):
    """What the prior says of noised individuals.

    logits: float32 (B, G, V), logarithms of the weights of values and centres, up to a constant; shift:
    (B, G, K), by class, ancestry and linkage; ancestry: (B, R), posterior means in standard deviations;
    trust and rest: (B, G, K), x_0 of a centre c is rest + (1 - trust) c.
    """

    logits: Tensor
    shift: Tensor
    ancestry: Tensor
    trust: Tensor
    rest: Tensor


class GenePrior(nn.Module):
    """E[x_0 | y, class] of each gene for y = x_0 + sigma times normal noise.

    x_0 of a gene is one of `values` (G, values, K) or normally distributed around one of `centres` (G,
    centres, K) with the variances `spread` (G, K), with the probabilities `share`. Its density is tilted
    by exp(x_0 . shift / variance), which moves a normal distribution of that variance, that of the
    components within classes, by the shift. The shift is the mean of the class, `class_shift` (C + 1, G,
    K), plus what the other genes say: all of them through the ancestry of the individual (see Ancestry),
    and those of the gene's segment, of the numbers `segments` int64 (G,), beyond that (see Linkage).

    Until `fit` is called: one centre at zero with variance one, no shift.
    """

    def __init__(
        self, genes: int, components: int, classes: int, values: int, centres: int, ancestry: int,
        linkage: int, segments: Tensor,
    ):  # fmt: skip
        super().__init__()
        self.kinds = values, centres
        shape = genes, components
        for name, empty in {
            "unmasked": torch.ones(shape), "variance": torch.ones(shape), "spread": torch.ones(shape),
            "values": torch.zeros(genes, values, components),
            "centres": torch.zeros(genes, centres, components),
            "log_share": torch.full((genes, values + centres), -torch.inf),
            "class_shift": torch.zeros(classes + 1, *shape),
        }.items():  # fmt: skip
            self.register_buffer(name, empty)
        self.log_share[:, values] = 0
        self.ancestry = Ancestry(genes, components, ancestry)
        self.linkage = Linkage(components, linkage, segments)

    def forward(self, y: Tensor, noise: Tensor, label: Tensor) -> Seen:
        """y: float32 (B, G, K), zero on masked features; noise: sigma squared, float32 (B,); label:
        int64 (B,)."""
        noise = noise[:, None, None]
        of_class = self.class_shift[label]
        beside = self.unmasked / (self._unexplained(self.ancestry.latent) + noise)
        known = self.ancestry(y - of_class, beside)
        shift = of_class + known.shift
        residual = self._unexplained(self.ancestry.latent, self.linkage.of_genes())
        linked = self.linkage(y - shift, self.unmasked / (residual + noise))
        shift = shift + linked.shift
        left = self._unexplained(known.variance, linked.variance)
        tilt, spread = shift / left, self.spread * left / self.variance
        values = torch.einsum("bgk,gvk->bgv", y / noise + tilt, self.values)
        values = values - (self.values**2).sum(2) / (2 * noise)
        # A centre's density of y, as a multiple of that of a value at zero.
        total, moved = spread + noise, y - spread * tilt
        centres = torch.einsum("bgk,gvk->bgv", moved / total + tilt, self.centres)
        centres = centres - torch.einsum("bgk,gvk->bgv", self.unmasked / total, self.centres**2) / 2
        common = y**2 / noise - moved**2 / total - (spread / noise).log1p() + spread * tilt**2
        centres = centres + (common * self.unmasked).sum(2, keepdim=True) / 2
        trust = spread / total
        rest = (trust * y + (1 - trust) * spread * tilt) * self.unmasked
        excess = self._excess(known, linked, residual, left)
        logits = torch.cat([values, centres], 2).add_(self.log_share).sub_(excess)
        return Seen(logits, shift, known.mean, trust, rest)

    def _unexplained(self, ancestry: Tensor, linkage: Tensor | None = None) -> Tensor:
        """Variances (..., G, K) within classes less what ancestry of the variance (..., R) explains, and
        linkage of the variance (..., G, R)."""
        explained = torch.einsum("...r,rgk->...gk", ancestry, self.ancestry.loadings**2)
        if linkage is not None:
            explained = explained + torch.einsum("...gr,rgk->...gk", linkage, self.linkage.loadings**2)
        return (self.variance - explained).clamp(min=LEAST_VARIANCE)

    def _excess(self, known: Known, linked: Linked, residual: Tensor, left: Tensor) -> Tensor:
        """Logarithm (B, G, V) of what the tilts by ancestry and linkage, which leave `left` (B, G, K) of
        the variance, at least `residual` (G, K), multiply weights by on average over individuals:
        without it, outlying values would become frequent.

        Of a normal distribution of the variance V it is x^2 known / (2 V left). The ratio of residual to
        left is taken as one number for a gene.
        """
        left = (left * self.unmasked).sum(2).clamp(min=LEAST_VARIANCE)
        ratio = (residual * self.unmasked).sum(1) / left
        scale = (self.variance * residual).sqrt()
        squares = self._squares(self.ancestry.loadings / scale)
        found = torch.einsum("br,gvr->bgv", known.variance, squares)
        squares = self._squares(self.linkage.loadings / scale)
        found += torch.einsum("bgr,gvr->bgv", linked.variance, squares)
        return found.mul_(ratio[:, :, None] / 2)

    def _squares(self, loadings: Tensor) -> Tensor:
        """Means of (x_0 . loadings)^2, (G, V, R), of values and of normal distributions around centres,
        for loadings (R, G, K)."""
        slopes = torch.einsum("gvk,rgk->gvr", torch.cat([self.values, self.centres], 1), loadings)
        values, centres = (slopes**2).split(self.kinds, 1)
        around = torch.einsum("gk,rgk->gr", self.spread, loadings**2)
        return torch.cat([values, centres + around[:, None]], 1)

    def restore(self, logits: Tensor, seen: Seen) -> Tensor:
        """x_0 float32 (B, G, K) for these logarithms of weights."""
        values, centres = logits.softmax(2).split(self.kinds, 2)
        around = torch.einsum("bgv,gvk->bgk", centres, self.centres)
        around = (1 - seen.trust) * around + centres.sum(2, keepdim=True) * seen.rest
        return torch.einsum("bgv,gvk->bgk", values, self.values) + around

    @torch.no_grad()
    def fit(self, x: np.ndarray, numbers: np.ndarray, mask: np.ndarray, shared_by: int) -> None:
        """Fit to training individuals x float32 (N, G, K) of the class numbers int64 (N,); mask: bool
        (G, K), unmasked features. Values and centres are those of at least `shared_by` individuals.

        Class means are those of everybody; for the rest, of more than 20,000 individuals or 2^28 scores
        a random subset is taken, which may be few individuals where there are many genes.
        """
        shift = shrunk_class_shift(x, numbers, len(self.class_shift), shared_by)
        most = max(1, min(_MOST_INDIVIDUALS, _MOST_SCORES // x[0].size))
        if len(x) > most:
            logger.info("prior: %d of %d individuals, chosen at random", most, len(x))
            chosen = np.sort(np.random.default_rng(0).choice(len(x), most, replace=False))
            x, numbers = x[chosen], numbers[chosen]
        within, variance = x[:, mask], np.ones(mask.shape)
        within -= shift[:, mask][numbers]
        variance[mask] = within.var(0).clip(LEAST_VARIANCE)
        self._set(unmasked=mask, variance=variance)
        self.ancestry.fit(within, mask, shared_by)
        self.linkage.fit(self.ancestry.removed(within, mask), mask)
        del within
        for gene in np.flatnonzero(mask.any(1)):
            self._fit_gene(gene, x[:, gene, mask[gene]], torch.from_numpy(mask[gene]), shared_by)
        covered = self.log_share[:, : self.kinds[0]].exp().sum(1)[torch.from_numpy(mask.any(1))].mean()
        self.shift_classes(shift, np.bincount(numbers, minlength=len(shift)))
        shared, centres = (part.isfinite().sum(1) for part in self.log_share.split(self.kinds, 1))
        logger.info(
            "prior: %d of %d genes have shared values (%.0f%% of individuals on average); "
            "at most %d centres a gene; ancestry has %d components and %d groups, "
            "a segment of a chromosome %.1f components on average",
            (shared > 0).sum(), mask.any(1).sum(), 100 * covered, centres.max(),
            (self.ancestry.latent > 0).sum(), self.ancestry.log_group.isfinite().sum(),
            (self.linkage.latent > 0).sum(1).float().mean(),
        )  # fmt: skip

    @torch.no_grad()
    def shift_classes(self, shift: np.ndarray, counts: np.ndarray) -> None:
        """Set the means of classes (C + 1, G, K), of so many individuals each, int64 (C + 1,), in place
        of means of zero."""
        self._set(class_shift=shift)
        self._divide_by_classes(torch.from_numpy(counts / counts.sum()).float())

    def _divide_by_classes(self, frequency: Tensor) -> None:
        """Divide the shares, which are those over all classes of this `frequency` (C + 1,), by what the
        tilt by class multiplies them by on average."""
        tilt = self.class_shift / self.variance
        around = torch.einsum("cgk,gk->cg", tilt**2, self.spread) / 2
        multiples = torch.cat(
            [
                torch.einsum("cgk,gvk->cgv", tilt, self.values),
                torch.einsum("cgk,gvk->cgv", tilt, self.centres) + around[:, :, None],
            ],
            2,
        )
        multiples -= (multiples + self.log_share).logsumexp(2, keepdim=True)
        self.log_share -= (multiples + frequency.log()[:, None, None]).logsumexp(0)

    def _set(self, **tensors: np.ndarray) -> None:
        for name, value in tensors.items():
            getattr(self, name).copy_(torch.from_numpy(value))

    def _fit_gene(self, gene: int, x: np.ndarray, unmasked: Tensor, shared_by: int) -> None:
        values, sizes, left = shared_values(x, self.kinds[0], shared_by)
        # Where few individuals share a value, centres would be single individuals rather than groups.
        most = self.kinds[1] if len(left) < len(x) / 2 else 1
        # Too few individuals to describe are described as all.
        centres, members, spread = centred(left if len(left) >= shared_by else x, most, shared_by)
        members = members * max(1, len(left)) / members.sum()
        self.values[gene, : len(values), unmasked] = torch.from_numpy(values)
        self.centres[gene, : len(centres), unmasked] = torch.from_numpy(centres)
        # Less what classes explain, which their shifts add.
        within = self.variance[gene, unmasked] / torch.from_numpy(x.var(0).clip(LEAST_VARIANCE))
        self.spread[gene, unmasked] = torch.from_numpy(spread) * within
        self.log_share[gene] = -torch.inf
        for start, counts in ((0, sizes), (self.kinds[0], members)):
            share = torch.from_numpy(np.log(counts / len(x)))
            self.log_share[gene, start : start + len(counts)] = share


def shrunk_class_shift(x: np.ndarray, numbers: np.ndarray, classes: int, least: int) -> np.ndarray:
    """Means of each class less the mean of all, float32 (classes, G, K), of x float32 (N, G, K); zero
    for the last class, of unlabelled individuals, and for classes of fewer than `least` individuals.

    Each gene's is multiplied by 1 - its squared standard error / its squared length, or by 0 (in the
    manner of the positive part of James and Stein 1961).
    """
    found = np.zeros((classes, *x.shape[1:]), np.float32)
    together = max(1, _CLASS_SCORES // x[:, 0].size)
    for first in range(0, x.shape[1], together):
        genes = slice(first, first + together)
        part = x[:, genes]  # a view: x may be mapped into memory
        overall = part.mean(0)
        for number in range(classes - 1):
            own = part[numbers == number]
            if len(own) >= max(2, least):
                shift = own.mean(0) - overall
                error = (own.var(0, ddof=1) / len(own)).sum(1) * (1 - len(own) / len(x))
                length = np.maximum((shift**2).sum(1), np.finfo(np.float32).tiny)
                found[number, genes] = shift * np.clip(1 - error / length, 0, 1)[:, None]
    return found


def shared_values(x: np.ndarray, most: int, shared_by: int) -> tuple[np.ndarray, ...]:
    """The `most` frequent values (v, k) of a gene x (N, k) that at least `shared_by` individuals share,
    how many do (v,), and the individuals of other values."""
    found, own, counts = np.unique(x.round(_DECIMALS), axis=0, return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:most]
    kept = kept[counts[kept] >= shared_by]
    return found[kept], counts[kept], x[~np.isin(own.ravel(), kept)]
