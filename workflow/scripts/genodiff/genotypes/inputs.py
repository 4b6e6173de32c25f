"""Whether genotype files, chromosomes and genes fit together: headers only, so it is quick."""

import logging
import os
from dataclasses import dataclass

from genodiff.annotations.contigs import plain
from genodiff.annotations.gene import Gene
from genodiff.genotypes.builds import check_build, guess_build
from genodiff.genotypes.readers import Reader, open_genotypes
from genodiff.genotypes.readers.files import contigs_with_records
from genodiff.genotypes.snps import contig_of
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


@dataclass(frozen=True)
class GenotypeFiles:
    """The genotypes of a cohort: a format of READERS, and the path of each chromosome (some or all may
    be the same)."""

    source: str
    paths: dict[str, str]

    def open(self, chromosome: str) -> Reader:
        """The reader of a chromosome's file."""
        return open_genotypes(self.source, self.paths[chromosome])


@dataclass(frozen=True)
class Inspection:
    """What the headers say."""

    samples: list[str]  # of the first chromosome's file, in its order
    contigs: dict[str, str]  # chromosome: its name in its file
    lengths: dict[str, int]  # by plain chromosome name
    build: str | None  # as declared, or as the lengths say


def inspect_genotypes(files: GenotypeFiles, build: str | None) -> Inspection:
    """Look at the header and the index of every file.

    Raises InputError where a file is damaged, lacks its chromosome, holds other individuals than the
    first one (their order may differ), or is of another genome build than declared.
    """
    first, reader, contigs, lengths = None, None, {}, {}
    for chromosome, path in files.paths.items():
        if reader is None or reader.path != path:
            reader = files.open(chromosome)
            reader.verify()
            for note in reader.notes:
                logger.warning("%s", note)
            known = {name: length for name, length in reader.contigs.items() if length is not None}
            check_build(build, known, path)
            lengths |= {plain(name): length for name, length in known.items()}
            first = first or reader
            _same_individuals(first, reader)
        contigs[chromosome] = contig_of(reader, chromosome)
    _say_what_is_not_used(files, contigs)
    return Inspection(first.samples, contigs, lengths, build or guess_build(lengths))


def _say_what_is_not_used(files: GenotypeFiles, contigs: dict[str, str]) -> None:
    """Name contigs with records that nobody looks at: strange in files of one chromosome each.

    Raises InputError for a chromosome without records.
    """
    several = len(set(files.paths.values())) > 1
    for path in dict.fromkeys(files.paths.values()):
        own = {contigs[chromosome] for chromosome, file in files.paths.items() if file == path}
        there = contigs_with_records(files.source, path)
        others = [name for name in there if name not in own]
        absent = next((name for name in contigs.values() if name in own and name not in there), None)
        if absent:
            found = (
                f"its records are on {', '.join(there[:10])}" if there else "it has no records at all"
            )
            raise InputError(
                f"{path}: no record on chromosome {absent!r}; {found}. Give the file that holds it, or "
                "leave it out of cohort.chromosomes"
            )
        if others:
            logger.log(
                logging.WARNING if several else logging.INFO,
                "%s: its records on %s are not used (cohort.chromosomes)",
                path, ", ".join(others[:10]) + ", ..." * (len(others) > 10),
            )  # fmt: skip


def _same_individuals(first: Reader, other: Reader) -> None:
    if first.samples == other.samples:
        return
    ours, theirs = set(first.samples), set(other.samples)
    for here, there, extra in ((other, first, theirs - ours), (first, other, ours - theirs)):
        if extra:
            raise InputError(
                f"{here.path}: {len(extra)} of its {len(here.samples)} individuals are not in {there.path}, "
                f"{min(extra)!r} for one; every chromosome must hold the same individuals: take the common "
                "ones, for example with: bcftools view --samples-file"
            )
    logger.info("%s: individuals in another order than in %s; they go by name", other.path, first.path)


def inspect_genes(
    genes: list[Gene], genes_path: str | os.PathLike, inspection: Inspection, tally: Tally
) -> None:
    """Compare the genes with the chromosomes there are.

    Counts genes on other chromosomes, and those that end beyond their chromosome, as with another genome
    build. Raises InputError where no gene is on a chromosome of the genotypes.
    """
    ours = {plain(chromosome) for chromosome in inspection.contigs}
    for gene in genes:
        if gene.chrom not in ours:
            tally.add("gene", "on_other_chromosomes", f"{gene.name} ({gene.chrom})")
    if not any(gene.chrom in ours for gene in genes):
        theirs = sorted({gene.chrom for gene in genes})
        raise InputError(
            f"{genes_path}: no gene is on a chromosome of the genotypes. Chromosomes of the genes: "
            f"{', '.join(theirs[:30])}; of the genotypes: {', '.join(inspection.contigs)}"
        )
    beyond = [gene for gene in genes if gene.end > inspection.lengths.get(gene.chrom, gene.end)]
    for gene in beyond:
        tally.add("gene", "beyond_the_chromosome", gene.name)
    if beyond:
        logger.warning(
            "%s: %d genes end beyond the end of their chromosome, %r for one (%s:%d, %d bases by the "
            "genotype files%s): are genes and genotypes of the same genome build?",
            genes_path, len(beyond), beyond[0].name, beyond[0].chrom, beyond[0].end,
            inspection.lengths[beyond[0].chrom], f", {inspection.build}" if inspection.build else "",
        )  # fmt: skip
    others = tally.of("gene").get("on_other_chromosomes")
    if others:
        logger.warning("%s: genes on chromosomes without genotypes: %s", genes_path, others)
    spelled = {plain(name): name for name in inspection.contigs.values()}
    unlike = next((g for g in genes if g.spelled and spelled.get(g.chrom, g.spelled) != g.spelled), None)
    if unlike:
        logger.warning(
            "chromosomes are named %r in the genotypes and %r in %s: taken as the same",
            spelled[unlike.chrom], unlike.spelled, genes_path,
        )  # fmt: skip
