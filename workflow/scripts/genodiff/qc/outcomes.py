"""Outcomes of individuals, records, calls and genes in words, in the order of tables and summaries."""

OUTCOMES = {
    "individual": {
        "training": "training individuals",
        "validation": "validation individuals",
        "test": "test individuals",
        "unlabelled": "without a phenotype: used to train the diffusion models only",
        "not_in_phenotypes": "in the genotypes, not in the phenotype table: unlabelled",
        "not_in_genotypes": "in the phenotype table, not in the genotypes: left out",
        "missing_rate": "too many missing calls",
        "excluded": "excluded: relatives of held-out individuals, or surplus of a class",
        "one_sided_batch": "in batches that lack a class: none in the test set",
    },
    "contig": {
        "not_read": "not read: without a listed gene, or not among cohort.chromosomes",
    },
    "record": {
        "kept": "kept",
        "not_in_a_gene": "not in a gene",
        "not_in_the_models": "not at a position of the models",
        "no_position": "without a position: 0, or below, by which PLINK leaves out variants",
        "gvcf": "of a gVCF: one of the alternate alleles is <NON_REF> or <*>",
        "not_a_snp": "not a SNP (indel, symbolic or unknown allele)",
        "multiallelic": "more than one alternate allele",
        "no_alternate_allele": "no alternate allele",
        "filter_not_passed": "FILTER is not PASS",
        "no_genotypes": "without genotypes (GT)",
        "duplicate": "repeats an earlier record, possibly with REF and ALT exchanged",
        "duplicate_conflict": "repeats an earlier record with other genotypes (the first one counts)",
        "no_call": "no call in the training individuals",
        "missing_rate": "too many missing calls in the training individuals",
        "monomorphic": "monomorphic in the training individuals",
        "no_variance": "without variance: all calls of the training individuals are heterozygous",
        "minor_allele_frequency": "minor allele too rare in the training individuals",
        "hardy_weinberg": "not in Hardy-Weinberg equilibrium in the controls",
        "gene_size": "only in genes with too few or too many SNPs",
        "association": "not associated with the phenotype in the training individuals",
        "linkage_disequilibrium": "in linkage disequilibrium with a kept SNP",
    },
    "call": {
        "half_missing": "one allele missing (./1): taken as missing",
        "not_diploid": "haploid or polyploid: taken as missing",
        "unknown_allele": "an allele that the record does not list: taken as missing",
        "of_incomplete_individuals": "missing, of a few individuals who lack more than 10% of the calls",
        "imputed": "missing in kept SNPs: set to the training mean",
    },
    "snp": {
        "found": "found in the other cohort",
        "swapped": "REF and ALT exchanged: dosages inverted",
        "other_strand": "alleles of the other strand: left out",
        "other_alleles": "other alleles at a position of the models: left out",
        "no_call": "no call that can be used",
        "no_copy": "an allele that no record lists: nobody has a copy",
        "moved": "the same id at another position: left out",
        "palindromic": "found, with alleles A and T or C and G, which do not show the strand",
        "absent": "not in the other cohort: set to the training mean",
    },
    "gene": {
        "kept": "kept",
        "without_snps": "without SNPs that pass",
        "too_few_snps": "too few SNPs",
        "too_many_snps": "too many SNPs",
        "on_other_chromosomes": "on chromosomes without genotypes",
        "beyond_the_chromosome": "end beyond the end of the chromosome: another genome build?",
        "merged": "overlapping intervals of one name: merged",
        "renamed": "a repeated name: id appended",
        "other_attributes": "without the wanted attributes",
    },
}


def words(unit: str, outcome: str) -> str:
    """An outcome in words; an unknown outcome's own name."""
    return OUTCOMES.get(unit, {}).get(outcome, outcome.replace("_", " "))
