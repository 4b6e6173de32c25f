"""Which individuals train, validate and test."""

from collections import Counter
from collections.abc import Hashable
from math import floor

import numpy as np
import pandas as pd

from genodiff.formats.phenotypes import looks_continuous, read_phenotypes
from genodiff.formats.split import SETS
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# The hold-out may take at most this share of the smallest class.
LARGEST_SHARE_OF_A_CLASS = 0.5
# A label column with more labels than this, and fewer than 20 individuals each, is no column of classes.
_MOST_CLASSES = 30
# Test individuals of each class below which accuracies are too coarse to compare.
_FEW_TEST_INDIVIDUALS = 10


def test_quota(sizes: dict[str, int], fraction: float) -> int:
    """Individuals of each class in the balanced test set: `fraction` of all labelled individuals shared
    equally over the classes, but at most half of the smallest class."""
    equal = int(fraction * sum(sizes.values()) / len(sizes))
    return min(equal, int(LARGEST_SHARE_OF_A_CLASS * min(sizes.values())))


def draw_families(
    individuals: pd.DataFrame, quota: dict[Hashable, int], rng: np.random.Generator
) -> set[str]:
    """Random families whose labelled members do not exceed the quota of any class.

    `individuals` has columns family and label (None: unlabelled, counts for no class; otherwise a class,
    or whatever else the quota is of).
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
            f"split.balance_batches: none of the {len(counts)} batches has two individuals of every "
            "class, so nobody is left for a test set in which batches say nothing; set it to false, "
            "or name a coarser column in cohort.batch_column"
        )
    wanted = min(quota, total)
    exact = most * (wanted / total)
    given = exact.map(floor)
    # The largest remainders make up the sum; on a tie the batch that comes first.
    first = (given - exact).sort_values(kind="stable").index[: wanted - int(given.sum())]
    given[first] += 1
    if wanted < quota:
        logger.warning(
            "split.balance_batches: %d test individuals of each class instead of %d, since batches "
            "have few individuals of their smallest class", wanted, quota,
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


def split_individuals(
    individuals: pd.DataFrame, test_fraction: float, validation_fraction: float, seed: int,
    balance_batches: bool = False,
) -> pd.Series:  # fmt: skip
    """The set of each individual (train, validation, test, unlabelled, excluded).

    `individuals`: sample, label (None when missing), family; with `balance_batches` also batch. The test
    set holds equally many individuals of each class, of every batch or in all; the validation set is
    `validation_fraction` of each class's other individuals. Families stay whole: an unlabelled relative
    of a test or validation individual is excluded, as is an individual by whom the test set would be
    unbalanced. Raises InputError when there are fewer than two classes, or a class or all batches are
    too small.
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
    """Labelled individuals of each class; raises InputError where the labels are no classes, or one."""
    sizes = {str(k): int(n) for k, n in individuals["label"].value_counts().sort_index().items()}
    if looks_continuous(individuals["label"]) or len(sizes) > max(_MOST_CLASSES, len(individuals) // 20):
        raise InputError(
            f"the label column holds {len(sizes)} different labels among {len(individuals)} "
            "individuals; it looks like a measurement or an id, and classes are needed: cut a "
            "measurement into classes first"
        )
    spelled: dict[str, str] = {}
    for label in sizes:
        other = spelled.setdefault(label.casefold(), label)
        if other != label:
            raise InputError(
                f"labels {other!r} ({sizes[other]} individuals) and {label!r} ({sizes[label]}) differ "
                "in upper and lower case only; write them alike, or name them apart"
            )
    if len(sizes) < 2:
        raise InputError(
            f"the label column holds {f'one class ({next(iter(sizes))!r})' if sizes else 'no labels'} "
            "among the individuals of the genotype files; at least two classes are needed"
        )
    return sizes


def _assign(individuals, sets, name: str, quota: dict, rng) -> None:
    """Move random families from train and unlabelled into set `name`."""
    free = sets.isin(["train", "unlabelled"])
    chosen = draw_families(individuals[free], quota, rng)
    moved = free & individuals["family"].isin(chosen)
    sets[moved & (sets == "train")] = name
    sets[moved & (sets == "unlabelled")] = "excluded"


def _balance_test(individuals, sets, rng) -> None:
    """Exclude surplus test individuals when families kept a class from filling its quota."""
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
    """The split of the individuals of the genotypes (`samples`, N), in their order: sample, label, set,
    and batch where there is one.

    `genotypes`: the file they are of, for messages; `columns`: of sample, label, family (or None) and
    maybe batch in the phenotype table; `fractions`: of the test and validation set. An individual whom
    the table lacks has no label; individuals of the table who are not in the genotypes are left out;
    individuals whose missing rate (float64 (N,)) is above `max_missing` are excluded. `tally` counts
    them all. Raises InputError when table and genotypes share nobody, or when nobody passes.
    """
    individuals = pd.DataFrame({"sample": samples})
    table = read_phenotypes(phenotypes, *columns)
    _count_strangers(individuals["sample"], table["sample"], genotypes, phenotypes, columns[0], tally)
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
                f"quality.max_individual_missing {max_missing:g}: nobody has so few missing calls; the "
                f"least is {missing_rates.min():.1%}"
            )
    individuals["set"] = "excluded"
    if individuals.loc[usable, "label"].isna().all():
        raise InputError(
            f"{phenotypes}: column {columns[1]!r} has a phenotype of none of the {usable.sum()} "
            f"individuals of {genotypes} that are used; name a table that has them in "
            "cohort.phenotypes, and its column in cohort.label_column"
        )
    try:
        individuals.loc[usable, "set"] = split_individuals(
            individuals[usable], *fractions, seed, balance_batches
        )
    except InputError as error:
        raise InputError(f"{phenotypes}, column {columns[1]!r}: {error}") from None
    used = individuals[usable]
    for name, count in used["set"].value_counts().reindex(SETS, fill_value=0).items():
        if count:
            tally.add("individual", {"train": "training"}.get(name, name), None, int(count))
    if balance_batches:
        count = in_one_sided_batches(used)
        if count:
            tally.add("individual", "one_sided_batch", None, count)
            logger.warning(
                "split.balance_batches: %d individuals are of batches in which a class is absent; "
                "none of them is a test individual, so that accuracies do not speak of these batches", count,
            )  # fmt: skip
    return individuals[["sample", "label", "set", *(["batch"] if "batch" in individuals else [])]]


def _count_strangers(
    samples, listed, genotypes: str, phenotypes: str, column: str, tally: Tally
) -> None:
    """Individuals whom only the genotypes or only the table has."""
    known, used = samples.isin(listed), listed.isin(samples)
    if not known.any():
        raise InputError(
            f"none of the {len(samples)} samples of {genotypes} is in column {column!r} of "
            f"{phenotypes}; the genotypes have {samples.iloc[0]!r} first, the table "
            f"{next(iter(listed), 'nobody')!r}"
        )
    for outcome, names in (("not_in_phenotypes", samples[~known]), ("not_in_genotypes", listed[~used])):
        for name in names:
            tally.add("individual", outcome, name)
    if not known.all():
        logger.warning(
            "%d of the %d individuals of %s are not in %s, %r for one: they are unlabelled, and "
            "train the diffusion models only",
            int((~known).sum()), len(samples), genotypes, phenotypes, samples[~known].iloc[0],
        )  # fmt: skip
    if not used.all():
        logger.warning(
            "%d of the %d individuals of %s are not in %s, %r for one: they are left out",
            int((~used).sum()), len(listed), phenotypes, genotypes, listed[~used].iloc[0],
        )  # fmt: skip
