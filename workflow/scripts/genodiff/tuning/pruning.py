"""Giving up a trial early, by the error of its network as a denoiser of validation individuals.

Optuna prunes studies with one objective only, and by one number that all trials report. The error is
comparable where the loss is not: it is that of x_0 at fixed standard deviations of the noise, whatever
the network predicts and however training steps are weighted.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from genodiff.evaluation.denoising.job import Restore, errors

# Shares of the epochs after which the error is measured.
SHARES = (0.25, 0.5, 0.75)
# Earlier trials that have come as far, without which none is given up.
WARM_UP = 5


def epochs_of(epochs: int) -> list[int]:
    """Epochs after which the error is measured: those of SHARES that are before the last one."""
    found = (max(1, round(share * epochs)) for share in SHARES)
    return sorted({epoch for epoch in found if epoch < epochs})


def denoising_error(restore: Restore, x: np.ndarray, numbers: np.ndarray, seed: int) -> float:
    """Geometric mean over noise levels of the mean square error of x_0, of individuals x float32 (N, D)
    with class numbers (N,), noised in the same way for every network. (An arithmetic mean would be that
    of the largest noise.)"""
    found = [row["error"] for row in errors(restore, {"validation": (x, numbers)}, seed)]
    return float(np.exp(np.log(found).mean()))


def gives_up(error: float, earlier: Sequence[float]) -> bool:
    """Whether a trial with this error is given up: it is above the median of those of `earlier` trials,
    at least WARM_UP. One that was given up before counts as infinite (`earlier_errors`), so that about
    half of the trials are given up altogether, and not half of the rest each time."""
    return len(earlier) >= WARM_UP and bool(error > np.median(earlier))


def earlier_errors(trials: Iterable[tuple[dict[str, float], bool]], epoch: int) -> list[float]:
    """Errors of other trials after an epoch: of each its errors by epoch (as text), and whether it was
    given up. One that ended otherwise before this epoch has none."""
    found = []
    for by_epoch, given_up in trials:
        if str(epoch) in by_epoch:
            found.append(by_epoch[str(epoch)])
        elif given_up:
            found.append(float("inf"))
    return found
