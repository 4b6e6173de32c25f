"""Principal components of one gene, fitted on the training people.

Scores of a person with dosages g: (g - mean) @ loadings.T; back: scores @ loadings + mean.
"""

from dataclasses import dataclass

import numpy as np

from genodiff.formats.genotypes import MISSING_DOSAGE

# A component whose variance is below this share of the gene's total is numerical noise.
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class GenePca:
    """All that projection and its inverse need; float64."""

    mean: np.ndarray  # (V,) training mean dosages
    loadings: np.ndarray  # (k, V) orthonormal rows
    explained_variance: np.ndarray  # (k,), unbiased, in squared dosages
    total_variance: float


def component_count(snps: int, variances: np.ndarray, most: int, explained: float | None) -> int:
    """How many components to keep.

    With `explained` None, the rule of Luo et al. 2023: more than 20 SNPs 8, 5 to 20 SNPs 4, fewer 1;
    otherwise the smallest number that explains that share of the variance. Never more than `most`
    or than the rank (`variances` holds the variances of the components, largest first).
    """
    rank = int((variances > _RANK_TOLERANCE * variances.sum()).sum())
    if explained is None:
        wanted = 8 if snps > 20 else 4 if snps >= 5 else 1
    else:
        share = np.cumsum(variances) / variances.sum()
        wanted = int(np.searchsorted(share, explained - 1e-12)) + 1
    return min(wanted, most, rank)


def impute(dosage: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Dosages int8 (V, N) as float64 with each missing call replaced by its SNP's mean (V,)."""
    return np.where(dosage == MISSING_DOSAGE, mean[:, None], dosage.astype(np.float64))


def training_mean(dosage: np.ndarray) -> np.ndarray:
    """Mean dosage of each SNP, int8 (V, N) to float64 (V,), over the calls that are not missing."""
    called = dosage != MISSING_DOSAGE
    return np.where(called, dosage, 0).sum(1, dtype=np.int64) / called.sum(1)


def fit(dosage: np.ndarray, most: int, explained: float | None = None) -> GenePca:
    """Fit one gene on training people's dosages, int8 (V, N), every SNP polymorphic.

    The covariance's eigenvectors when people outnumber SNPs, else singular vectors: the same
    components. Sign: the loading of largest absolute value (the first of equals) is positive.
    Raises ValueError when there are fewer than two people, no SNPs, or no variance.
    """
    snps, people = dosage.shape
    if people < 2 or snps < 1:
        raise ValueError(f"PCA needs two people and a SNP, got {people} and {snps}")
    mean = training_mean(dosage)
    centred = impute(dosage, mean) - mean[:, None]
    if snps <= people:
        values, vectors = np.linalg.eigh(centred @ centred.T)
        values, vectors = np.clip(values[::-1], 0, None), vectors[:, ::-1].T
    else:
        left, singular, _ = np.linalg.svd(centred, full_matrices=False)
        values, vectors = singular**2, left.T
    variances = values / (people - 1)
    if not variances.sum() > 0:
        raise ValueError("a gene without variance among the training people")
    k = component_count(snps, variances, most, explained)
    return GenePca(mean, _fix_signs(vectors[:k]), variances[:k], float(variances.sum()))


def _fix_signs(loadings: np.ndarray) -> np.ndarray:
    # Rounding lets equal loadings of symmetric genes tie, so that the first of them decides.
    largest = np.abs(loadings).round(9).argmax(1)
    signs = np.sign(loadings[np.arange(len(loadings)), largest])
    return loadings * signs[:, None]


def transform(pca: GenePca, dosage: np.ndarray) -> np.ndarray:
    """Scores float64 (k, N) of dosages int8 (V, N); missing calls count as the training mean."""
    return pca.loadings @ (impute(dosage, pca.mean) - pca.mean[:, None])


def inverse_transform(pca: GenePca, scores: np.ndarray) -> np.ndarray:
    """Dosages float64 (V, N), not rounded, from scores (k, N)."""
    return pca.loadings.T @ scores + pca.mean[:, None]
