"""Split individuals into training, validation and test set."""

from collections import Counter
from collections.abc import Hashable
from math import floor

import numpy as np
import pandas as pd

from genodiff.formats.labels import doubtful_labels, looks_continuous, same_but_for_spelling
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.formats.split import SETS
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Largest share of the smallest class in the test set.
LARGEST_SHARE_OF_A_CLASS = 0.5
# Most labels of a column of classes with fewer than 20 individuals each.
_MOST_CLASSES = 30
# Fewer test individuals of each class make accuracies too coarse to compare.
_FEW_TEST_INDIVIDUALS = 10


def test_quota(sizes: dict[str, int], fraction: float) -> int:
    """Test individuals of each class: `fraction` of all labelled individuals, equally many of each
    class, but at most half of the smallest class."""
    equal = int(fraction * sum(sizes.values()) / len(sizes))
    return min(equal, int(LARGEST_SHARE_OF_A_CLASS * min(sizes.values())))


def draw_families(
    individuals: pd.DataFrame, quota: dict[Hashable, int], rng: np.random.Generator
) -> set[str]:
    """Random families whose labelled members do not exceed the quota of any class.

    `individuals` has columns family and label (None: unlabelled; otherwise a key of the quota).
    """
    members = {
        family: Counter(label for label in labels if label is not None)
        for family, labels in individuals.groupby("family", sort=True)["label"]
    }
    left, chosen = dict(quota), set()
    families = list(members)
    for i in rng.permutation(len(families)):
        needs = members[families[i]]
        if needs and all(left[label] >= count for label, count in needs.items()):
            chosen.add(families[i])
            for label, count in needs.items():
                left[label] -= count
    return chosen


def batch_quota(individuals: pd.DataFrame, quota: int, share: float) -> dict[tuple[str, str], int]:
    """Test individuals of each batch and class, equally many of every class in a batch.

    `individuals` has columns label (None: unlabelled) and batch; `quota`: the wanted number of each
    class over all batches. A batch provides at most `share` of its smallest class, so none if it lacks a
    class; the quota is divided in proportion to these maxima. Raises InputError if no batch can provide
    any.
    """
    counts = pd.crosstab(individuals["batch"], individuals["label"])
    most = (counts.min(axis=1) * share).astype(int)
    total = int(most.sum())
    if not total:
        raise InputError(
            f"split.balance_batches: none of the {len(counts)} batches has two individuals of every "
            "class, so no test set is possible in which batch and class are independent; set it to "
            "false, or name a coarser column in cohort.batch_column"
        )
    wanted = min(quota, total)
    exact = most * (wanted / total)
    given = exact.map(floor)
    # Largest remainders; ties go to the first batch.
    first = (given - exact).sort_values(kind="stable").index[: wanted - int(given.sum())]
    given[first] += 1
    if wanted < quota:
        logger.warning(
            "split.balance_batches: %d test individuals of each class instead of %d, since batches "
            "have few individuals of their smallest class", wanted, quota,
        )  # fmt: skip
    return {(batch, label): int(given[batch]) for batch in counts.index for label in counts.columns}


def strata(individuals: pd.DataFrame) -> pd.Series:
    """Pair of batch and class of each individual, None for unlabelled ones."""
    pairs = zip(individuals["batch"], individuals["label"], strict=True)
    keys = [None if label is None else (batch, label) for batch, label in pairs]
    return pd.Series(keys, index=individuals.index, dtype=object)


def in_one_sided_batches(individuals: pd.DataFrame) -> int:
    """Number of labelled individuals in batches that lack a class."""
    counts = pd.crosstab(individuals["batch"], individuals["label"])
    return int(counts[counts.min(axis=1) == 0].to_numpy().sum())


def exclude_surplus(individuals: pd.DataFrame, sets: pd.Series, rng: np.random.Generator) -> None:
    """Exclude random test individuals, in place, until each batch has equally many of every class."""
    counts = pd.crosstab(individuals["batch"], individuals["label"])
    for batch in counts.index:
        members = {
            label: np.flatnonzero(
                (sets == "test") & (individuals["batch"] == batch) & (individuals["label"] == label)
            )
            for label in counts.columns
        }
        least = min(map(len, members.values()))
        for rows in members.values():
            sets.iloc[rng.choice(rows, len(rows) - least, replace=False)] = "excluded"


def split_individuals(
    individuals: pd.DataFrame, test_fraction: float, validation_fraction: float, seed: int,
    balance_batches: bool = False,
) -> pd.Series:  # fmt: skip
    """The set of each individual (train, validation, test, unlabelled, excluded).

    `individuals`: sample, label (None if missing), family; with `balance_batches` also batch. The test
    set contains equally many individuals of each class, with `balance_batches` in every batch; the
    validation set is `validation_fraction` of the other individuals of each class. Families stay in one
    set: unlabelled relatives of test and validation individuals are excluded. Individuals that would
    unbalance the test set are also excluded. Raises InputError if there are fewer than two classes, or a
    class or all batches are too small.
    """
    sizes = _class_sizes(individuals)
    quota = test_quota(sizes, test_fraction)
    if quota < 1:
        raise InputError(
            f"the smallest class ({min(sizes, key=sizes.get)!r}) has too few individuals for a "
            f"balanced test set with split.test_fraction {test_fraction}. Classes: "
            + ", ".join(f"{label} {n}" for label, n in sizes.items())
        )
    if quota < _FEW_TEST_INDIVIDUALS:
        logger.warning(
            "only %d test individuals of each class (the smallest, %r, has %d): accuracies will be "
            "coarse",
            quota, min(sizes, key=sizes.get), min(sizes.values()),
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    sets = pd.Series("train", index=individuals.index, dtype=object)
    sets[individuals["label"].isna()] = "unlabelled"
    if balance_batches:
        quotas = batch_quota(individuals, quota, LARGEST_SHARE_OF_A_CLASS)
        _assign(individuals.assign(label=strata(individuals)), sets, "test", quotas, rng)
        exclude_surplus(individuals, sets, rng)
    else:
        _assign(individuals, sets, "test", dict.fromkeys(sizes, quota), rng)
        _balance_test(individuals, sets, rng)
    rest = individuals["label"][sets == "train"].value_counts()
    validation = {label: round(validation_fraction * int(rest[label])) for label in sizes}
    _assign(individuals, sets, "validation", validation, rng)
    _check_sets(individuals, sets, sizes)
    return sets


def _class_sizes(individuals: pd.DataFrame) -> dict[str, int]:
    """Number of individuals of each class; raises InputError unless labels are two or more classes."""
    sizes = {str(k): int(n) for k, n in individuals["label"].value_counts().sort_index().items()}
    if looks_continuous(individuals["label"]) or len(sizes) > max(_MOST_CLASSES, len(individuals) // 20):
        raise InputError(
            f"the label column contains {len(sizes)} different labels among {len(individuals)} "
            "individuals; it looks like a measurement or an id, and classes are needed: cut a "
            "measurement into classes first"
        )
    alike = same_but_for_spelling(sizes)
    if alike:
        one, other, how = alike
        raise InputError(
            f"labels {one!r} ({sizes[one]} individuals) and {other!r} ({sizes[other]}) {how}; use one "
            "spelling, or different names"
        )
    if len(sizes) < 2:
        labels = f"one class ({next(iter(sizes))!r})" if sizes else "no labels"
        raise InputError(
            f"the label column contains {labels} among the individuals of the genotype files; at least "
            "two classes are needed"
        )
    for label in doubtful_labels(sizes):
        logger.warning(
            "%r is a class of %d individuals; if it means that the phenotype is unknown, write NA",
            label, sizes[label],
        )  # fmt: skip
    return sizes


def _assign(individuals, sets, name: str, quota: dict, rng) -> None:
    """Move random families of training and unlabelled individuals into set `name`."""
    free = sets.isin(["train", "unlabelled"])
    chosen = draw_families(individuals[free], quota, rng)
    moved = free & individuals["family"].isin(chosen)
    sets[moved & (sets == "train")] = name
    sets[moved & (sets == "unlabelled")] = "excluded"


def _balance_test(individuals, sets, rng) -> None:
    """Exclude surplus test individuals if families kept a class from filling its quota."""
    counts = individuals["label"][sets == "test"].value_counts()
    for label, count in counts.items():
        surplus = int(count - counts.min())
        if surplus:
            members = np.flatnonzero((sets == "test") & (individuals["label"] == label))
            sets.iloc[rng.choice(members, surplus, replace=False)] = "excluded"


def _check_sets(individuals, sets, sizes: dict[str, int]) -> None:
    for name in ("train", "validation", "test"):
        counts = individuals["label"][sets == name].value_counts()
        absent = [label for label in sizes if not counts.get(label, 0)]
        if absent:
            raise InputError(
                f"no individual of class {absent[0]!r} ({sizes[absent[0]]} individuals in all) is left "
                f"for the {name} set; raise split.test_fraction or split.validation_fraction, merge "
                "small classes, or check the family column"
            )
        logger.info("%s: %s", name, ", ".join(f"{label} {counts[label]}" for label in sizes))
    for name in ("unlabelled", "excluded"):
        logger.info("%s: %d", name, int((sets == name).sum()))


def split_cohort(
    *, samples: list[str], genotypes: str, phenotypes: str, columns: list[str | None],
    fractions: list[float], seed: int, missing_rates: np.ndarray | None, max_missing: float | None,
    tally: Tally, balance_batches: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """The split of the N `samples` of the genotypes, in their order: sample, label, set, and batch if
    there is a column of batches.

    `genotypes`: the genotype file, for messages; `columns`: of sample, label, family (or None) and
    optionally batch in the phenotype table; `fractions`: of the test and validation set. Individuals
    that the table lacks have no label; individuals that the genotypes lack are omitted; individuals with
    a missing rate (float64 (N,)) above `max_missing` are excluded. `tally` counts all of these. Raises
    InputError if table and genotypes have no individual in common, or if no individual passes.
    """
    individuals = pd.DataFrame({"sample": samples})
    table = read_phenotypes(phenotypes, *columns)
    named = table.attrs["columns"]
    count_unmatched(
        individuals["sample"], table["sample"], genotypes, phenotypes, named["sample"], tally
    )
    individuals = individuals.merge(table, on="sample", how="left")
    individuals["label"] = individuals["label"].astype(object).where(individuals["label"].notna(), None)
    individuals["family"] = individuals["family"].fillna(individuals["sample"])
    if "batch" in individuals:
        individuals["batch"] = individuals["batch"].fillna("")
    usable = np.ones(len(individuals), bool)
    if max_missing is not None:
        usable = missing_rates <= max_missing
        for name in individuals.loc[~usable, "sample"]:
            tally.add("individual", "missing_rate", name)
        if not usable.any():
            raise InputError(
                f"quality.max_individual_missing {max_missing:g}: no individual has so few missing "
                f"calls; the smallest missing rate is {missing_rates.min():.1%} (haploid, polyploid and "
                "half-missing calls count as missing; the jobs missing_calls warn of them)"
            )
    individuals["set"] = "excluded"
    if individuals.loc[usable, "label"].isna().all():
        raise InputError(
            f"{phenotypes}: column {named['label']!r} has a phenotype of none of the {usable.sum()} "
            f"used individuals of {genotypes}; name a table with their phenotypes in "
            "cohort.phenotypes, and its column in cohort.label_column"
        )
    try:
        individuals.loc[usable, "set"] = split_individuals(
            individuals[usable], *fractions, seed, balance_batches
        )
    except InputError as error:
        raise InputError(f"{phenotypes}, column {named['label']!r}: {error}") from None
    used = individuals[usable]
    for name, count in used["set"].value_counts().reindex(SETS, fill_value=0).items():
        if count:
            tally.add("individual", {"train": "training"}.get(name, name), None, int(count))
    if balance_batches:
        count = in_one_sided_batches(used)
        if count:
            tally.add("individual", "one_sided_batch", None, count)
            logger.warning(
                "split.balance_batches: %d individuals are in batches that lack a class; the test set "
                "contains none of them, so accuracies do not apply to these batches", count,
            )  # fmt: skip
    return individuals[["sample", "label", "set", *(["batch"] if "batch" in individuals else [])]]


def count_unmatched(
    samples: pd.Series, listed: pd.Series, genotypes: str, phenotypes: str, column: str, tally: Tally,
    used_for: str = " and used to train the diffusion models only",
) -> None:  # fmt: skip
    """Count individuals that are only in the genotypes or only in the table; raises InputError if they
    have none in common."""
    known, used = samples.isin(listed), listed.isin(samples)
    if not known.any():
        raise InputError(
            f"none of the {len(samples)} samples of {genotypes} is in column {column!r} of "
            f"{phenotypes}; the genotypes have {samples.iloc[0]!r} first, the table "
            f"{next(iter(listed), None)!r}; name the column of the genotypes' ids in "
            "cohort.sample_column, or write the ids alike in both"
        )
    for outcome, names in (("not_in_phenotypes", samples[~known]), ("not_in_genotypes", listed[~used])):
        for name in names:
            tally.add("individual", outcome, name)
    if not known.all():
        logger.warning(
            "%d of the %d individuals of %s are not in %s, for example %r: they are unlabelled%s",
            int((~known).sum()), len(samples), genotypes, phenotypes, samples[~known].iloc[0], used_for,
        )  # fmt: skip
    if not used.all():
        logger.warning(
            "%d of the %d individuals of %s are not in %s, for example %r: they are left out",
            int((~used).sum()), len(listed), phenotypes, genotypes, listed[~used].iloc[0],
        )  # fmt: skip
