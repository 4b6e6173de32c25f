"""What synthetic individuals are worth by validation individuals: recovery, closeness and attacks, each
as the evaluation of a run has it, but with validation in place of test individuals.

Recovery is that of the AUC of a logistic regression, above 0.5: it varies less than the accuracy of a
network, so that it tells settings apart by a few hundred validation individuals.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from genodiff.evaluation import METRICS
from genodiff.evaluation.attacks import STRONGEST
from genodiff.evaluation.base import Comparison, Sets
from genodiff.evaluation.cross_fitting import halve
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.nn_adversarial import NnAdversarial
from genodiff.evaluation.roc import auc_of_classes, limit_of_null
from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators.base import feature_origins
from genodiff.registry import build
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.tables.privacy import findings, more_copied

# Inverse strength of the penalty of the logistic regression; features have a variance of about 1.
PENALTY = 1e-3
# Bootstrap samples of the validation individuals.
SAMPLES = 1000
CLOSENESS = ("aa_truth", "aa_syn")
# Individuals of a class, of which the null has one half, and attacks a half of it as references.
FEWEST = 4
# The least excess of a trial for each attack that finds something.
LEAST = 0.01
# Numbers of a dataset by name, None where there are too few individuals for one; and names of attacks.
Worth = dict[str, float | str | None]


class Judge:
    """The labelled individuals of a run: training individuals, and validation individuals that judge.

    seed: of bootstrap samples, subsets and the halves of attacks, the same for every dataset. Raises
    InputError where there is nothing to recover.
    """

    def __init__(
        self, layout: Layout, train: Individuals, validation: Individuals, settings: Comparison,
        budget: Budget, seed: int,
    ):  # fmt: skip
        self.layout, self.settings, self.budget, self.seed = layout, settings, budget, seed
        # Unmasked features float32 (N, D), and class numbers int64 (N,).
        (self.x, self.numbers), self.held = (self._labelled(own) for own in (train, validation))
        for name, numbers in (("training", self.numbers), ("validation", self.held[1])):
            counts = np.bincount(numbers, minlength=len(layout.classes))
            if counts.min() < FEWEST:
                raise InputError(
                    f"tuning.generators: {counts.min()} {name} individuals of class "
                    f"{layout.classes[counts.argmin()]!r}, and at least {FEWEST} are needed; raise "
                    "split.validation_fraction, or leave the list empty for this cohort"
                )
        held, genes = rows_of(*self.held), np.array(feature_origins(layout).genes)
        nobody, self.train = held.take(np.arange(0)), rows_of(self.x, self.numbers)
        self.sets = Sets(
            self.train, held, held, len(layout.classes), False, genes, nobody, False
        )  # fmt: skip
        self.attacks = build(METRICS, "metric", "privacy", settings=settings, budget=budget, seed=seed)
        self.near = NnAdversarial(
            self.train, held, len(layout.classes), settings.nearest, settings.repeats, budget, seed
        )

    def _labelled(self, own: Individuals) -> tuple[np.ndarray, np.ndarray]:
        numbers = self.layout.class_numbers(own.labels)
        known = numbers < len(self.layout.classes)
        return own.x[known][:, self.layout.mask()], numbers[known]

    @cached_property
    def resampled(self) -> list[np.ndarray]:
        """Row numbers of all validation individuals, and of SAMPLES bootstrap samples of them with the
        same label mix."""
        rng, numbers = np.random.default_rng([self.seed, 1]), self.held[1]
        classes = [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
        samples = (
            np.concatenate([rng.choice(own, len(own)) for own in classes]) for _ in range(SAMPLES)
        )
        return [np.arange(len(numbers)), *samples]

    def areas(self, x: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """AUC float64 (1 + SAMPLES,) of a logistic regression that is trained on x float32 (N, D) with
        class numbers (N,): on the validation individuals, and on bootstrap samples of them. With more
        than two classes the mean over classes of one against the rest."""
        learner = LogisticRegression(C=PENALTY, max_iter=1000, class_weight="balanced")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            learner.fit(x, numbers)
        held = self.held[1]
        scores = np.zeros((len(held), len(self.layout.classes)))
        scores[:, learner.classes_] = learner.predict_proba(self.held[0])
        return np.array([auc_of_classes(scores[rows], held[rows]) for rows in self.resampled])

    @cached_property
    def real(self) -> np.ndarray:
        """`areas` of the training individuals."""
        found = self.areas(self.x, self.numbers)
        if found[0] <= 0.5:
            raise InputError(
                "tuning.generators: a logistic regression on the training individuals has an AUC of "
                f"{found[0]:.3f} on the validation individuals, which is guessing, so that there is "
                "nothing for synthetic individuals to recover. Leave the list empty for this cohort"
            )
        if np.quantile(found[1:], 0.025) <= 0.5:
            logger.warning(
                "on these %d validation individuals the AUC of real individuals, %.3f, cannot be told "
                "from guessing: recovery tells settings apart by chance only",
                len(self.held[1]), found[0],
            )  # fmt: skip
        return found

    @cached_property
    def null(self) -> Worth:
        """Numbers of real individuals: AA_truth and AA_syn of training against validation individuals,
        and the strongest attack (see `null_attacks`)."""
        return self._accuracies(self.near.against_test(self.train)) | _strongest(self.null_attacks)

    @cached_property
    def null_attacks(self) -> pd.DataFrame:
        """All attacks where the synthetic individuals are one half of the validation individuals of each
        class, repeated until they are as many as the training individuals, and the non-members the other
        half."""
        halves = halve(self.held[1], np.random.default_rng([self.seed, 2]))
        one, other = (np.flatnonzero(halves == side) for side in (False, True))
        made = self.sets.test.take(np.resize(other, len(self.train)))
        return self._attacks(replace(self.sets, test=self.sets.test.take(one), dataset=made))

    def worth(self, x: np.ndarray, numbers: np.ndarray) -> Worth:
        """Numbers of synthetic individuals x float32 (N, D), the unmasked features, with class numbers
        int64 (N,): recovery and closeness (the mean distance of AA_truth and AA_syn from the null's),
        each with its standard error, that of the validation individuals; and the strongest attack.

        `excess`: how far the lower limit of its AUC is above the limit of its null, and above 0 wherever
        an attack finds something by the rule of the verdict (`tables.privacy`). `finds`: names of these
        attacks, `copies` where training individuals are among the individuals unchanged.

        Raises InputError if there are too few validation individuals for an attack.
        """
        found = self._accuracies(self.near.against_test(rows_of(x, numbers)))
        distances = [abs(found[name] - self.null[name]) for name in CLOSENESS]
        errors = [found[f"{name}_se"] for name in CLOSENESS]
        recovery, error = self._recovery(x, numbers)
        attacks = self._attacks(replace(self.sets, dataset=rows_of(x, numbers)))
        return {
            "recovery": recovery, "recovery_se": error,
            "closeness": float(np.mean(distances)), "closeness_se": float(np.hypot(*errors) / 2),
            **{name: found[name] for name in CLOSENESS}, **_strongest(attacks),
            **self._findings(attacks),
        }  # fmt: skip

    def _recovery(self, x: np.ndarray, numbers: np.ndarray) -> tuple[float, float]:
        """Recovery and its standard error. That of a ratio a / b is that of a - (a / b) b, by b, over
        bootstrap samples, so that samples in which b is near 0 do not count for more."""
        own, real = self.areas(x, numbers) - 0.5, self.real - 0.5
        ratio = own[0] / real[0]
        return float(ratio), float((own - ratio * real)[1:].std(ddof=1) / real[0])

    def _findings(self, attacks: pd.DataFrame) -> dict[str, float | str]:
        null = self.null_attacks
        low = attacks.loc[STRONGEST, "auc_low"]
        if np.isnan(low):
            raise InputError(
                f"tuning.generators: {len(self.held[1])} validation individuals are too few for an "
                "attack; raise split.validation_fraction, or leave the list empty for this cohort"
            )
        limits = null.loc[STRONGEST, ["auc_low", "auc_high"]]
        excess, finds = float(low - limit_of_null(*limits)), findings(attacks, null)
        if more_copied(attacks, null, "copied_training"):
            finds.append("copies")
        if finds:
            excess = max(excess, LEAST * len(finds))
        return {"excess": excess, "finds": ", ".join(finds)}

    @staticmethod
    def _accuracies(rows: Sequence[dict]) -> Worth:
        own = {row["measure"]: row for row in rows}
        found = {name: own[name]["value"] for name in CLOSENESS}
        return found | {f"{name}_se": own[name]["se"] for name in CLOSENESS}

    def _attacks(self, sets: Sets) -> pd.DataFrame:
        """Rows of all attacks, by attack."""
        table = pd.DataFrame(self.attacks.rows(sets)).set_index("attack", drop=False)
        texts = ["attack", "chosen"]
        return table.astype({name: float for name in table.columns if name not in texts})


def _strongest(attacks: pd.DataFrame) -> Worth:
    own = attacks.loc[STRONGEST]
    found = {f"attack{end}": float(own[f"auc{end}"]) for end in ("", "_low", "_high")}
    # JSON has no NaN.
    return {name: None if np.isnan(value) else value for name, value in found.items()}
