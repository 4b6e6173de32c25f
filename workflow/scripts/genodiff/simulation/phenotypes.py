"""Simulate a liability-threshold phenotype from the dosages of causal SNPs."""

import math

import numpy as np

from genodiff.runtime.seeds import job_seed
from genodiff.simulation.settings import SimulationSettings


def _standardise(values: np.ndarray) -> np.ndarray:
    """Rows with mean 0 and variance 1; rows without variance become 0."""
    centred = values - values.mean(-1, keepdims=True)
    std = centred.std(-1, keepdims=True)
    return np.divide(centred, std, out=np.zeros_like(centred), where=std > 0)


def liability(
    causal_dosages: np.ndarray, settings: SimulationSettings, rng: np.random.Generator
) -> np.ndarray:
    """Liability float64 (N,) with variance 1 from the dosages of one SNP of each causal gene.

    The sum of additive, dominance and interaction effects and noise, each scaled to its exact share of
    the variance. Dominance: heterozygosity without its regression on the dosage. Interaction: products
    of the standardised dosages of consecutive pairs of causal genes.
    """
    dosage = _standardise(causal_dosages.astype(np.float64))
    heterozygote = _standardise((causal_dosages == 1).astype(np.float64))
    # Residual of the regression on the dosage.
    heterozygote = _standardise(heterozygote - (heterozygote * dosage).mean(1, keepdims=True) * dosage)
    pairs = _standardise(dosage[0::2][: len(dosage) // 2] * dosage[1::2])
    h2 = settings.heritability
    shares = {
        "additive": h2 * (1 - settings.dominance_share - settings.interaction_share),
        "dominance": h2 * settings.dominance_share,
        "interaction": h2 * settings.interaction_share,
    }
    total = rng.standard_normal(dosage.shape[1]) * math.sqrt(1 - h2)
    for part, effects_of in (("additive", dosage), ("dominance", heterozygote), ("interaction", pairs)):
        effects = rng.standard_normal(len(effects_of))
        total += math.sqrt(shares[part]) * _standardise(effects @ effects_of)
    return _standardise(total)


def phenotypes(causal_dosages: np.ndarray, settings: SimulationSettings, seed: int) -> list[str | None]:
    """Labels (N,): 'case' for the `case_fraction` with the largest liability, 'control' for the others,
    None for a random `unlabelled_fraction`."""
    rng = np.random.default_rng(job_seed(seed, "phenotype"))
    value = liability(causal_dosages, settings, rng)
    individuals = len(value)
    cases = np.argsort(-value)[: round(settings.case_fraction * individuals)]
    labels = np.full(individuals, "control", object)
    labels[cases] = "case"
    labels[rng.permutation(individuals)[: round(settings.unlabelled_fraction * individuals)]] = None
    return labels.tolist()
