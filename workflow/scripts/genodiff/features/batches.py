"""A test set in which the batch of a person says nothing about the class."""

from math import floor

import numpy as np
import pandas as pd

from genodiff.errors import InputError
from genodiff.logs import logger


def batch_quota(people: pd.DataFrame, quota: int, share: float) -> dict[tuple[str, str], int]:
    """Test people of each batch and class, equally many of every class of a batch.

    `people` has columns label (None: unlabelled) and batch; `quota` is what is wanted of each class in
    all. A batch gives at most `share` of its smallest class, none where a class is absent; where they
    could give more than is wanted, all give the same part of it. Raises InputError when no batch can
    give anybody.
    """
    counts = pd.crosstab(people["batch"], people["label"])
    most = (counts.min(axis=1) * share).astype(int)
    total = int(most.sum())
    if not total:
        raise InputError(
            f"split.balance_batches: none of the {len(counts)} batches has two people of every class, "
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
            "split.balance_batches: %d test people of each class instead of %d, since batches have few "
            "people of their smallest class", wanted, quota,
        )  # fmt: skip
    return {(batch, label): int(given[batch]) for batch in counts.index for label in counts.columns}


def strata(people: pd.DataFrame) -> pd.Series:
    """Batch and class of each person as a pair, None for the unlabelled."""
    pairs = zip(people["batch"], people["label"], strict=True)
    found = [None if label is None else (batch, label) for batch, label in pairs]
    return pd.Series(found, index=people.index, dtype=object)


def in_one_sided_batches(people: pd.DataFrame) -> int:
    """Labelled people of batches in which a class is absent."""
    counts = pd.crosstab(people["batch"], people["label"])
    return int(counts[counts.min(axis=1) == 0].to_numpy().sum())


def exclude_surplus(people: pd.DataFrame, sets: pd.Series, rng: np.random.Generator) -> None:
    """Exclude random test people, in place, until each batch has equally many of every class there."""
    counts = pd.crosstab(people["batch"], people["label"])
    for batch in counts.index:
        members = {
            label: np.flatnonzero(
                (sets == "test") & (people["batch"] == batch) & (people["label"] == label)
            )
            for label in counts.columns
        }
        least = min(map(len, members.values()))
        for own in members.values():
            sets.iloc[rng.choice(own, len(own) - least, replace=False)] = "excluded"
