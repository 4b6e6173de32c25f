"""`split.tsv`: the set of each individual.

One line per individual, in the order of the genotype files: `sample`, `label` (empty if unknown), `set`
(train, validation, test, unlabelled, or excluded from all sets), and `batch` (empty if unknown) if the
configuration names a column of batches.
"""

import os

import pandas as pd

from genodiff.formats.common import whole_file

SETS = ("train", "validation", "test", "unlabelled", "excluded")
# Sets whose genotypes may be used for fitting.
TRAINING_SETS = ("train", "unlabelled")


def write_split(path: str | os.PathLike, split: pd.DataFrame) -> None:
    """Write split.tsv; raises ValueError on unknown sets or labels that do not fit their set."""
    _check_split(split)
    columns = [name for name in ("sample", "label", "set", "batch") if name in split]
    with whole_file(path) as temporary:
        split[columns].to_csv(temporary, sep="\t", index=False, na_rep="")


def read_split(path: str | os.PathLike) -> pd.DataFrame:
    """split.tsv as a frame of strings; an unknown label is None, an unknown batch an empty string."""
    split = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    label = split["label"].astype(object)
    split["label"] = label.where(label != "", None)
    _check_split(split)
    return split


def read_kept(path: str | os.PathLike) -> pd.DataFrame:
    """The individuals of split.tsv that are in one of the sets, with their positions as index."""
    split = read_split(path)
    return split[split["set"] != "excluded"]


def _check_split(split: pd.DataFrame) -> None:
    unknown = set(split["set"]) - set(SETS)
    if unknown:
        raise ValueError(f"unknown set in split: {sorted(unknown)}; known: {SETS}")
    if split["sample"].duplicated().any():
        raise ValueError("a sample appears twice in the split")
    labelled = split["set"].isin(["train", "validation", "test"])
    if split.loc[split["set"] == "unlabelled", "label"].notna().any():
        raise ValueError("an unlabelled individual has a label")
    if split.loc[labelled, "label"].isna().any():
        raise ValueError("an individual of the train, validation or test set has no label")
