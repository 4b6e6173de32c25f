"""Principal components of one gene, fitted on the training individuals.

Scores of an individual with dosages g: (g - mean) @ loadings.T; back: scores @ loadings + mean.
Everything goes through blocks of individuals or SNPs, so that no gene or cohort is ever held as floats.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.blas import dsyrk, ssyrk

from genodiff.formats.genotypes import MISSING_DOSAGE

# A component whose variance is below this share of the gene's total is numerical noise.
_RANK_TOLERANCE = 1e-10
# Bytes of a block of floats, so that it stays in a processor's own cache, and its least columns, since
# products of fewer are slow.
BLOCK_BYTES = 2**19
LEAST_BLOCK = 256
# Sums of products of two dosages over so many individuals are whole numbers that float32 holds exactly.
_EXACT_INDIVIDUALS = 2**24 // 4


@dataclass(frozen=True)
class GenePca:
    """All that projection and its inverse need; float64."""

    mean: np.ndarray  # (V,) training mean dosages
    loadings: np.ndarray  # (k, V) orthonormal rows
    explained_variance: np.ndarray  # (k,), unbiased, in squared dosages
    total_variance: float


def component_count(
    snps: int, variances: np.ndarray, most: int, explained: float | None, total: float | None = None
) -> int:
    """How many components to keep.

    With `explained` None, the rule of Luo et al. 2023: more than 20 SNPs 8, 5 to 20 SNPs 4, fewer 1;
    otherwise the smallest number that explains that share of the variance. Never more than `most`
    or than the rank. `variances` holds the components' variances, largest first: all of them, or the
    first `most` with the sum of all as `total`.
    """
    total = variances.sum() if total is None else total
    rank = int((variances > _RANK_TOLERANCE * total).sum())
    if explained is None:
        wanted = 8 if snps > 20 else 4 if snps >= 5 else 1
    else:
        share = np.cumsum(variances) / total
        wanted = int(np.searchsorted(share, explained - 1e-12)) + 1
    return min(wanted, most, rank)


def impute(dosage: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Dosages int8 (V, N) as float64 with each missing call replaced by its SNP's mean (V,)."""
    filled = dosage.astype(np.float64)
    if dosage.size and dosage.min() == MISSING_DOSAGE:
        np.copyto(filled, mean[:, None], where=dosage == MISSING_DOSAGE)
    return filled


def training_mean(dosage: np.ndarray, training: np.ndarray | None = None) -> np.ndarray:
    """Mean dosage of each SNP, int8 (V, N) to float64 (V,), over the calls that are not missing.

    `training` bool (N,): of these individuals only, by default of all.
    """
    training = _mask(dosage, training)
    sums, calls = np.zeros(len(dosage)), np.full(len(dosage), float(training.sum()))
    for part in _blocks(len(training), len(dosage), 4):
        own, ones = dosage[:, part] * training[part], np.ones(part.stop - part.start, np.float32)
        missing = (own == MISSING_DOSAGE).astype(np.float32) @ ones
        calls -= missing
        sums += own.astype(np.float32) @ ones - MISSING_DOSAGE * missing
    return sums / calls


def needed_bytes(snps: int, individuals: int, training: int) -> int:
    """Most bytes that `fit` and `transform` of a gene take at once, of V `snps` and N `individuals`,
    `training` of whom are fitted on; without the dosages and the scores themselves."""
    least = LEAST_BLOCK * (snps + (training if snps > training else 0))
    return 16 * min(snps, training) ** 2 + 3 * max(BLOCK_BYTES, 8 * least)


def fit(
    dosage: np.ndarray, most: int, explained: float | None = None, training: np.ndarray | None = None
) -> GenePca:
    """Fit one gene on training individuals' dosages, int8 (V, N), every SNP polymorphic.

    `training` bool (N,) says who they are, by default all. The covariance's eigenvectors when
    individuals outnumber SNPs, else those of the individuals' Gram matrix: the same components. Sign:
    the loading of largest absolute value (the first of equals) is positive.
    Raises ValueError when there are fewer than two individuals, no SNPs, or no variance.
    """
    training = _mask(dosage, training)
    snps, individuals = len(dosage), int(training.sum())
    if individuals < 2 or snps < 1:
        raise ValueError(f"PCA needs two individuals and a SNP, got {individuals} and {snps}")
    mean, products = None, None
    if snps <= individuals:
        mean, products = _complete_products(dosage, training, individuals)
    if products is None:
        mean = training_mean(dosage, training)
        products = (_imputed_products if snps <= individuals else _gram)(dosage, training, mean)
    total = float(products.trace()) / (individuals - 1)
    if not total > 0:
        raise ValueError("a gene without variance among the training individuals")
    size = len(products)
    # Only the components that may be kept; `products` is overwritten.
    values, vectors = eigh(
        products, driver="evr", subset_by_index=[max(0, size - most), size - 1],
        lower=True, overwrite_a=True, check_finite=False,
    )  # fmt: skip
    variances = np.clip(values[::-1], 0, None) / (individuals - 1)
    k = component_count(snps, variances, most, explained, total)
    rows = vectors[:, ::-1].T[:k]
    if snps > individuals:
        rows = _loadings_of(rows, dosage, training, mean)
    return GenePca(mean, _fix_signs(rows), variances[:k], total)


def _mask(dosage: np.ndarray, training: np.ndarray | None) -> np.ndarray:
    return np.ones(dosage.shape[1], bool) if training is None else training


def _blocks(length: int, width: int, item: int, start: int = 0) -> Iterator[slice]:
    """Slices of `length` columns (or rows) from `start`, each of `width` values of `item` bytes."""
    size = max(LEAST_BLOCK, BLOCK_BYTES // (item * width))
    for first in range(start, start + length, size):
        yield slice(first, min(first + size, start + length))


def _complete_products(
    dosage: np.ndarray, training: np.ndarray, individuals: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Means (V,) and centred products of SNPs (V, V), lower triangle only, over training individuals;
    float64. Nothing where one of these individuals has a missing call.

    Exact up to the last subtraction: dosages and their products are whole numbers.
    """
    snps = len(dosage)
    sums, products = np.zeros(snps), np.zeros((snps, snps), order="F")
    for span in range(0, len(training), _EXACT_INDIVIDUALS):
        exact = np.zeros((snps, snps), np.float32, order="F")
        for part in _blocks(min(_EXACT_INDIVIDUALS, len(training) - span), snps, 4, span):
            # Others count as zeros, which costs less than to pick the training individuals.
            own = dosage[:, part] * training[part]
            if own.min() == MISSING_DOSAGE:
                return None, None
            own = own.astype(np.float32)
            sums += own @ np.ones(own.shape[1], np.float32)
            exact = ssyrk(1.0, own.T, 1.0, exact, trans=1, lower=1, overwrite_c=1)
        products += exact
    mean = sums / individuals
    products -= np.outer(sums, mean)
    return mean, products


def _imputed_products(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Centred products of SNPs with missing calls at the mean, float64 (V, V), lower triangle only."""
    products = np.zeros((len(dosage), len(dosage)), order="F")
    for part in _blocks(len(training), len(dosage), 8):
        own = impute(dosage[:, part] * training[part], mean)
        products = dsyrk(1.0, own.T, 1.0, products, trans=1, lower=1, overwrite_c=1)
    products -= np.outer(mean, mean * training.sum())
    return products


def _centred(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> Iterator[np.ndarray]:
    """The training individuals' imputed, centred dosages, float64, by blocks of SNPs."""
    for part in _blocks(len(dosage), int(training.sum()), 8):
        yield impute(dosage[part][:, training], mean[part]) - mean[part, None]


def _gram(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Products of training individuals over the SNPs, float64 (individuals, individuals), lower triangle
    only."""
    individuals = int(training.sum())
    gram = np.zeros((individuals, individuals), order="F")
    for own in _centred(dosage, training, mean):
        gram = dsyrk(1.0, own.T, 1.0, gram, lower=1, overwrite_c=1)
    return gram


def _loadings_of(
    individuals: np.ndarray, dosage: np.ndarray, training: np.ndarray, mean: np.ndarray
) -> np.ndarray:
    """Loadings (k, V) from the components' unit vectors over training individuals (k, individuals)."""
    rows = np.concatenate([individuals @ own.T for own in _centred(dosage, training, mean)], axis=1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _fix_signs(loadings: np.ndarray) -> np.ndarray:
    # Rounding lets equal loadings of symmetric genes tie, so that the first of them decides.
    largest = np.abs(loadings).round(9).argmax(1)
    signs = np.sign(loadings[np.arange(len(loadings)), largest])
    return loadings * signs[:, None]


def transform(pca: GenePca, dosage: np.ndarray, dtype: type = np.float64) -> np.ndarray:
    """Scores (k, N), computed as float64 and kept as `dtype`, of dosages int8 (V, N); missing calls
    count as the training mean."""
    scores = np.empty((len(pca.loadings), dosage.shape[1]), dtype)
    centre = (pca.loadings @ pca.mean)[:, None]
    for part in _blocks(dosage.shape[1], len(dosage), 8):
        own = pca.loadings @ impute(dosage[:, part], pca.mean)
        np.subtract(own, centre, out=scores[:, part], casting="same_kind")
    return scores


def inverse_transform(pca: GenePca, scores: np.ndarray) -> np.ndarray:
    """Dosages float64 (V, N), not rounded, from scores (k, N)."""
    return pca.loadings.T @ scores + pca.mean[:, None]
