"""Simulated genotypes and genes of one chromosome, and the causal SNPs.

msprime simulates genotypes with recombination under the European population size history of Gravel et
al. 2011, which yields realistic allele frequencies and linkage disequilibrium. A gene is a run of
consecutive common SNPs; the length of the run is drawn.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import msprime
import numpy as np
import tskit

from genodiff.annotations.gene import Gene
from genodiff.runtime.seeds import job_seed
from genodiff.simulation import structure
from genodiff.simulation.settings import SimulationSettings

# Gravel et al. 2011 (PNAS 108:11983), Europeans: sizes in diploid individuals, times in generations.
_ANCESTRAL, _EXPANDED, _BOTTLENECK, _FOUNDERS = 7_310, 14_474, 1_861, 1_032
_GROWTH, _T_FOUNDERS, _T_BOTTLENECK, _T_EXPANSION = 0.0038, 920, 2_040, 5_920
# Common SNPs between two genes: neighbouring genes are linked but do not form one block.
_GAP_SNPS = 10


@dataclass(frozen=True)
class SimulatedChromosome:
    """Common SNPs of one chromosome and its genes.

    Individuals are those of the cohort, then those of the panel. An allele takes one bit: at the paper's
    size a chromosome has 35,000 SNPs of 20,810 haplotypes.
    """

    name: str
    individuals: int  # N
    positions: np.ndarray  # int64 (V,), 1-based, increasing
    alleles: list[tuple[str, str]]  # (REF, ALT) of each SNP
    bits: np.ndarray  # uint8 (V, ceil(2 N / 8)): the rows of `haplotypes`, by numpy.packbits
    genes: list[Gene]

    def snp_id(self, i: int) -> str:
        """Id of a SNP: chromosome and position."""
        return f"{self.name}_{self.positions[i]}"

    def haplotypes(self, snps: slice | np.ndarray = slice(None)) -> np.ndarray:
        """Alleles int8 (V_snps, 2 N) of some SNPs, 1 = ALT; those of an individual are adjacent."""
        return np.unpackbits(self.bits[snps], axis=1, count=2 * self.individuals).view(np.int8)

    def inside(self, gene: Gene) -> np.ndarray:
        """Indices of a gene's SNPs, int64 (V_gene,)."""
        return np.flatnonzero((self.positions > gene.start) & (self.positions <= gene.end))


def _history() -> msprime.Demography:
    history = msprime.Demography()
    today = _FOUNDERS * math.exp(_GROWTH * _T_FOUNDERS)
    history.add_population(name="individuals", initial_size=today, growth_rate=_GROWTH)
    for time, size in (
        (_T_FOUNDERS, _BOTTLENECK), (_T_BOTTLENECK, _EXPANDED), (_T_EXPANSION, _ANCESTRAL),
    ):  # fmt: skip
        history.add_population_parameters_change(
            time=time, population="individuals", initial_size=size, growth_rate=0
        )
    return history


def _common_snps(length: int, settings: SimulationSettings, seed: int) -> Iterator[tskit.Variant]:
    """Yield biallelic SNPs with MAF >= min_maf on `length` bases; each is valid until the next one."""
    several = settings.structure is not None
    ancestry = msprime.sim_ancestry(
        samples=structure.sizes(settings) if several else settings.everybody,
        demography=structure.demography() if several else _history(), sequence_length=length,
        recombination_rate=settings.recombination_rate, random_seed=job_seed(seed, "ancestry"),
    )  # fmt: skip
    mutated = msprime.sim_mutations(
        ancestry, rate=settings.mutation_rate, random_seed=job_seed(seed, "mutations")
    )
    # The SNPs are those of the panel, if there is one, whatever the individuals of the cohort have.
    counted = slice(2 * settings.individuals * (settings.panel > 0), None)
    alleles = 2 * (settings.panel or settings.individuals)
    least = settings.min_maf * alleles
    for variant in mutated.variants(copy=False):
        carriers = int(np.count_nonzero(variant.genotypes[counted]))
        if variant.num_alleles == 2 and least <= carriers <= alleles - least:
            yield variant


def _first_snps(needed: int, length: int, settings: SimulationSettings, seed: int):
    """Positions, alleles and packed haplotypes of the first `needed` common SNPs on `length` bases, or
    of all if there are fewer."""
    positions, alleles = np.empty(needed, np.int64), []
    bits = np.empty((needed, -(-2 * settings.everybody // 8)), np.uint8)
    for i, variant in zip(range(needed), _common_snps(length, settings, seed), strict=False):
        positions[i] = int(variant.site.position) + 1
        alleles.append(tuple(variant.alleles))
        bits[i] = np.packbits(variant.genotypes != 0)
    return positions[: len(alleles)], alleles, bits[: len(alleles)]


def simulate_chromosome(number: int, settings: SimulationSettings, seed: int) -> SimulatedChromosome:
    """Simulate chromosome `number` (from 1) with its share of the genes, independently of the others.
    The chromosome is lengthened until it has enough common SNPs."""
    names = settings.genes_on(number)
    rng = np.random.default_rng(job_seed(seed, "genes", number))
    low, high = np.log(settings.snps_per_gene[0]), np.log(settings.snps_per_gene[1] + 1)
    drawn = np.exp(rng.uniform(low, high, len(names))).astype(int)
    sizes = np.minimum(drawn, settings.snps_per_gene[1])
    needed = int(sizes.sum()) + _GAP_SNPS * (len(names) + 1)
    # Initial length from the expected density of common SNPs of a neutral site-frequency spectrum.
    density = 4 * _ANCESTRAL * settings.mutation_rate * math.log(0.5 / settings.min_maf)
    length = int(1.2 * needed / density) + 10_000
    while True:
        snps_seed = job_seed(seed, "snps", number)
        positions, alleles, bits = _first_snps(needed, length, settings, snps_seed)
        if len(positions) == needed:
            break
        length = int(1.3 * length * needed / max(len(positions), needed // 10))
    genes, at = [], _GAP_SNPS
    for name, size in zip(names, sizes, strict=True):
        start, end = int(positions[at]) - 1, int(positions[at + size - 1])
        genes.append(Gene(name, str(number), start, end))
        at += size + _GAP_SNPS
    made = SimulatedChromosome(str(number), settings.everybody, positions, alleles, bits, genes)
    if settings.structure is not None and settings.structure["families"]:
        haplotypes = made.haplotypes()
        rng = np.random.default_rng(job_seed(seed, "crossovers", number))
        trios = structure.families(settings, seed)
        structure.transmit(haplotypes, positions, trios, settings.recombination_rate, rng)
        made.bits[:] = np.packbits(haplotypes, axis=1)
    return made


def causal_genes(settings: SimulationSettings, seed: int) -> set[str]:
    """Names of the causal genes, a random subset of the genes of all chromosomes."""
    names = [name for i in range(settings.chromosomes) for name in settings.genes_on(i + 1)]
    rng = np.random.default_rng(job_seed(seed, "causal genes"))
    return set(rng.choice(names, settings.causal_genes, replace=False))


def causal_snps(chromosome: SimulatedChromosome, causal: set[str], seed: int) -> list[tuple[Gene, int]]:
    """The causal genes of the chromosome in order, each with the index of one random SNP in it."""
    chosen = []
    for gene in chromosome.genes:
        if gene.name in causal:
            snps = chromosome.inside(gene)
            chosen.append((gene, int(snps[job_seed(seed, "causal", gene.name) % len(snps)])))
    return chosen
