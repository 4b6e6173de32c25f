"""Settings of the cohort: where genotypes come from, quality control, split and features."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from genodiff.features.decoders import DECODERS
from genodiff.genotypes.builds import BUILDS
from genodiff.genotypes.readers import READERS
from genodiff.registry import ChromosomePath, FilePath, Number, Positive, Settings, Share, Text
from genodiff.workflow.settings.labels import Label

Fraction = Annotated[Number, Field(ge=0, le=1)]
Threshold = Annotated[Number, Field(gt=0, le=1)]
Rate = Annotated[Number, Field(ge=0, le=1e-5)]


def _whole_or_text(name: Any) -> Any:
    if type(name) not in (int, str):
        raise PydanticCustomError("chromosome", "is neither a number nor a text")
    return name


def _ending(suffix: str) -> AfterValidator:
    def check(path: str) -> str:
        if not path.endswith(suffix):
            raise PydanticCustomError("ending", f"does not end in {suffix}")
        return path

    return AfterValidator(check)


def _projection_name(name: str) -> str:
    if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise PydanticCustomError("name", "is no name: letters, digits, _ and - only")
    return name


Chromosome = Annotated[
    Any, AfterValidator(_whole_or_text), WithJsonSchema({"type": ["integer", "string"]})
]


def absent() -> Any:
    """A key that is left out of the configuration where it is not given."""
    return Field(None, exclude_if=lambda value: value is None)


class Structure(Settings):
    admixed: Annotated[Number, Field(ge=0, le=1)] = 0.25
    """share of the individuals that are of an admixed population; the others are African, European and
    East Asian in equal parts"""
    families: Annotated[int, Field(ge=0)] = 100
    """families of two parents and a child, each of one population"""


class Simulate(Settings):
    individuals: Annotated[int, Field(ge=40)] = 4000
    """simulated individuals"""
    chromosomes: Annotated[int, Field(ge=1, le=22)] = 22
    """number of chromosomes"""
    genes: Positive = 128
    """genes, spread evenly over the chromosomes"""
    snps_per_gene: Annotated[list[Positive], Field(min_length=2, max_length=2)] = [5, 100]
    """fewest and most SNPs of a gene, drawn log-uniformly"""
    min_maf: Annotated[Number, Field(gt=0, lt=0.5)] = 0.01
    """SNPs of smaller minor allele frequency are not written"""
    mutation_rate: Annotated[Number, Field(gt=0, le=1e-5)] = 1.29e-8
    """mutations per base and generation"""
    recombination_rate: Rate = 1.0e-8
    """recombinations per base and generation"""
    causal_genes: Annotated[int, Field(ge=2)] = 64
    """genes that have a causal SNP, one each"""
    heritability: Fraction = 0.9
    """share of the variance of the liability that the causal SNPs explain"""
    dominance_share: Fraction = 0.1
    """share of the heritability due to dominance (heterozygotes that are not half-way)"""
    interaction_share: Fraction = 0.1
    """share of the heritability due to products of two causal genes"""
    case_fraction: Share = 0.3
    """share of the individuals, those of largest liability, that are cases"""
    unlabelled_fraction: Annotated[Number, Field(ge=0, lt=1)] = 0.05
    """share of the individuals whose phenotype is removed"""
    structure: Structure | None = None
    """populations and families; null: one population of European history, without relatives. The table
    of phenotypes then has columns `population` and `family`"""
    panel: Annotated[int, Field(ge=0)] = 0
    """individuals of a public panel from the same population, without phenotypes; a run on them in
    `panel` of the results is then the basis of the features (`features.basis`)"""


class Cohort(Settings):
    source: Literal[("simulate", *READERS, "1kg")]
    """where the genotypes come from: simulated, files of a format (whose path stands under the key of
    its name), or the 1000 Genomes Project, which is downloaded"""
    vcf: ChromosomePath | None = absent()
    """VCF or BCF, bgzipped and indexed (`.tbi` or `.csi`); `{chrom}` stands for the chromosome, or one
    file holds all chromosomes. Every file holds the same individuals, in any order"""
    plink1: Annotated[ChromosomePath, _ending(".bed")] | None = absent()
    """`.bed` likewise, with its `.bim` and `.fam` beside it; A1 of the `.bim` counts as ALT"""
    plink2: Annotated[ChromosomePath, _ending(".pgen")] | None = absent()
    """`.pgen` likewise, with its `.pvar` (or `.pvar.zst`) and `.psam` beside it; hard calls are read"""
    mirror: FilePath | None = None
    """for `1kg`: folder, or URL of one, with all files under their publishers' names and a list
    `MD5SUMS` of what `md5sum *` prints; null: the publishers' servers, over HTTPS"""
    annotation_mirror: FilePath | None = None
    """for `1kg`: the same for the genes alone; null: `mirror`, or else GENCODE"""
    checksums: FilePath | None = None
    """for `1kg`: path or URL of a list of MD5s (of `md5sum`, of BSD's `md5`, two columns separated by a
    tab, or the 1000 Genomes site's `current.tree`); null: `MD5SUMS` of the mirror, or the publishers'
    lists"""
    build: Literal[tuple(BUILDS)] | None = None
    """genome build, compared with the contig lengths in the files; null: the build of these lengths"""
    chromosomes: Annotated[list[Chromosome], Field(min_length=1)] | None = absent()
    """chromosomes to use, named as in the file names or as in the one file (`1` and `chr1` are the same
    inside a file, as are `X` and PLINK's `23`); null: every one that has genes, 1 to 22 for `1kg`"""
    phenotypes: FilePath | None = absent()
    """table of individuals with a header, separated by tabs, commas or blanks, or PLINK's `.fam`,
    `.psam` or `.pheno`; plain or gzipped; null: PLINK's own table, or the panel of `1kg`"""
    sample_column: Text = "sample"
    """column of sample ids (PLINK: `IID` counts too); always text, so that `007` and `NA` stay as they
    are"""
    label_column: Text = "phenotype"
    """column of classes, two or more (PLINK: the only one there is counts too; `1kg`: `population`,
    `superpopulation` or `sex`)"""
    family_column: Text | None = None
    """column of families, which stay on one side of every split"""
    batch_column: Text | None = None
    """column of genotyping batches, for the line "Batch only" of Table 1; individuals without a value
    form a batch of their own"""
    control_label: Label | None = None
    """label of the controls, a text or a number, for the Hardy-Weinberg test; null: one of the usual
    names, or no test"""
    genes: FilePath | None = absent()
    """gene annotation: BED (chromosome, start counted from 0, end, name), GTF or GFF3; plain or
    gzipped"""
    gene_feature: Text = "gene"
    """third column of the lines of a GTF or GFF3 that are read"""
    gene_name: Text | None = None
    """attribute of a GTF or GFF3 that names a gene; null: `gene_name` or else `gene_id` (GTF), `Name` or
    else `ID` (GFF3)"""
    gene_attributes: dict[str, Annotated[list[str], Field(min_length=1)]] = {}
    """required values of attributes of a GTF or GFF3, such as `{gene_type: [protein_coding]}`; other
    lines are left out and counted"""
    between_genes: Literal["drop", "nearest"] = "drop"
    """SNPs outside every gene are dropped, or go to the gene whose edge is nearest (the left one of
    two)"""
    simulate: Simulate = Simulate()
    """the simulated cohort"""


class Projection(Settings):
    source: Literal[tuple(READERS)]
    """format of the genotypes"""
    path: ChromosomePath
    """path as under the key of the format in `cohort`"""
    phenotypes: FilePath | None = None
    """table of individuals with the same columns as that of `cohort.phenotypes`"""
    min_found: Fraction | None = 0
    """the run stops if the share of this cohort's SNPs that are found is this or smaller, or if none of
    a chromosome's is found; null: no limit"""
    warn_found: Fraction = 0.5
    """a warning is logged if the share of the SNPs that are found, of all or of a chromosome's, is
    smaller"""


Projections = dict[Annotated[str, AfterValidator(_projection_name)], Projection]


class Quality(Settings):
    min_maf: Annotated[Number, Field(ge=0, le=0.5)] = 0.01
    """SNPs of smaller minor allele frequency are dropped"""
    max_missing: Fraction = 0
    """SNPs with a larger share of missing calls are dropped; missing calls of the others become the
    mean"""
    max_individual_missing: Fraction | None = None
    """individuals with a larger share of missing calls (SNPs in genes) are excluded before anything
    else, which takes another pass over the genotypes; null: no limit"""
    min_hwe_p: Fraction | None = 1.0e-5
    """SNPs of smaller p in the exact Hardy-Weinberg test in the controls are dropped; null: no test"""
    max_association_p: Threshold | None = None
    """SNPs of larger p in the test against the labels are dropped (0.05 is the selection of Luo et al.);
    null: no test"""
    max_ld_r2: Threshold | None = None
    """a SNP whose squared correlation with a kept SNP before it, within the window, is larger is
    dropped; null: no limit"""
    ld_window_kb: Annotated[Number, Field(gt=0)] = 250
    """window of `max_ld_r2` in kilobases"""
    passed_only: bool = False
    """drop records whose FILTER is neither PASS nor empty"""


class Split(Settings):
    test_fraction: Share = 0.1
    """share of all labelled individuals in the test set, equally many of each class and at most half of
    the smallest class"""
    validation_fraction: Share = 0.1
    """share of the remaining individuals of each class in the validation set"""
    balance_batches: bool = False
    """test individuals of every class equally many in each batch, at most half of the batch's smallest
    class, so that the batch predicts nothing in the test set; batches that lack a class are not
    tested"""


class Features(Settings):
    components: Annotated[int, Field(ge=1, le=64)] = 8
    """principal components of a gene at most (K)"""
    explained: Threshold | None = None
    """share of the variance of a gene that its components explain, with at most K of them; null: the
    rule of Luo et al. (more than 20 SNPs 8 components, 5 to 20 SNPs 4, fewer 1)"""
    decoder: Literal[tuple(DECODERS)] = "thresholds"
    """how genotypes are made from components: `round` to the nearest dosage; `thresholds` of each SNP
    that keep the genotype frequencies of training individuals; `copula`: such thresholds after a random
    residual with the covariance that the components dropped"""
    min_snps: Positive = 1
    """genes with fewer SNPs are left out and counted"""
    max_snps: Positive | None = None
    """genes with more SNPs are left out and counted; null: no limit"""
    basis: FilePath | None = None
    """results of a run on a public panel, from which SNPs, components, scales and decoders are taken, so
    that none of them is fitted to this cohort; settings of `quality` for SNPs and of these keys are then
    those of the panel"""
    memory_mb: Annotated[int, Field(ge=512)] = 2048
    """approximate bound of the memory of a genotype, PCA, decoder or tensor job"""
    pad_genes_to: Positive = 2048
    """the number of genes is padded with zeros to a multiple of this (P); it must be a multiple of
    2^(levels - 1) for `unet_cnn` and of `genes_per_token`"""
