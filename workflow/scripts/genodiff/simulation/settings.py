"""Settings of a simulated cohort."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SimulationSettings:
    """The section `cohort.simulate` of the configuration; see config/README.md."""

    individuals: int
    chromosomes: int
    genes: int
    snps_per_gene: list[int]  # smallest and largest; drawn log-uniformly
    min_maf: float
    mutation_rate: float  # per base and generation
    recombination_rate: float  # per base and generation
    causal_genes: int
    heritability: float  # share of the liability's variance that genotypes explain
    dominance_share: float  # of the heritability
    interaction_share: float  # of the heritability: products of two causal genes
    case_fraction: float
    unlabelled_fraction: float
    structure: dict[str, float] | None = None  # see `structure`; None: one population, no relatives

    def samples(self) -> list[str]:
        """Ids of the N individuals."""
        return [f"P{i + 1:06d}" for i in range(self.individuals)]

    def genes_on(self, chromosome: int) -> list[str]:
        """Names of the genes of a chromosome (1 to `chromosomes`); all have about the same number."""
        share, rest = divmod(self.genes, self.chromosomes)
        return [f"GENE{chromosome:02d}_{i + 1:04d}" for i in range(share + (chromosome <= rest))]
