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
    panel: int = 0  # individuals of a public panel, who are simulated behind those of the cohort

    @property
    def everybody(self) -> int:
        """Individuals of the cohort and the panel."""
        return self.individuals + self.panel

    def samples(self) -> list[str]:
        """Ids of the N individuals of the cohort."""
        return [f"P{i + 1:06d}" for i in range(self.individuals)]

    def panel_samples(self) -> list[str]:
        """Ids of the individuals of the panel."""
        return [f"R{i + 1:06d}" for i in range(self.panel)]

    def genes_on(self, chromosome: int) -> list[str]:
        """Names of the genes of a chromosome (1 to `chromosomes`); all have about the same number."""
        share, rest = divmod(self.genes, self.chromosomes)
        return [f"GENE{chromosome:02d}_{i + 1:04d}" for i in range(share + (chromosome <= rest))]
