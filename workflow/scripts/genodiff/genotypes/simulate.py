"""A simulated case-control cohort: coalescent genotypes and a liability-threshold phenotype.

Genotypes: msprime with recombination, under a one-population history of European size changes
(Gravel et al. 2011), which gives realistic allele frequencies and linkage disequilibrium. A gene
is a run of consecutive common SNPs, so that every gene has the number of SNPs drawn for it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import msprime
import numpy as np

from genodiff.annotations import Gene
from genodiff.provenance import job_seed

# Gravel et al. 2011 (PNAS 108:11983), Europeans: sizes of diploid people, times in generations.
_ANCESTRAL, _EXPANDED, _BOTTLENECK, _FOUNDERS = 7_310, 14_474, 1_861, 1_032
_GROWTH, _T_FOUNDERS, _T_BOTTLENECK, _T_EXPANSION = 0.0038, 920, 2_040, 5_920
# Common SNPs between two genes: a gap long enough that neighbours are linked, not one block.
_GAP_SNPS = 10


@dataclass(frozen=True)
class SimulationSettings:
    """`cohort.simulate` of the configuration; see config/README.md."""

    people: int
    chromosomes: int
    genes: int
    snps_per_gene: list[int]  # smallest and largest; drawn log-uniformly
    min_maf: float
    mutation_rate: float  # per base and generation
    recombination_rate: float  # per base and generation
    causal_genes: int
    heritability: float  # share of the liability's variance that genotypes explain
    dominance_share: float  # of the heritability
    interaction_share: float  # of the heritability, products of two causal genes
    case_fraction: float
    unlabelled_fraction: float


@dataclass(frozen=True)
class SimulatedChromosome:
    """Common SNPs of one chromosome and its genes."""

    name: str
    positions: np.ndarray  # int64 (V,), 1-based, increasing
    alleles: list[tuple[str, str]]  # (REF, ALT) of each SNP
    haplotypes: np.ndarray  # int8 (V, 2 N): 1 = ALT; a person's two are neighbours
    genes: list[Gene]

    def dosages(self, gene: Gene) -> np.ndarray:
        """Dosages of a gene's SNPs, int8 (V_gene, N)."""
        inside = (self.positions > gene.start) & (self.positions <= gene.end)
        return self.haplotypes[inside, 0::2] + self.haplotypes[inside, 1::2]


def _history() -> msprime.Demography:
    history = msprime.Demography()
    today = _FOUNDERS * math.exp(_GROWTH * _T_FOUNDERS)
    history.add_population(name="people", initial_size=today, growth_rate=_GROWTH)
    for time, size in (
        (_T_FOUNDERS, _BOTTLENECK), (_T_BOTTLENECK, _EXPANDED), (_T_EXPANSION, _ANCESTRAL),
    ):  # fmt: skip
        history.add_population_parameters_change(
            time=time, population="people", initial_size=size, growth_rate=0
        )
    return history


def _common_snps(length: int, settings: SimulationSettings, seed: int):
    """Positions, alleles and haplotypes of the biallelic SNPs at MAF >= min_maf on `length` bases."""
    ancestry = msprime.sim_ancestry(
        samples=settings.people, demography=_history(), sequence_length=length,
        recombination_rate=settings.recombination_rate, random_seed=job_seed(seed, "ancestry"),
    )  # fmt: skip
    mutated = msprime.sim_mutations(
        ancestry, rate=settings.mutation_rate, random_seed=job_seed(seed, "mutations")
    )
    positions, alleles, rows = [], [], []
    least = settings.min_maf * 2 * settings.people
    for variant in mutated.variants(copy=False):
        carriers = int(np.count_nonzero(variant.genotypes))
        if variant.num_alleles == 2 and least <= carriers <= 2 * settings.people - least:
            positions.append(int(variant.site.position) + 1)
            alleles.append(tuple(variant.alleles))
            rows.append(variant.genotypes.astype(np.int8))
    return np.array(positions, np.int64), alleles, rows


def simulate_chromosome(
    number: int, genes: int, settings: SimulationSettings, seed: int
) -> SimulatedChromosome:
    """Simulate one chromosome with `genes` genes; lengthens it until its common SNPs suffice."""
    rng = np.random.default_rng(job_seed(seed, "genes", number))
    low, high = np.log(settings.snps_per_gene[0]), np.log(settings.snps_per_gene[1] + 1)
    sizes = np.minimum(np.exp(rng.uniform(low, high, genes)).astype(int), settings.snps_per_gene[1])
    needed = int(sizes.sum()) + _GAP_SNPS * (genes + 1)
    # Expected density of common SNPs of a neutral site-frequency spectrum, for a first guess.
    density = 4 * _ANCESTRAL * settings.mutation_rate * math.log(0.5 / settings.min_maf)
    length = int(1.2 * needed / density) + 10_000
    while True:
        positions, alleles, rows = _common_snps(length, settings, job_seed(seed, "snps", number))
        if len(positions) >= needed:
            break
        length = int(1.3 * length * needed / max(len(positions), needed // 10))
    found, at = [], _GAP_SNPS
    for i, size in enumerate(sizes):
        start, end = int(positions[at]) - 1, int(positions[at + size - 1])
        found.append(Gene(f"GENE{number:02d}_{i + 1:04d}", str(number), start, end))
        at += size + _GAP_SNPS
    return SimulatedChromosome(
        str(number), positions[:needed], alleles[:needed], np.stack(rows[:needed]), found
    )


def simulate_chromosomes(settings: SimulationSettings, seed: int) -> Iterator[SimulatedChromosome]:
    """Yield the chromosomes 1 to `settings.chromosomes`, with the genes spread evenly over them."""
    share, rest = divmod(settings.genes, settings.chromosomes)
    for number in range(1, settings.chromosomes + 1):
        yield simulate_chromosome(number, share + (number <= rest), settings, seed)


def _standardise(values: np.ndarray) -> np.ndarray:
    """Each row to mean 0 and variance 1; rows without variance to 0."""
    centred = values - values.mean(-1, keepdims=True)
    deviation = centred.std(-1, keepdims=True)
    return np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0)


def liability(
    causal_dosages: np.ndarray, settings: SimulationSettings, rng: np.random.Generator
) -> np.ndarray:
    """Liability float64 (N,) with variance 1, from the causal SNPs' dosages (one a causal gene).

    additive + dominance + interaction + noise; each part is scaled to its exact share of the
    variance. Dominance: being heterozygous, less its regression on the dosage. Interaction:
    products of the standardised dosages of consecutive pairs of causal genes.
    """
    dosage = _standardise(causal_dosages.astype(np.float64))
    heterozygote = _standardise((causal_dosages == 1).astype(np.float64))
    # What the dosage does not already say of it.
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
    """Labels (N,): the `case_fraction` of largest liability are 'case', the others 'control'; a
    random `unlabelled_fraction` is None."""
    rng = np.random.default_rng(job_seed(seed, "phenotype"))
    value = liability(causal_dosages, settings, rng)
    people = len(value)
    cases = np.argsort(-value)[: round(settings.case_fraction * people)]
    labels = np.full(people, "control", object)
    labels[cases] = "case"
    labels[rng.permutation(people)[: round(settings.unlabelled_fraction * people)]] = None
    return labels.tolist()


def choose_causal(chromosome: SimulatedChromosome, causal: set[str], seed: int) -> list[np.ndarray]:
    """Dosages (N,) of one random SNP of each gene of the chromosome that is in `causal`."""
    chosen = []
    for gene in chromosome.genes:
        if gene.name in causal:
            dosage = chromosome.dosages(gene)
            chosen.append(dosage[job_seed(seed, "causal", gene.name) % len(dosage)])
    return chosen


def causal_genes(settings: SimulationSettings, seed: int) -> set[str]:
    """Names of the genes that matter, drawn at random."""
    share, rest = divmod(settings.genes, settings.chromosomes)
    names = [
        f"GENE{number:02d}_{i + 1:04d}"
        for number in range(1, settings.chromosomes + 1)
        for i in range(share + (number <= rest))
    ]
    rng = np.random.default_rng(job_seed(seed, "causal genes"))
    return set(rng.choice(names, settings.causal_genes, replace=False))
