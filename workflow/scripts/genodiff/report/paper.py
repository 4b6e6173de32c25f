"""The numbers of the paper, and whether a cohort is comparable with that of the paper."""

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
INDIVIDUALS, GENES = 10_405, 18_279
_FEWEST_INDIVIDUALS, _FEWEST_GENES = 10_000, 18_000


def why_not_comparable(individuals: int, genes: int, classes: int) -> str:
    """Why the numbers of the paper are not comparable with those of this cohort; empty if they are.

    Comparable: two classes, at least 10,000 labelled individuals and 18,000 genes.
    """
    reasons = []
    if classes != 2:
        reasons.append(f"{classes} classes instead of 2")
    if individuals < _FEWEST_INDIVIDUALS:
        reasons.append(f"{individuals:,} individuals instead of {INDIVIDUALS:,}")
    if genes < _FEWEST_GENES:
        reasons.append(f"{genes:,} genes instead of {GENES:,}")
    return ", ".join(reasons)
