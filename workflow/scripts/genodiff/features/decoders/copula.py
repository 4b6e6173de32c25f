"""A Gaussian residual on the reconstruction, then two cuts of each SNP (a Gaussian copula)."""

import numpy as np

from genodiff.features import pca
from genodiff.features.decoders.base import Decoder, Noise, Parameters, called
from genodiff.features.decoders.thresholds import cuts, reconstructions, snp_blocks
from genodiff.features.pca import GenePca, inverse_transform

# Components of the residual; what is beyond them is independent between SNPs.
RANK = 128
# Share of the residual covariances that is left out, as a defence against noise.
SHRINKAGE = 0.1
# Residual variances below this share of the variance of a SNP are numerical noise.
_NONE = 1e-9


class Copula(Decoder):
    """Adds what the components dropped before the cuts: a Gaussian with the residual covariance of the
    training individuals, off the diagonal reduced by SHRINKAGE."""

    def fit(
        self,
        model: GenePca,
        dosage: np.ndarray,
        scores: np.ndarray,
        training: np.ndarray,
        seed: list[int],
    ) -> Parameters:
        """cuts (V, 2); factors (r, V) and deviation (V,), with factors.T @ factors +
        diag(deviation^2) the covariance of the residual."""
        k = len(model.loadings)
        whole = pca.fit(dosage, k + RANK, 1.0, training)
        kept = np.sqrt((1 - SHRINKAGE) * whole.explained_variance[k:])
        factors = kept[:, None] * whole.loadings[k:]
        total = _variances(dosage, training, model.mean)
        residual = total - (model.explained_variance[:, None] * model.loadings**2).sum(0)
        residual[residual < _NONE * total] = 0
        deviation = np.sqrt(np.clip(residual - (factors**2).sum(0), 0, None))
        rng, found = np.random.default_rng(seed), []
        for part, values in reconstructions(model, scores, training):
            values += np.sqrt(residual[part, None]) * rng.standard_normal(values.shape)
            found.append(cuts(values, dosage[part][:, training]))
        parameters = {"cuts": np.concatenate(found), "factors": factors, "deviation": deviation}
        return {name: values.astype(np.float32) for name, values in parameters.items()}

    def decode(
        self, model: GenePca, parameters: Parameters, scores: np.ndarray, noise: Noise
    ) -> np.ndarray:
        """Dosages int8 (V, N)."""
        factors, deviation = parameters["factors"], parameters["deviation"]
        normal = noise.normal(len(factors) + len(deviation), scores.shape[1])
        values = inverse_transform(model, scores)
        values += factors.T @ normal[: len(factors)]
        values += deviation[:, None] * normal[len(factors) :]
        low, high = np.hsplit(parameters["cuts"], 2)
        return called(values, low, high)


def _variances(dosage: np.ndarray, training: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Unbiased variance (V,) of each SNP in training individuals, missing calls at the mean."""
    total = np.zeros(len(dosage))
    for part in snp_blocks(len(dosage), len(training)):
        for genotype in range(3):
            count = np.count_nonzero((dosage[part] == genotype) & training, axis=1)
            total[part] += count * (genotype - mean[part]) ** 2
    return total / (training.sum() - 1)
