"""Why no gene has a SNP left, from the counts of what was left out, and what to do about it."""

from genodiff.qc.counts import Tally
from genodiff.qc.outcomes import words

NO_GENES = "no gene has a SNP that passes quality control"
# Remedies by outcome; names in braces are settings. First those of records at any position, which count
# before the genes do.
_AT_ANY_POSITION = {
    "no_position": "give the variants their positions (plink2 --update-map)",
    "gvcf": (
        "genotype the individuals together first, for example with GATK GenotypeGVCFs or GLnexus, or "
        "with bcftools merge --gvcf and bcftools view --trim-unseen-allele"
    ),
    "not_a_snp": (
        "use files with SNPs whose alleles are A, C, G and T (if written 1 to 4: plink --alleleACGT)"
    ),
    "multiallelic": "split the records by allele: bcftools norm -m -any",
    "no_alternate_allele": (
        "use files with the sites at which the individuals differ (of gVCFs: genotype the individuals "
        "together first)"
    ),
    "filter_not_passed": "set quality.passed_only to false, or apply filters that fit these files",
}
_IN_GENES = {
    "no_genotypes": "call genotypes (GT) first",
    "monomorphic": "use files with sites at which the training individuals differ",
    "no_variance": (
        "check how these sites were called: pooled samples and collapsed duplications look heterozygous "
        "in every individual"
    ),
    "minor_allele_frequency": "lower quality.min_maf ({min_maf})",
    "hardy_weinberg": "lower quality.min_hwe_p ({min_hwe_p}), and check cohort.control_label",
    "gene_size": "change features.min_snps ({min_snps}) or features.max_snps ({max_snps})",
    "association": "raise quality.max_association_p ({max_association_p})",
    "linkage_disequilibrium": "raise quality.max_ld_r2 ({max_ld_r2})",
}
# Of records that lack calls: the kind of most of these. A haploid call is also a missing one of its
# individual, so the individuals come last.
_LACK_CALLS = ("no_call", "missing_rate")
_CALLS = {
    "not_diploid": (
        "GenoDiff needs diploid calls: call the individuals as diploid (bcftools +fixploidy), or leave "
        "chromosomes of which there is one copy (X and Y of males, MT) out of cohort.chromosomes"
    ),
    "half_missing": "call or impute both alleles",
    "unknown_allele": "make the files again: their calls do not fit their ALT alleles",
    "of_incomplete_individuals": (
        "leave out individuals such as {individual!r} with quality.max_individual_missing, for example "
        "0.1 (now {limit}), or allow more than quality.max_missing ({max_missing})"
    ),
}
# SNPs of two cohorts at the same positions.
_SHARED = ("found", "swapped", "other_strand", "other_alleles", "no_call")
_WRONG_PLACE = "compare genome build and chromosome names of the genotypes and of cohort.genes"


def why_no_genes(tally: Tally, thresholds: dict) -> str:
    """The message if no gene is left: the reasons for which most records were left out, and remedies.

    `thresholds`: the settings of `quality`, and min_snps and max_snps of `features`.
    """
    reasons = [_reason(tally, outcome, thresholds) for outcome in _main_outcomes(tally)]
    return ". ".join([NO_GENES, *reasons, "All counts are above"])


def why_unusable(tally: Tally) -> str | None:
    """Why most records of another cohort, or most of the SNPs that it shares, cannot be used, and the
    remedy; None if most can. `tally`: of `match_chromosome`."""
    snps = tally.of("snp")
    shared = sum(snps[name].count for name in _SHARED if name in snps)
    early = {outcome: tally["record", outcome] for outcome in _AT_ANY_POSITION}
    main = max(early, key=early.get)
    if early[main] > shared + tally["record", "not_in_the_models"]:
        return _reason(tally, main, {})
    if 2 * tally["snp", "no_call"] <= shared:
        return None
    text = f"{snps['no_call']} of the SNPs have {words('snp', 'no_call')}"
    kind = max(_CALLS, key=lambda call: tally["call", call])
    calls = tally.of("call").get(kind)
    return f"{text}; {calls.count} calls: {words('call', kind)}: {_CALLS[kind]}" if calls else text


def _main_outcomes(tally: Tally) -> list[str]:
    """The outcome of most records, or of most SNPs if most records are SNPs; for SNPs outside of genes,
    with the outcome of the few inside."""
    counts = {outcome: count.count for outcome, count in tally.of("record").items()}
    outside = counts.pop("not_in_a_gene", 0)
    early = {outcome: counts.pop(outcome) for outcome in _AT_ANY_POSITION if outcome in counts}
    inside = sum(counts.values())
    if sum(early.values()) > outside + inside:
        return [max(early, key=early.get)]
    main = [max(counts, key=counts.get)] if counts else []
    # Files of another build have SNPs in genes by chance; fewer than genes would be few.
    return ["not_in_a_gene", *main] if outside and inside < tally.total("gene") else main


def _reason(tally: Tally, outcome: str, thresholds: dict) -> str:
    count = tally.of("record")[outcome]
    first = f", first {count.examples[0]}" if count.examples else ""
    text = f"{count.count} of {tally.total('record')} records: {words('record', outcome)}{first}"
    remedy = {"not_in_a_gene": _WRONG_PLACE, **_AT_ANY_POSITION, **_IN_GENES}.get(outcome)
    if outcome in _LACK_CALLS:
        remedy = "raise quality.max_missing ({max_missing}), or impute missing calls"
        if outcome == "no_call":
            remedy = "use files with calls of these individuals"
        kind = max(_CALLS, key=lambda call: tally["call", call])
        calls = tally.of("call").get(kind)
        if calls:
            remedy = _CALLS[kind]
            text += f"; {calls.count} calls: {words('call', kind)}"
            limit = thresholds.get("max_individual_missing")
            thresholds = thresholds | {
                "individual": next(iter(calls.examples), None),
                "limit": "null" if limit is None else limit,
            }
    return f"{text}: {remedy.format(**thresholds)}" if remedy else text
