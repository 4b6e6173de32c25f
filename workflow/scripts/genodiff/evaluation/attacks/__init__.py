"""Membership attacks. To add one: a module here with a class derived from `base.Attack`, and an entry
below; `evaluation.membership` judges all of them alike.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from genodiff.registry import Entry

_HERE = "genodiff.evaluation.attacks"

ATTACKS = {
    "nearest": Entry(f"{_HERE}.nearest", "Nearest", "Nearest synthetic individual"),
    "nearest_difference": Entry(
        f"{_HERE}.nearest", "NearestDifference", "Nearest synthetic against nearest reference"
    ),
    "density_ratio": Entry(f"{_HERE}.density_ratio", "DensityRatio", "Density ratio"),
    "frequency": Entry(f"{_HERE}.frequency", "Frequency", "Class means"),
    "exact_values": Entry(f"{_HERE}.exact", "ExactValues", "Values that recur"),
    "exact_genes": Entry(f"{_HERE}.exact", "ExactGenes", "Genes that recur"),
    "exact_run": Entry(f"{_HERE}.exact", "ExactRun", "Longest run of genes that recurs"),
    "kinship": Entry(f"{_HERE}.kinship", "Kinship", "Kinship"),
    "denoiser": Entry(f"{_HERE}.denoiser", "WhiteBox", "Denoiser"),
    "attribute": Entry(f"{_HERE}.attribute", "Attribute", "Guess of the label"),
}
# The attack that has the network of a diffusion model, which is not released.
WHITE_BOX = "denoiser"
# The attack whose success theory predicts.
FREQUENCY = "frequency"
# The row of a dataset's strongest attack, of all others.
STRONGEST = "strongest"
# All attacks are tried at once: the intervals of all, and of the strongest, hold together with 95%
# confidence (Bonferroni), each with EACH.
TRIED = len(ATTACKS) + 1
EACH = 1 - (1 - 0.95) / TRIED
# False-positive rates by column of the true-positive rates at them, and the one that a verdict looks at.
RATES = {"tpr_01": 0.001, "tpr_1": 0.01, "tpr_10": 0.1}
JUDGED_RATE = "tpr_1"
