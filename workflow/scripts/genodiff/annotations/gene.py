"""A gene."""

from dataclasses import dataclass, field

from genodiff.annotations.contigs import plain


@dataclass(frozen=True)
class Gene:
    """The half-open interval [start, end) of a gene, 0-based as in BED."""

    name: str
    chrom: str  # without "chr"
    start: int
    end: int
    spelled: str = field(default="", compare=False)  # the chromosome's name in the file


def genes_of(genes: list[Gene], chromosome: str) -> list[Gene]:
    """Genes of one chromosome, ordered by start, end and name ('chr1' and '1' are the same)."""
    here = (gene for gene in genes if gene.chrom == plain(chromosome))
    return sorted(here, key=lambda gene: (gene.start, gene.end, gene.name))
