"""Numbers of individuals of each class, for synthetic datasets and for comparisons of two sets."""

from dataclasses import dataclass

import numpy as np

from genodiff.formats.labels import check_classes, class_of
from genodiff.runtime.errors import InputError


@dataclass(frozen=True)
class SyntheticSize:
    """The number of synthetic individuals and the shares of their classes."""

    individuals: int | None  # None: `multiple` times the labelled training individuals
    multiple: float
    label_mix: dict[str, float] | None  # share of each class; None: the training labels' shares


def whole_individuals(shares: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers int64 (C,) with the sum `total` in the proportions of `shares` (C,), by largest
    remainders; ties go to the first class."""
    exact = total * shares / shares.sum()
    counts = np.floor(exact + 1e-9).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: total - counts.sum()]] += 1
    return counts


def choose_labels(
    training_labels: list[str | None],
    classes: list[str],
    amount: SyntheticSize,
    setting: str = "synthetic.label_mix",
) -> list[str]:
    """Labels of the synthetic individuals, class by class; `setting`: the key of the label mix.

    Raises InputError if the cohort lacks a class of the label mix, and for fewer than one individual.
    """
    label_mix = {str(name): share for name, share in (amount.label_mix or {}).items()}
    check_classes({setting: label_mix}, classes)
    labelled = [label for label in training_labels if label is not None]
    weights = {class_of(name, classes): share for name, share in label_mix.items()} or {
        c: labelled.count(c) for c in classes
    }
    shares = np.array([weights.get(c, 0) for c in classes], float)
    total = amount.individuals or round(amount.multiple * len(labelled))
    if total < 1:
        raise InputError(
            f"synthetic.multiple: {amount.multiple} times {len(labelled)} training individuals are no "
            "individuals"
        )
    counts = whole_individuals(shares, total)
    return [label for label, count in zip(classes, counts, strict=True) for _ in range(count)]


def matched_counts(mix: np.ndarray, *available: np.ndarray) -> np.ndarray:
    """Largest numbers int64 (C,) in the proportions of `mix` (C,) that every set can provide.

    `mix` and each of `available` are numbers of individuals of each class. Raises ValueError if a set
    lacks a class of the mix.
    """
    most, present = np.minimum.reduce(available), mix > 0
    if not most[present].all():
        raise ValueError("no individuals to compare: a class of one set is missing in the other")
    # Rounding to whole individuals may allow slightly more or fewer than the exact proportions.
    total = int(((most[present] + 1) / mix[present]).min() * mix.sum())
    while (whole_individuals(mix, total) > most).any():
        total -= 1
    return whole_individuals(mix, total)


def draw(labels: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sorted row numbers int64 of `counts` (C,) random individuals of each class; `labels` int64 (N,).

    With the same seed, a larger draw includes a smaller one.
    """
    chosen = [
        rng.permutation(np.flatnonzero(labels == number))[:count] for number, count in enumerate(counts)
    ]
    return np.sort(np.concatenate(chosen))
