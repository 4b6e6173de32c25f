"""Principal components of one gene, fitted on the training individuals.

Scores of an individual with dosages g: (g - mean) @ loadings.T; inverse: scores @ loadings + mean.
Computations run over blocks of individuals or SNPs, so that no gene is in memory as floats for all
individuals.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.linalg.blas import dsyrk, ssyrk

from genodiff.formats.genotypes import MISSING_DOSAGE

# A component whose variance is below this share of the gene's total is numerical noise.
_RANK_TOLERANCE = 1e-10
# Bytes of a block of floats, which fits into the cache of a processor, and its fewest columns, since
# products of narrower blocks are slow.
BLOCK_BYTES = 2**19
LEAST_BLOCK = 256
# float32 represents sums of products of two dosages over so many individuals exactly.
_EXACT_INDIVIDUALS = 2**24 // 4


@dataclass(frozen=True)
class GenePca:
    """Parameters of the projection and its inverse; float64."""

    mean: np.ndarray  # (V,) training mean dosages
    loadings: np.ndarray  # (k, V) orthonormal rows
    explained_variance: np.ndarray  # (k,), unbiased, in squared dosages
    total_variance: float

    @classmethod
    def of(cls, model: dict) -> "GenePca":
        """From a row of models.parquet."""
        mean, loadings, explained = (
            np.array(model[name]) for name in ("mean", "loadings", "explained_variance")
        )
        return cls(mean, loadings.reshape(len(explained), len(mean)), explained, model["total_variance"])


def component_count(
    snps: int, variances: np.ndarray, most: int, explained: float | None, total: float | None = None
) -> int:
    """Number of components to keep.

    If `explained` is None, the rule of Luo et al. 2023: 8 for more than 20 SNPs, 4 for 5 to 20 SNPs, 1
    for fewer; otherwise the smallest number that explains that share of the variance. At most `most` and
    the rank. `variances`: of all components in decreasing order, or of the first `most` with the sum of
    all as `total`.
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
    """Dosages int8 (V, N) as float64, with missing calls replaced by the mean of their SNP (V,)."""
    filled = dosage.astype(np.float64)
    if dosage.size and dosage.min() == MISSING_DOSAGE:
        np.copyto(filled, mean[:, None], where=dosage == MISSING_DOSAGE)
    return filled


def training_mean(dosage: np.ndarray, training: np.ndarray | None = None) -> np.ndarray:
    """Mean dosage float64 (V,) of each SNP over calls that are not missing; `dosage` int8 (V, N).

    `training` bool (N,): the individuals of the mean, by default all.
    """
    training = _mask(dosage, training)
    sums, calls = np.zeros(len(dosage)), np.full(len(dosage), float(training.sum()))
    for part in _blocks(len(training), len(dosage), 4):
        block, ones = dosage[:, part] * training[part], np.ones(part.stop - part.start, np.float32)
        missing = (block == MISSING_DOSAGE).astype(np.float32) @ ones
        calls -= missing
        sums += block.astype(np.float32) @ ones - MISSING_DOSAGE * missing
    return sums / calls


def needed_bytes(snps: int, individuals: int, training: int) -> int:
    """Peak bytes of `fit` and `transform` for a gene of V `snps` and N `individuals`, of which
    `training` are training individuals; without dosages and scores."""
    least = LEAST_BLOCK * (snps + (training if snps > training else 0))
    return 16 * min(snps, training) ** 2 + 3 * max(BLOCK_BYTES, 8 * least)


def fit(
    dosage: np.ndarray, most: int, explained: float | None = None, training: np.ndarray | None = None
) -> GenePca:
    """Fit one gene on the dosages int8 (V, N) of training individuals; every SNP is polymorphic.

    `training` bool (N,): the training individuals, by default all. The components are eigenvectors of
    the covariance if individuals outnumber SNPs, else derived from those of the individuals' Gram
    matrix. The loading with the largest absolute value (the first of ties) is positive. Raises
    ValueError if there are fewer than two individuals, no SNPs, or no variance.
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
    # Only components that may be kept; eigh overwrites `products`.
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
    """Slices of `length` columns (or rows) from `start`; each has `width` values of `item` bytes."""
    size = max(LEAST_BLOCK, BLOCK_BYTES // (item * width))
    for first in range(start, start + length, size):
        yield slice(first, min(first + size, start + length))


def _complete_products(
    dosage: np.ndarray, training: np.ndarray, individuals: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Means (V,) and centred products of SNPs (V, V), lower triangle, over training individuals;
    float64. (None, None) if a training individual has a missing call.

    Exact up to the last subtraction, since dosages and their products are whole numbers.
    """
    snps = len(dosage)
    sums, products = np.zeros(snps), np.zeros((snps, snps), order="F")
    for span in range(0, len(training), _EXACT_INDIVIDUALS):
        exact = np.zeros((snps, snps), np.float32, order="F")
        for part in _blocks(min(_EXACT_INDIVIDUALS, len(training) - span), snps, 4, span):
            # Setting other individuals to zero is faster than selecting the training individuals.
            block = dosage[:, part] * training[part]
            if block.min() == MISSING_DOSAGE:
                return None, None
            block = block.astype(np.float32)
            sums += block @ np.ones(block.shape[1], np.float32)
            exact = ssyrk(1.0, block.T, 1.0, exact, trans=1, lower=1, overwrite_c=1)
        products += exact
    mean = sums / individuals
    products -= np.outer(sums, mean)
    return mean, products


def _imputed_products(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Centred products of SNPs with imputed missing calls, float64 (V, V), lower triangle."""
    products = np.zeros((len(dosage), len(dosage)), order="F")
    for part in _blocks(len(training), len(dosage), 8):
        block = impute(dosage[:, part] * training[part], mean)
        products = dsyrk(1.0, block.T, 1.0, products, trans=1, lower=1, overwrite_c=1)
    products -= np.outer(mean, mean * training.sum())
    return products


def _centred(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> Iterator[np.ndarray]:
    """Yield imputed, centred dosages of training individuals, float64, by blocks of SNPs."""
    for part in _blocks(len(dosage), int(training.sum()), 8):
        yield impute(dosage[part][:, training], mean[part]) - mean[part, None]


def _gram(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Products of training individuals over SNPs, float64 (individuals, individuals), lower triangle."""
    individuals = int(training.sum())
    gram = np.zeros((individuals, individuals), order="F")
    for block in _centred(dosage, training, mean):
        gram = dsyrk(1.0, block.T, 1.0, gram, lower=1, overwrite_c=1)
    return gram


def _loadings_of(
    individuals: np.ndarray, dosage: np.ndarray, training: np.ndarray, mean: np.ndarray
) -> np.ndarray:
    """Loadings (k, V) from the unit vectors of components over training individuals (k, individuals)."""
    blocks = _centred(dosage, training, mean)
    rows = np.concatenate([individuals @ block.T for block in blocks], axis=1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _fix_signs(loadings: np.ndarray) -> np.ndarray:
    # Rounding makes equal loadings of symmetric genes tie, so that the first of them decides.
    largest = np.abs(loadings).round(9).argmax(1)
    signs = np.sign(loadings[np.arange(len(loadings)), largest])
    return loadings * signs[:, None]


def transform(pca: GenePca, dosage: np.ndarray, dtype: type = np.float64) -> np.ndarray:
    """Scores (k, N) of dosages int8 (V, N), computed in float64 and stored as `dtype`; missing calls are
    imputed with the training mean."""
    scores = np.empty((len(pca.loadings), dosage.shape[1]), dtype)
    centre = (pca.loadings @ pca.mean)[:, None]
    for part in _blocks(dosage.shape[1], len(dosage), 8):
        block = pca.loadings @ impute(dosage[:, part], pca.mean)
        np.subtract(block, centre, out=scores[:, part], casting="same_kind")
    return scores


def inverse_transform(pca: GenePca, scores: np.ndarray) -> np.ndarray:
    """Unrounded dosages float64 (V, N) from scores (k, N)."""
    return pca.loadings.T @ scores + pca.mean[:, None]
