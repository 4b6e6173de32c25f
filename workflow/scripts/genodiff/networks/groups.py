"""Groups of similar individuals."""

import numpy as np
from sklearn.cluster import KMeans

# Least variance around a mean: one individual's rounding is not a density.
LEAST_VARIANCE = 1e-3


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
    return means, sizes.astype(float), spread.clip(LEAST_VARIANCE)
