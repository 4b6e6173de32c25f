"""Populations and families of a simulated cohort.

African, European and East Asian individuals (Gutenkunst et al. 2009, PLoS Genet 5:e1000695), and
individuals of a population that became admixed from them 12 generations ago (Browning et al. 2018, PLoS
Genet 14:e1007385). Times are in generations of 25 years, sizes in diploid individuals.
"""

import math

import msprime
import numpy as np

from genodiff.cohort.label_mix import whole_individuals
from genodiff.runtime.seeds import job_seed
from genodiff.simulation.settings import SimulationSettings

POPULATIONS = ("AFR", "EUR", "EAS", "ADMIXED")
_ANCESTRAL, _AFRICAN, _BOTTLENECK, _EUROPEAN, _ASIAN = 7_300, 12_300, 2_100, 1_000, 510
_EUROPEAN_GROWTH, _ASIAN_GROWTH = 0.004, 0.0055
_T_EXPANSION, _T_BOTTLENECK, _T_SPLIT = 8_800, 5_600, 848
# Migrants as a share of the population in each generation.
_MIGRATION = {("AFR", "EUR"): 3e-5, ("AFR", "EAS"): 1.9e-5, ("EUR", "EAS"): 9.6e-5}
_EARLY_MIGRATION = 25e-5
_ADMIXED, _ADMIXED_GROWTH, _T_ADMIXTURE, _SHARES = 30_000, 0.05, 12, [1 / 6, 1 / 3, 1 / 2]


def demography() -> msprime.Demography:
    """The history of the four populations."""
    found = msprime.Demography()
    found.add_population(name="AFR", initial_size=_AFRICAN)
    for name, size, growth in (
        ("EUR", _EUROPEAN, _EUROPEAN_GROWTH), ("EAS", _ASIAN, _ASIAN_GROWTH),
    ):  # fmt: skip
        today = size * math.exp(growth * _T_SPLIT)
        found.add_population(name=name, initial_size=today, growth_rate=growth)
    found.add_population(name="ADMIXED", initial_size=_ADMIXED, growth_rate=_ADMIXED_GROWTH)
    found.add_population(name="OUT", initial_size=_BOTTLENECK)
    found.add_population(name="EARLY", initial_size=_AFRICAN)
    found.add_population(name="ANCESTRAL", initial_size=_ANCESTRAL)
    for pair, rate in _MIGRATION.items():
        found.set_symmetric_migration_rate(list(pair), rate)
    found.add_admixture(
        _T_ADMIXTURE, derived="ADMIXED", ancestral=["AFR", "EUR", "EAS"], proportions=_SHARES
    )
    found.add_population_split(_T_SPLIT, derived=["EUR", "EAS"], ancestral="OUT")
    found.add_symmetric_migration_rate_change(_T_SPLIT, ["AFR", "OUT"], _EARLY_MIGRATION)
    found.add_population_split(_T_BOTTLENECK, derived=["AFR", "OUT"], ancestral="EARLY")
    found.add_population_split(_T_EXPANSION, derived=["EARLY"], ancestral="ANCESTRAL")
    return found


def sizes(settings: SimulationSettings) -> dict[str, int]:
    """Individuals of each population: the admixed share, and the rest in equal parts."""
    admixed = settings.structure["admixed"]
    shares = np.array([(1 - admixed) / 3] * 3 + [admixed])
    return dict(zip(POPULATIONS, whole_individuals(shares, settings.individuals).tolist(), strict=True))


def populations(settings: SimulationSettings) -> np.ndarray:
    """The population of each individual, text (N,), population by population."""
    return np.repeat(list(sizes(settings)), list(sizes(settings).values()))


def families(settings: SimulationSettings, seed: int) -> np.ndarray:
    """Numbers of individuals int64 (families, 3): two parents and their child, all of one population and
    none in two families. Raises ValueError if there are too few individuals."""
    rng = np.random.default_rng(job_seed(seed, "families"))
    own, trios = populations(settings), []
    for name in POPULATIONS:
        chosen = rng.permutation(np.flatnonzero(own == name))
        trios.append(chosen[: len(chosen) // 3 * 3].reshape(-1, 3))
    every = rng.permutation(np.concatenate(trios))
    wanted = settings.structure["families"]
    if wanted > len(every):
        raise ValueError(
            f"{wanted} families of three do not fit into {settings.individuals} individuals"
        )
    return every[:wanted]


def transmit(
    haplotypes: np.ndarray, positions: np.ndarray, trios: np.ndarray, rate: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Give children (the last column of `trios`) a haplotype of each parent in place: int8 (V, 2 N),
    those of an individual adjacent. Crossovers are Poisson, `rate` per base; positions int64 (V,)."""
    rows, span = np.arange(len(positions)), int(positions[-1] - positions[0])
    for *parents, child in trios.tolist():
        for side, parent in enumerate(parents):
            crossovers = np.sort(rng.uniform(positions[0], positions[-1], rng.poisson(rate * span)))
            phase = (rng.integers(2) + np.searchsorted(crossovers, positions)) % 2
            haplotypes[:, 2 * child + side] = haplotypes[rows, 2 * parent + phase]
