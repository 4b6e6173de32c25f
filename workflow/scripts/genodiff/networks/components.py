"""Principal components with the variances that new individuals have along them."""

import numpy as np
from scipy.linalg import eigh
from sklearn.utils.extmath import randomized_svd

_FOLDS = 5
# Covariances of so many features are decomposed whole.
_FEW_FEATURES = 1024


def held_out_components(x: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Loadings (R, D), orthonormal, of the leading principal components of x (N, D), and their
    variances (R,) beside that of independent features, at least 0: those that individuals have who are
    left out when components are fitted (means over five folds). R is `count`, or less where individuals
    or features are fewer. None for fewer than five individuals."""
    count = min(count, len(x) * (_FOLDS - 1) // _FOLDS, x.shape[1])
    if len(x) < _FOLDS or count < 1:
        return None
    fold = np.random.default_rng(0).permutation(len(x)) % _FOLDS
    centred, independent, latent = x - x.mean(0), x.var(0), np.zeros(count)
    for number in range(_FOLDS):
        loadings = _leading(centred[fold != number], count)
        scores = centred[fold == number] @ loadings.T
        latent += (scores.var(0) - loadings**2 @ independent) / _FOLDS
    return _leading(centred, count), np.maximum(latent, 0)


def _leading(x: np.ndarray, count: int) -> np.ndarray:
    features = x.shape[1]
    if features > _FEW_FEATURES:
        return randomized_svd(x, count, random_state=0)[2]
    return eigh(x.T @ x, subset_by_index=(features - count, features - 1))[1].T[::-1]
