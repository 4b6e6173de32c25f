"""Liability-threshold phenotypes of simulated individuals, from the dosages of the causal SNPs."""

import math

import numpy as np

from genodiff.runtime.seeds import job_seed
from genodiff.simulation import structure
from genodiff.simulation.settings import SimulationSettings


def _standardise(values: np.ndarray) -> np.ndarray:
    """Scale each row to mean 0 and variance 1; rows without variance become 0."""
    centred = values - values.mean(-1, keepdims=True)
    sd = centred.std(-1, keepdims=True)
    return np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 0)


def liability(
    causal_dosages: np.ndarray, settings: SimulationSettings, rng: np.random.Generator
) -> np.ndarray:
    """Liability float64 (N,) with variance 1, from the dosages (causal genes, N) of the causal SNPs.

    The liability is additive + dominance + interaction + noise; each part is scaled to its exact share
    of the variance. Dominance is the heterozygote indicator minus its regression on the dosage.
    Interaction is the product of the standardised dosages of consecutive pairs of causal genes.
    """
    dosage = _standardise(causal_dosages.astype(np.float64))
    heterozygote = _standardise((causal_dosages == 1).astype(np.float64))
    heterozygote = _standardise(heterozygote - (heterozygote * dosage).mean(1, keepdims=True) * dosage)
    pairs = _standardise(dosage[0::2][: len(dosage) // 2] * dosage[1::2])
    h2 = settings.heritability
    total = rng.standard_normal(dosage.shape[1]) * math.sqrt(1 - h2)
    for share, terms in (
        (1 - settings.dominance_share - settings.interaction_share, dosage),
        (settings.dominance_share, heterozygote),
        (settings.interaction_share, pairs),
    ):
        effects = rng.standard_normal(len(terms))
        total += math.sqrt(h2 * share) * _standardise(effects @ terms)
    return _standardise(total)


def phenotypes(causal_dosages: np.ndarray, settings: SimulationSettings, seed: int) -> list[str | None]:
    """Labels (N,) from dosages (causal genes, N): 'case' for the `case_fraction` with the largest
    liability, 'control' for the others, and None for a random `unlabelled_fraction`.

    Effects and the mean liability are those of all populations: the label does not follow from the
    population."""
    rng = np.random.default_rng(job_seed(seed, "phenotype"))
    values = liability(causal_dosages, settings, rng)
    individuals = len(values)
    if settings.structure is not None:
        own = structure.populations(settings)
        for name in np.unique(own):
            values[own == name] -= values[own == name].mean()
    cases = np.argsort(-values)[: round(settings.case_fraction * individuals)]
    labels = np.full(individuals, "control", object)
    labels[cases] = "case"
    labels[rng.permutation(individuals)[: round(settings.unlabelled_fraction * individuals)]] = None
    return labels.tolist()
