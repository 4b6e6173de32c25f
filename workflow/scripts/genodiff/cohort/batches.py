"""A test set in which the batch of an individual says nothing about the class."""

from math import floor

import numpy as np
import pandas as pd

from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


def batch_quota(individuals: pd.DataFrame, quota: int, share: float) -> dict[tuple[str, str], int]:
    """Test individuals of each batch and class, equally many of every class of a batch.

    `individuals` has columns label (None: unlabelled) and batch; `quota` is what is wanted of each class
    in all. A batch gives at most `share` of its smallest class, none where a class is absent; where they
    could give more than is wanted, all give the same part of it. Raises InputError when no batch can
    give anybody.
    """
    counts = pd.crosstab(individuals["batch"], individuals["label"])
    most = (counts.min(axis=1) * share).astype(int)
    total = int(most.sum())
    if not total:
        raise InputError(
            f"split.balance_batches: none of the {len(counts)} batches has two individuals of every class, "
            "so nobody is left for a test set in which batches say nothing; set it to false, or name a "
            "coarser column in cohort.batch_column"
        )
    wanted = min(quota, total)
    exact = most * (wanted / total)
    given = exact.map(floor)
    # The largest remainders make up the sum; on a tie the batch that comes first.
    first = (given - exact).sort_values(kind="stable").index[: wanted - int(given.sum())]
    given[first] += 1
    if wanted < quota:
        logger.warning(
            "split.balance_batches: %d test individuals of each class instead of %d, since batches have few "
            "individuals of their smallest class", wanted, quota,
        )  # fmt: skip
    return {(batch, label): int(given[batch]) for batch in counts.index for label in counts.columns}


def strata(individuals: pd.DataFrame) -> pd.Series:
    """Batch and class of each individual as a pair, None for the unlabelled."""
    pairs = zip(individuals["batch"], individuals["label"], strict=True)
    found = [None if label is None else (batch, label) for batch, label in pairs]
    return pd.Series(found, index=individuals.index, dtype=object)


def in_one_sided_batches(individuals: pd.DataFrame) -> int:
    """Labelled individuals of batches in which a class is absent."""
    counts = pd.crosstab(individuals["batch"], individuals["label"])
    return int(counts[counts.min(axis=1) == 0].to_numpy().sum())


def exclude_surplus(individuals: pd.DataFrame, sets: pd.Series, rng: np.random.Generator) -> None:
    """Exclude random test individuals, in place, until each batch has equally many of every class
    there."""
    counts = pd.crosstab(individuals["batch"], individuals["label"])
    for batch in counts.index:
        members = {
            label: np.flatnonzero(
                (sets == "test") & (individuals["batch"] == batch) & (individuals["label"] == label)
            )
            for label in counts.columns
        }
        least = min(map(len, members.values()))
        for own in members.values():
            sets.iloc[rng.choice(own, len(own) - least, replace=False)] = "excluded"
