"""Check that genotype files, chromosomes and genes fit together, from headers and indexes only."""

import logging
import os
from dataclasses import dataclass, field

from genodiff.annotations.contigs import plain, without_chr
from genodiff.annotations.gene import Gene
from genodiff.annotations.lines import stated_lines
from genodiff.genotypes.builds import (
    Evidence,
    agreed_build,
    check_agreement,
    check_build,
    guess_build,
    lengths_evidence,
    positions_evidence,
    text_evidence,
)
from genodiff.genotypes.readers import Reader, open_genotypes
from genodiff.genotypes.readers.files import contigs_with_records
from genodiff.genotypes.snps import contig_of
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# PLINK 1 and 2's names for the parts that X and Y have in common.
_PSEUDO_AUTOSOMAL = ("XY", "PAR1", "PAR2")


@dataclass(frozen=True)
class GenotypeFiles:
    """The genotypes of a cohort: a format of READERS and the path of each chromosome; chromosomes may
    share a file."""

    source: str
    paths: dict[str, str]

    def open(self, chromosome: str) -> Reader:
        """Open the file of a chromosome."""
        return open_genotypes(self.source, self.paths[chromosome])


@dataclass(frozen=True)
class Inspection:
    """Facts from the headers of genotype files."""

    samples: list[str]  # N, in the order of the first file
    contigs: dict[str, str]  # name of each chromosome in its file
    lengths: dict[str, int]  # bases by plain chromosome name
    build: str | None  # declared, or identified by what the files say
    build_confirmed: bool = field(default=False, compare=False)  # whether the files say so
    # What the configuration and the files say about the build.
    evidence: list[Evidence] = field(default_factory=list, compare=False)
    unused: list[str] = field(default_factory=list)  # contigs of the files that have records


def inspect_genotypes(files: GenotypeFiles, build: str | None) -> Inspection:
    """Read the header and the index of every file.

    Raises InputError if a file is damaged, lacks its chromosome, contains other individuals than the
    first file (in any order), or is of another genome build than declared or than another file.
    """
    first, reader, contigs, lengths = None, None, {}, {}
    evidence, limits, notes = [], [], []
    for chromosome, path in files.paths.items():
        if reader is None or reader.path != path:
            reader = files.open(chromosome)
            reader.verify()
            notes += reader.notes
            known = {name: length for name, length in reader.contigs.items() if length is not None}
            check_build(build, known, path)
            evidence += _build_evidence(reader, known)
            # Positions rule builds out, and name none; lengths of no known build are another species'.
            if not known or guess_build(known):
                limits += positions_evidence(reader.path, "a record", reader.last_positions())
            lengths |= {plain(name): length for name, length in known.items()}
            first = first or reader
            _check_individuals(first, reader)
        contigs[chromosome] = contig_of(reader, chromosome)
    if notes:
        others = f" (and {len(notes) - 1} more such notes: see the log)" if notes[1:] else ""
        logger.warning("%s%s", notes[0], others)
        for note in notes[1:]:
            logger.info("%s", note)
    unused = _unused_contigs(files, contigs)
    found = agreed_build(evidence)
    evidence = [Evidence("cohort.build", [build], "as declared")] * bool(build) + evidence + limits
    check_agreement(evidence)
    return Inspection(
        first.samples, contigs, lengths, build or found, found is not None, evidence, unused
    )


def _build_evidence(reader: Reader, lengths: dict[str, int]) -> list[Evidence]:
    """What the header of a genotype file says about its genome build: the `lengths` of contigs, or its
    words without known lengths, since programs that replace the contigs may keep them."""
    found = lengths_evidence(reader.path, lengths)
    stated = text_evidence(reader.path, reader.stated)
    builds = {build for own in found for build in own.builds}
    for own in stated if found else ():
        if not builds & set(own.builds):
            logger.warning(
                "%s: %s, but by the lengths of its contigs it is of %s; is its header right?",
                reader.path, own.reason, " or ".join(builds),
            )  # fmt: skip
    return found or stated


def _unused_contigs(files: GenotypeFiles, contigs: dict[str, str]) -> list[str]:
    """Contigs with records that are not used; logged, as a warning if each chromosome has its own file.

    Raises InputError if a chromosome has no records.
    """
    several, all_unused = len(set(files.paths.values())) > 1, []
    for path in dict.fromkeys(files.paths.values()):
        used = {contigs[chromosome] for chromosome, file in files.paths.items() if file == path}
        present = contigs_with_records(files.source, path)
        unused = [name for name in present if name not in used]
        absent = next((name for name in contigs.values() if name in used and name not in present), None)
        if absent:
            records = f"its records are on {', '.join(present[:10])}" if present else "it has no records"
            raise InputError(
                f"{path}: no record on chromosome {absent!r}; {records}. Give the file with that "
                "chromosome, or remove it from cohort.chromosomes"
            )
        if unused:
            logger.log(
                logging.WARNING if several else logging.INFO,
                "%s: its records on %s are not used (no gene, or cohort.chromosomes)",
                path, ", ".join(unused[:10]) + ", ..." * (len(unused) > 10),
            )  # fmt: skip
            all_unused += unused
    return all_unused


def _check_individuals(first: Reader, other: Reader) -> None:
    """Raise InputError if two files contain different individuals."""
    if first.samples == other.samples:
        return
    for one, two in ((other, first), (first, other)):
        extra = set(one.samples) - set(two.samples)
        if extra:
            raise InputError(
                f"{one.path}: {len(extra)} of its {len(one.samples)} individuals are not in "
                f"{two.path}, for example {min(extra)!r}; every chromosome must contain the same "
                "individuals: select the common ones, for example with: bcftools view --samples-file"
            )
    logger.info("%s: individuals in another order than in %s; matched by name", other.path, first.path)


def check_genes_build(genes: list[Gene], path: str | os.PathLike, inspection: Inspection) -> None:
    """Raise InputError if the header of the annotation, or a gene that starts beyond the end of its
    chromosome, shows another genome build than that of the genotypes."""
    starts: dict[str, int] = {}
    for gene in genes:
        starts[gene.chrom] = max(gene.start + 1, starts.get(gene.chrom, 0))
    own = text_evidence(str(path), stated_lines(path))
    own += positions_evidence(str(path), "a gene starts", starts)
    check_agreement([*inspection.evidence, *own])


def inspect_genes(
    genes: list[Gene], genes_path: str | os.PathLike, inspection: Inspection, tally: Tally
) -> None:
    """Compare the genes with the chromosomes of the genotypes.

    Counts genes on other chromosomes and genes that end beyond their chromosome, a sign of another
    genome build. Raises InputError if no gene is on a chromosome of the genotypes.
    """
    chromosomes = {plain(chromosome) for chromosome in inspection.contigs}
    for gene in genes:
        if gene.chrom not in chromosomes:
            tally.add("gene", "on_other_chromosomes", f"{gene.name} ({gene.chrom})")
    if not any(gene.chrom in chromosomes for gene in genes):
        names = sorted({gene.chrom for gene in genes})
        raise InputError(
            f"{genes_path}: no gene is on a chromosome of the genotypes. Chromosomes of the genes: "
            f"{', '.join(names[:30])}; of the genotypes: {', '.join(inspection.contigs)}. Give them the "
            "same names (bcftools annotate --rename-chrs), or use the genes of these chromosomes"
        )
    beyond = [gene for gene in genes if gene.end > inspection.lengths.get(gene.chrom, gene.end)]
    for gene in beyond:
        tally.add("gene", "beyond_the_chromosome", gene.name)
    if beyond:
        logger.warning(
            "%s: %d genes end beyond the end of their chromosome, for example %r (%s:%d, %d bases in "
            "the genotype files%s): are genes and genotypes of the same genome build?",
            genes_path, len(beyond), beyond[0].name, beyond[0].chrom, beyond[0].end,
            inspection.lengths[beyond[0].chrom], f", {inspection.build}" if inspection.build else "",
        )  # fmt: skip
    others = tally.of("gene").get("on_other_chromosomes")
    if others:
        logger.warning("%s: genes on chromosomes without genotypes: %s", genes_path, others)
    _report_other_names(genes, genes_path, inspection)
    shared = [name for name in inspection.unused if plain(name) in _PSEUDO_AUTOSOMAL]
    if shared and any(gene.chrom == "X" for gene in genes):
        logger.warning(
            "records on %s belong to the pseudo-autosomal regions of X and are not used; join them with "
            "X: plink2 --merge-par (PLINK 1.9: --merge-x)", ", ".join(shared),
        )  # fmt: skip


def _report_other_names(
    genes: list[Gene], genes_path: str | os.PathLike, inspection: Inspection
) -> None:
    """Warn of chromosomes with two names: one example of a prefix 'chr', and each that has a number in
    one file and letters in the other."""
    named = {plain(name): name for name in inspection.contigs.values()}
    reported = set()
    for gene in genes:
        name, other = named.get(gene.chrom), gene.spelled
        if not name or not other or name == other:
            continue
        kind = "chr" if without_chr(name) == without_chr(other) else name
        if kind not in reported:
            reported.add(kind)
            logger.warning(
                "chromosomes are named %r in the genotypes and %r in %s: treated as the same",
                name, other, genes_path,
            )  # fmt: skip
