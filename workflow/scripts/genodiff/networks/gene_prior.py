"""What training individuals say of each gene before any training: a denoiser in closed form, from which
a network starts.

A gene's components x_0 are either one of few values that many individuals share, as those of dense SNPs
are, or lie around one of few centres. A shift, known from class and ancestry, makes some of them more
likely. Shapes: N individuals, B of a batch, G genes, K components, V values and centres, R components of
ancestry. Scores are in training standard deviations.
"""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.utils.extmath import randomized_svd
from torch import Tensor, nn

# Training individuals that are looked at, and their values (float32, 1 GiB), at most.
_MOST_INDIVIDUALS, _MOST_SCORES = 20_000, 2**28
# Scores that differ by less than half of 0.001 are the same value.
_DECIMALS = 3
# Least variance around a centre: one individual's rounding is not a density.
_LEAST_VARIANCE = 1e-3
_FOLDS = 5


class Seen(NamedTuple):
    """What the prior says of noised individuals.

    logits: float32 (B, G, V), logarithms of the weights of values and centres, up to a constant; shift:
    (B, G, K), by class and ancestry; ancestry: (B, R), posterior means in standard deviations; trust and
    rest: (B, G, K), x_0 of a centre c is rest + (1 - trust) c.
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
    K), plus what the other genes say through the R components `loadings` (R, G, K), which span the
    genome and have the variances `latent` (R,).

    Until `fit` is called: one centre at zero with variance one, no shift.
    """

    def __init__(
        self, genes: int, components: int, classes: int, values: int, centres: int, ancestry: int
    ):
        super().__init__()
        self.kinds = values, centres
        shape = genes, components
        for name, empty in {
            "unmasked": torch.ones(shape), "variance": torch.ones(shape), "spread": torch.ones(shape),
            "values": torch.zeros(genes, values, components),
            "centres": torch.zeros(genes, centres, components),
            "log_share": torch.full((genes, values + centres), -torch.inf),
            "class_shift": torch.zeros(classes + 1, *shape),
            "loadings": torch.zeros(ancestry, *shape), "latent": torch.zeros(ancestry),
        }.items():  # fmt: skip
            self.register_buffer(name, empty)
        self.log_share[:, values] = 0

    def forward(self, y: Tensor, noise: Tensor, label: Tensor) -> Seen:
        """y: float32 (B, G, K), zero on masked features; noise: sigma squared, float32 (B,); label:
        int64 (B,)."""
        noise = noise[:, None, None]
        shift, ancestry = self._shift(y, noise, label)
        tilt = shift / self.variance
        values = torch.einsum("bgk,gvk->bgv", y / noise + tilt, self.values)
        values = values - (self.values**2).sum(2) / (2 * noise)
        # A centre's density of y, as a multiple of that of a value at zero.
        total, moved = self.spread + noise, y - self.spread * tilt
        centres = torch.einsum("bgk,gvk->bgv", moved / total + tilt, self.centres)
        centres = centres - torch.einsum("bgk,gvk->bgv", self.unmasked / total, self.centres**2) / 2
        common = y**2 / noise - moved**2 / total - (self.spread / noise).log1p() + self.spread * tilt**2
        centres = centres + (common * self.unmasked).sum(2, keepdim=True) / 2
        trust = self.spread / total
        rest = (trust * y + (1 - trust) * self.spread * tilt) * self.unmasked
        return Seen(torch.cat([values, centres], 2) + self.log_share, shift, ancestry, trust, rest)

    def _shift(self, y: Tensor, noise: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Shift and ancestry of `Seen`; what a gene says of ancestry is left out of its own shift, and
        components of ancestry are estimated one by one."""
        shift = self.class_shift[label]
        precision = self.unmasked / (self.variance + noise)
        parts = torch.einsum("bgk,rgk->bgr", (y - shift) * precision, self.loadings)
        latent = self.latent.clamp(min=1e-9)
        certainty = torch.einsum("bgk,rgk->br", precision, self.loadings**2) + 1 / latent
        whole = parts.sum(1)
        others = (whole[:, None] - parts) / certainty[:, None]
        shift = shift + torch.einsum("bgr,rgk->bgk", others, self.loadings)
        return shift, whole / certainty / latent.sqrt()

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

        Of more than 20,000 individuals or 2^28 scores, every second or n-th individual is taken.
        """
        step = max(1, -(-len(x) // _MOST_INDIVIDUALS), -(-x.size // _MOST_SCORES))
        x, numbers = x[::step], numbers[::step]  # a view: x may be mapped into memory
        shift = shrunk_class_shift(x, numbers, len(self.class_shift))
        within, variance = x[:, mask], np.ones(mask.shape)
        within -= shift[:, mask][numbers]
        variance[mask] = within.var(0).clip(_LEAST_VARIANCE)
        self._set(unmasked=mask, class_shift=shift, variance=variance)
        found = genome_components(within, len(self.latent))
        del within
        if found is not None:
            loadings = np.zeros((len(self.latent), *mask.shape))
            loadings[:, mask] = found[0]
            self._set(loadings=loadings, latent=found[1])
        for gene in np.flatnonzero(mask.any(1)):
            self._fit_gene(gene, x[:, gene, mask[gene]], torch.from_numpy(mask[gene]), shared_by)

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
        self.spread[gene, unmasked] = torch.from_numpy(spread)
        self.log_share[gene] = -torch.inf
        for start, counts in ((0, sizes), (self.kinds[0], members)):
            share = torch.from_numpy(np.log(counts / len(x)))
            self.log_share[gene, start : start + len(counts)] = share


def shrunk_class_shift(x: np.ndarray, numbers: np.ndarray, classes: int) -> np.ndarray:
    """Means of each class less the mean of all, float32 (classes, G, K), of x float32 (N, G, K); zero
    for the last class, of unlabelled individuals, and for classes of one individual.

    Each gene's is multiplied by 1 - its squared standard error / its squared length, or by 0 (the
    positive part of James and Stein 1961).
    """
    found, overall = np.zeros((classes, *x.shape[1:]), np.float32), x.mean(0)
    for number in range(classes - 1):
        own = x[numbers == number]
        if len(own) > 1:
            shift = own.mean(0) - overall
            error = (own.var(0, ddof=1) / len(own)).sum(1) * (1 - len(own) / len(x))
            length = np.maximum((shift**2).sum(1), np.finfo(np.float32).tiny)
            found[number] = shift * np.clip(1 - error / length, 0, 1)[:, None]
    return found


def genome_components(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Loadings (count, D), orthonormal, of the leading principal components of x (N, D), and their
    variances (count,) beside that of independent features, at least 0: those that individuals have who
    are left out when components are fitted (means over five folds). None for too few individuals."""
    if len(x) < _FOLDS or not 0 < count <= min(len(x) * (_FOLDS - 1) // _FOLDS, x.shape[1]):
        return None
    fold = np.random.default_rng(0).permutation(len(x)) % _FOLDS
    centred, independent, latent = x - x.mean(0), x.var(0), np.zeros(count)
    for number in range(_FOLDS):
        loadings = _leading(centred[fold != number], count)
        scores = centred[fold == number] @ loadings.T
        latent += (scores.var(0) - loadings**2 @ independent) / _FOLDS
    return _leading(centred, count), np.maximum(latent, 0)


def _leading(x: np.ndarray, count: int) -> np.ndarray:
    return randomized_svd(x, count, random_state=0)[2]


def shared_values(x: np.ndarray, most: int, shared_by: int) -> tuple[np.ndarray, ...]:
    """The `most` frequent values (v, k) of a gene x (N, k) that at least `shared_by` individuals share,
    how many do (v,), and the individuals of other values."""
    found, own, counts = np.unique(x.round(_DECIMALS), axis=0, return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:most]
    kept = kept[counts[kept] >= shared_by]
    return found[kept], counts[kept], x[~np.isin(own.ravel(), kept)]


def centred(x: np.ndarray, most: int, smallest: int) -> tuple[np.ndarray, ...]:
    """At most `most` means (c, k) of groups of at least `smallest` individuals x (N, k), their sizes
    (c,), and the variances (k,) within groups. Individuals of smaller groups belong to the
    nearest other one."""
    count = max(1, min(most, len(x) // (2 * smallest), len(np.unique(x, axis=0))))
    number = np.zeros(len(x), np.int64)
    if count > 1:
        groups = KMeans(count, n_init=1, random_state=0).fit(x)
        large = np.bincount(groups.labels_, minlength=count) >= smallest
        distances = groups.transform(x)[:, large]
        number = np.unique(distances.argmin(1), return_inverse=True)[1] if large.any() else number
    sizes = np.bincount(number)
    means = np.stack([x[number == group].mean(0) for group in range(len(sizes))])
    spread = ((x - means[number]) ** 2).sum(0) / max(1, len(x) - len(sizes))
    return means, sizes.astype(float), spread.clip(_LEAST_VARIANCE)
