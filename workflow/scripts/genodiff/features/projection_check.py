"""Check another cohort before its individuals are projected: its files, individuals and labels against
this cohort, then the share of this cohort's SNPs that it has."""

import json
import os
from dataclasses import dataclass

import pandas as pd

from genodiff.cohort.split import count_unmatched
from genodiff.features.matching import found_snps
from genodiff.formats.common import write_text
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.genotypes.builds import Evidence, check_agreement
from genodiff.genotypes.inputs import GenotypeFiles, inspect_genotypes
from genodiff.qc.advice import why_unusable
from genodiff.qc.counts import Tally, read_counts
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# A chromosome of so many SNPs of which none is found stops the run.
_MANY_SNPS = 10


@dataclass(frozen=True)
class OtherCohort:
    """A projected cohort's name in the configuration, its files, and the columns of sample, label and
    family in its phenotype table."""

    name: str
    files: GenotypeFiles
    phenotypes: str | None
    columns: list[str | None]


def inspect_projection(
    *, other: OtherCohort, facts_path: str | os.PathLike, output: str | os.PathLike
) -> None:
    """Write the individuals of another cohort and their labels (JSON).

    `facts_path`: those of this cohort. Raises InputError as `inspect_genotypes` does; if the cohorts are
    of different genome builds; if the phenotype table has none of the individuals, labels none of them,
    or has a label that this cohort lacks.
    """
    with open(facts_path, encoding="utf-8") as file:
        facts = json.load(file)
    try:
        inspection = inspect_genotypes(other.files, None)
        cohort = [Evidence(**own) for own in facts["build_evidence"]]
        check_agreement([*cohort, *inspection.evidence])
        labels, tally = _labels(other, inspection.samples, list(facts["labels"]))
    except InputError as error:
        raise InputError(f"projections.{other.name}: {error}") from None
    logger.info(
        "%d individuals, %d with a label, genome build %s",
        len(labels), sum(label is not None for label in labels), inspection.build or "unknown",
    )  # fmt: skip
    content = {
        "format": "genodiff.projection.1", "build": inspection.build, "samples": inspection.samples,
        "labels": labels, "not_in_genotypes": tally["individual", "not_in_genotypes"],
    }  # fmt: skip
    write_text(output, json.dumps(content))


def read_projection(path: str | os.PathLike) -> tuple[list[str], list[str | None]]:
    """Individuals and labels (None: unknown) of a file of `inspect_projection`."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return content["samples"], content["labels"]


def _labels(
    other: OtherCohort, samples: list[str], classes: list[str]
) -> tuple[list[str | None], Tally]:
    """Label of each of the N `samples`, and counts of individuals that are in one file only."""
    tally = Tally()
    if other.phenotypes is None:
        return [None] * len(samples), tally
    table = read_phenotypes(other.phenotypes, *other.columns)
    genotypes, named = next(iter(other.files.paths.values())), table.attrs["columns"]
    count_unmatched(
        pd.Series(samples), table["sample"], genotypes, other.phenotypes, named["sample"], tally, ""
    )
    label_of = dict(zip(table["sample"], table["label"], strict=True))
    labels = [label_of.get(sample) for sample in samples]
    if not any(labels):
        raise InputError(
            f"{other.phenotypes}: column {named['label']!r} has a phenotype of none of the "
            f"{len(samples)} used individuals of {genotypes}; leave the table out, or name another"
        )
    unknown = sorted(set(labels) - {None} - set(classes))
    if unknown:
        raise InputError(
            f"{other.phenotypes}: label {unknown[0]!r} is none of this cohort's ({', '.join(classes)}); "
            "write the labels as there, or NA for an unknown one"
        )
    return labels, tally


def check_found(
    *, where: str, counts: dict[str, str], min_found: float | None, warn_found: float,
    output: str | os.PathLike, limit: str = "",
) -> None:  # fmt: skip
    """Write the numbers of SNPs by outcome (JSON); `counts`: files of `match_chromosome` by chromosome.

    `where`: the setting that names the cohort, or its models; `limit`: that of `min_found`. Logs a
    warning if less than the share `warn_found` is found, of all SNPs or of a chromosome's. Raises
    InputError if a share is not above `min_found`, if none of a chromosome's is found, and if most are
    on the other strand.
    """
    tallies = {chromosome: read_counts(path) for chromosome, path in counts.items()}
    tally = Tally.sum(tallies.values())
    warned = False
    _check_strand(where, tally)
    for place, own in {"": tally, **tallies}.items():
        on = f" on chromosome {place}" if place else ""
        found, there = found_snps(own), found_snps(own) + own["snp", "no_copy"]
        wanted = there + own["snp", "absent"]
        few = f"{found} of the {wanted} SNPs of the models{on}"
        none = place and not found and wanted >= _MANY_SNPS
        if min_found is not None and wanted and (none or (not place and found <= min_found * wanted)):
            least = f" ({limit} is {min_found:g})" if limit else ""
            raise InputError(f"{where}: {few} are found; {_cause(own)}{least}")
        if there < warn_found * wanted and not warned:
            warned = not place  # of all SNPs, so that those of the chromosomes add nothing
            logger.warning(
                "%s: %s are found; the others count as the mean of the models, which makes individuals "
                "alike; %s",
                where, few, _cause(own),
            )  # fmt: skip
    snps = {outcome: count.count for outcome, count in tally.of("snp").items()}
    write_text(output, json.dumps({"format": "genodiff.found.1", **snps}, indent=1))


def check_basis(
    *, facts: tuple[str, str], samples: tuple[list[str], list[str]],
) -> None:  # fmt: skip
    """Raise InputError if this cohort and the panel whose models it takes are of different genome
    builds, or have ids in common; `facts`: files of facts about inputs, and `samples`, of the panel and
    of this cohort."""
    evidence = []
    for path in facts:
        with open(path, encoding="utf-8") as file:
            evidence += [Evidence(**own) for own in json.load(file)["build_evidence"]]
    both = set(samples[0]) & set(samples[1])
    if both:
        raise InputError(
            f"features.basis: {len(both)} of the {len(samples[1])} individuals have ids of the panel, "
            f"{min(both)!r} first; a panel has other individuals than the cohort, or its features are "
            "not public"
        )
    try:
        check_agreement(evidence)
    except InputError as error:
        raise InputError(f"features.basis: {error}") from None


def _check_strand(where: str, tally: Tally) -> None:
    other, ambiguous = tally["snp", "other_strand"], tally["snp", "palindromic"]
    same = found_snps(tally) - ambiguous
    if other > same:
        raise InputError(
            f"{where}: {tally.of('snp')['other_strand']} SNPs have the alleles of the other strand, and "
            f"only {same} those of the models, so the strand differs; its {ambiguous} SNPs of A and "
            "T or C and G would be exchanged unnoticed. Align it to the reference genome, for example "
            "with: bcftools +fixref"
        )
    if ambiguous and not same and not other:
        logger.warning(
            "%s: all %d SNPs that are found have alleles A and T or C and G, which do not show the "
            "strand: if it is the other one, they are exchanged", where, ambiguous,
        )  # fmt: skip
    if other and ambiguous:
        logger.warning(
            "%s: %d SNPs have the alleles of the other strand and are left out; %d of A and T or C and "
            "G, whose alleles do not show the strand, are used: some of these may be exchanged",
            where, other, ambiguous,
        )  # fmt: skip


def _cause(tally: Tally) -> str:
    """The likeliest reason for SNPs that are not found, by what was seen."""
    snps, elsewhere = tally.of("snp"), tally["record", "not_in_the_models"]
    seen = {name: snps[name].count if name in snps else 0 for name in ("other_alleles", "moved")}
    unusable = why_unusable(tally)
    if unusable:
        return unusable
    if not elsewhere and not sum(seen.values()):
        other = "" if found_snps(tally) else ", or are its chromosomes under other names"
        return f"its files have no other SNPs on these chromosomes: are they of few variants{other}?"
    if seen["moved"]:
        return (
            f"{seen['moved']} SNPs have the same ids at other positions ({snps['moved'].examples[0]}): "
            "it is of another genome build, or its positions are shifted; lift it over"
        )
    if seen["other_alleles"] > elsewhere:
        return (
            f"{seen['other_alleles']} of its SNPs have other alleles at the same positions, for example "
            f"{snps['other_alleles'].examples[0]}: its positions are shifted, or its alleles are recoded"
        )
    return (
        f"chromosome names agree, but {elsewhere} of its SNPs are at other positions: it may be of "
        "another genome build, or have few of these SNPs"
    )
