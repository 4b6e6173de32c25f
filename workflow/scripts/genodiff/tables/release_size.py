"""The table of attacks on parts of what is released."""

from genodiff.evaluation.attacks import FREQUENCY, STRONGEST

__all__ = ["FREQUENCY", "RELEASE_SIZE_COLUMNS", "STRONGEST"]
RELEASE_SIZE_COLUMNS = [
    "dataset", "seed", "individuals", "genes", "snps", "features", "attack", "chosen",
    "auc", "auc_low", "auc_high", "null_individuals", "null_auc", "null_auc_low", "null_auc_high",
    "auc_bound",
]  # fmt: skip
