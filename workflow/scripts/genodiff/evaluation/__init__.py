"""Evaluation of datasets: classifiers, and the metrics below. To add a metric or an attack: a module
here with a class derived from `base.Metric`, and an entry below. A rule computes it for the null, every
dataset and every seed, and another one writes its table, `results/NAME.tsv`.

Read at parse time by the Snakefile: standard library and pydantic only.
"""

from genodiff.registry import Entry

METRICS = {
    # Its rows are Tables 2 and 3.
    "neighbours": Entry("genodiff.evaluation.nn_adversarial", "NearestNeighbours", "Nearest neighbours"),
    "privacy": Entry("genodiff.evaluation.membership", "Membership", "Membership attacks"),
}
# Metrics that compare with reference individuals too, and try every entry of `attacks.ATTACKS`.
ATTACKING = ("privacy",)
