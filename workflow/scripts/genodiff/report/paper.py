"""The numbers of the paper and of its follow-up, and whether a cohort is comparable with theirs."""

from dataclasses import dataclass

# Generators by their built-in names; accuracy in percent. The paper prints 80.79 and 66.01 as the
# averages of real data and MLP+CNN; its rows give 80.96 and 67.76.
TABLE1 = {
    "mlp": {
        "real": 87.60, "unet_cnn": 62.64, "unet_mlp": 84.71, "mlp_cnn": 82.21, "transformer": 64.62,
        "baseline": 70.19,
    },
    "transformer": {
        "real": 82.11, "unet_cnn": 54.23, "unet_mlp": 76.73, "mlp_cnn": 71.06, "transformer": 56.92,
        "baseline": 45.10,
    },
    "cnn": {
        "real": 73.17, "unet_cnn": 51.15, "unet_mlp": 67.11, "mlp_cnn": 50.00, "transformer": 50.29,
        "baseline": 50.00,
    },
    "average": {
        "real": 80.96, "unet_cnn": 56.01, "unet_mlp": 76.18, "mlp_cnn": 67.76, "transformer": 57.28,
        "baseline": 55.10,
    },
}  # fmt: skip
TABLE2 = {
    "train": {
        "unet_cnn": 0.7835, "unet_mlp": 0.0165, "mlp_cnn": 0.4039, "transformer": 0.7935,
        "baseline": 0.0265,
    },
    "test": {
        "unet_cnn": 0.7755, "unet_mlp": 0.2825, "mlp_cnn": 0.3740, "transformer": 0.765,
        "baseline": 0.3515,
    },
}  # fmt: skip
# The paper does not name the set; its numbers agree with the test set.
TABLE3 = {
    "aa_truth": {
        "unet_cnn": 0.755, "unet_mlp": 0.225, "mlp_cnn": 0.415, "transformer": 0.915, "baseline": 0.35,
    },
    "aa_syn": {
        "unet_cnn": 0.62, "unet_mlp": 1.0, "mlp_cnn": 0.925, "transformer": 0.65, "baseline": 0.995,
    },
}  # fmt: skip
# The follow-up of the authors (Bioinformatics 2025, btaf209): 1000 Genomes Project, 26 populations. It
# prints no averages.
POPULATIONS_TABLE1 = {
    "mlp": {
        "real": 90.23, "unet_cnn": 14.06, "unet_mlp": 59.38, "mlp_cnn": 83.98, "transformer": 11.98,
    },
    "transformer": {
        "real": 74.61, "unet_cnn": 12.11, "unet_mlp": 47.01, "mlp_cnn": 63.41, "transformer": 6.25,
    },
    "cnn": {
        "real": 77.34, "unet_cnn": 15.10, "unet_mlp": 43.75, "mlp_cnn": 59.99, "transformer": 16.41,
    },
}  # fmt: skip
POPULATIONS_TABLE3 = {
    "aa_truth": {"unet_cnn": 0.76, "unet_mlp": 0.0, "mlp_cnn": 0.63, "transformer": 0.345},
    "aa_syn": {"unet_cnn": 0.995, "unet_mlp": 1.0, "mlp_cnn": 0.94, "transformer": 0.92},
}
INDIVIDUALS, GENES = 10_405, 18_279
_FEWEST_INDIVIDUALS, _FEWEST_GENES = 10_000, 18_000
PUBLIC, _POPULATIONS, _FEWEST_OF_PUBLIC = 2_504, 26, 2_400


@dataclass(frozen=True)
class Printed:
    """Numbers that were printed: accuracies of Table 1 in percent, numbers of Tables 2 and 3, by row and
    generator; `source`: a sentence on the cohort; `row`: the title of their rows."""

    table1: dict[str, dict[str, float]] | None
    table2: dict[str, dict[str, float]] | None
    table3: dict[str, dict[str, float]] | None
    source: str
    row: str = "paper"


PAPER = Printed(
    TABLE1, TABLE2, TABLE3,
    "values printed in the paper (Project MinE; 10,405 individuals, 18,279 genes). Its printed averages "
    "of Table 1 for real data and MLP+CNN (80.79, 66.01) are not the means of its rows, which stand "
    "here. Its Table 3 does not name the real set that was used",
)  # fmt: skip
FOLLOW_UP = Printed(
    POPULATIONS_TABLE1, None, POPULATIONS_TABLE3,
    "values printed in the authors' follow-up (Bioinformatics 2025, btaf209; 1000 Genomes Project, "
    "2,504 individuals of 26 populations), whose genes, split and test individuals are not known",
    "follow-up",
)  # fmt: skip


def printed(individuals: int, genes: int, classes: int) -> tuple[Printed | None, str]:
    """Printed numbers with which those of a cohort are comparable, if any, and otherwise why those of
    the paper are not.

    Comparable: with the paper two classes, at least 10,000 labelled individuals and 18,000 genes; with
    the follow-up 26 classes, at least 2,400 labelled individuals and 18,000 genes.
    """
    public = classes == _POPULATIONS
    fewest, count = (_FEWEST_OF_PUBLIC, PUBLIC) if public else (_FEWEST_INDIVIDUALS, INDIVIDUALS)
    reasons = []
    if classes != 2 and not public:
        reasons.append(f"{classes} classes instead of 2")
    if individuals < fewest:
        reasons.append(f"{individuals:,} individuals instead of {count:,}")
    if genes < _FEWEST_GENES:
        reasons.append(f"{genes:,} genes instead of {GENES:,}")
    return (None, ", ".join(reasons)) if reasons else (FOLLOW_UP if public else PAPER, "")
