"""Two cuts of each SNP's reconstruction that keep the genotype frequencies of training individuals."""

from collections.abc import Iterator

import numpy as np

from genodiff.features.decoders.base import Decoder, Noise, Parameters, called
from genodiff.features.pca import GenePca, inverse_transform
from genodiff.formats.genotypes import MISSING_DOSAGE

# Reconstructions closer than this are equal but for rounding, and no cut is between them.
_GAP = 1e-6
# Bytes of the reconstructions of all training individuals that are in memory at once.
_BLOCK_BYTES = 2**22


def cuts(values: np.ndarray, dosage: np.ndarray) -> np.ndarray:
    """Two cuts of each SNP, (V, 2): of `values` (V, n) as large a share is below the first as `dosage`
    int8 (V, n) has genotypes 0 among its calls, and below the second as it has genotypes 0 and 1.

    A cut is in the middle between two values, the nearest to that share that differ, and infinite below
    or above all of them.
    """
    individuals = values.shape[1]
    ordered = np.pad(np.sort(values, 1), ((0, 0), (1, 1)), constant_values=(-np.inf, np.inf))
    equal = np.diff(ordered) <= _GAP
    calls = (dosage != MISSING_DOSAGE).sum(1)
    found, rows, places = [], np.arange(len(values)), np.arange(individuals + 1)
    for most in (0, 1):
        below = ((dosage != MISSING_DOSAGE) & (dosage <= most)).sum(1)
        distance = np.abs(places - (individuals * below / calls)[:, None])
        distance[equal] = np.inf
        place = distance.argmin(1)
        found.append((ordered[rows, place] + ordered[rows, place + 1]) / 2)
    return np.stack(found, 1)


def snp_blocks(snps: int, individuals: int) -> Iterator[slice]:
    """Blocks of SNPs whose float64 values for so many individuals fit into memory."""
    size = max(1, _BLOCK_BYTES // (8 * individuals))
    for first in range(0, snps, size):
        yield slice(first, first + size)


def reconstructions(
    model: GenePca, scores: np.ndarray, training: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of SNPs with the reconstructions of training individuals, float64 (SNPs, n)."""
    own = scores[:, training]
    for part in snp_blocks(len(model.mean), own.shape[1]):
        yield part, model.loadings[:, part].T @ own + model.mean[part, None]


class Thresholds(Decoder):
    """Cuts the inverse of the principal components."""

    def fit(
        self,
        model: GenePca,
        dosage: np.ndarray,
        scores: np.ndarray,
        training: np.ndarray,
        seed: list[int],
    ) -> Parameters:
        """cuts (V, 2)."""
        found = [
            cuts(values, dosage[part][:, training])
            for part, values in reconstructions(model, scores, training)
        ]
        return {"cuts": np.concatenate(found).astype(np.float32)}

    def decode(
        self, model: GenePca, parameters: Parameters, scores: np.ndarray, noise: Noise
    ) -> np.ndarray:
        """Dosages int8 (V, N)."""
        low, high = np.hsplit(parameters["cuts"], 2)
        return called(inverse_transform(model, scores), low, high)
