"""503 real individuals, 24,990 variants with indels and repeats, 70 real genes, against bcftools."""

import csv

import numpy as np
import pandas as pd
import pysam.bcftools
import pytest

from genodiff.annotations.read import read_genes
from genodiff.formats.genotypes import iter_genes, read_samples
from genodiff.formats.split import read_split
from genodiff.qc.counts import Tally, read_counts


@pytest.fixture(scope="module")
def dense(shared, preprocess, tmp_path_factory):
    """(folder of the data, folder of what was written): every SNP of a gene that varies in training."""
    data = shared / "1kg-chr20-dense"
    if not data.is_dir():
        pytest.skip("no shared/data/1kg-chr20-dense beside the project")
    written = preprocess(
        "vcf", {"20": str(data / "chr20.vcf.gz")}, data / "genes.bed", data / "samples.tsv", "sex",
        tmp_path_factory.mktemp("dense") / "run", (0.0, 1.0),
    )  # fmt: skip
    return data, written


def by_bcftools(data, gene, samples):
    """SNPs of a gene (pos, ref, alt): dosages in the order of `samples`, as bcftools tells them."""
    region = f"20:{gene.start + 1}-{gene.end}"
    # -t by position of the record, so that an indel that reaches into a gene is not one of its variants.
    text = pysam.bcftools.query(
        "-r", region, "-i", f'TYPE="snp" && POS>={gene.start + 1} && POS<={gene.end}',
        "-f", "%POS\t%REF\t%ALT[\t%GT]\n", "-s", ",".join(samples), str(data / "chr20.vcf.gz"),
    )  # fmt: skip
    found = {}
    for line in text.splitlines():
        pos, ref, alt, *calls = line.split("\t")
        found.setdefault((int(pos), ref, alt), [call.count("1") for call in calls])
    return found


def test_matrices_of_every_gene_are_those_of_bcftools(dense):
    data, written = dense
    samples = read_samples(written / "20.parquet")
    split = read_split(written / "split.tsv")
    assert samples == split.loc[split["set"] != "excluded", "sample"].tolist()
    sets = split.set_index("sample")["set"]
    training = np.array([sets[name] in ("train", "unlabelled") for name in samples])
    ours = {
        snps["gene"][0].as_py(): (snps.to_pydict(), d) for snps, d in iter_genes(written / "20.parquet")
    }
    genes = read_genes(data / "genes.bed", Tally())
    assert len(genes) == 70
    snps_seen = 0
    for gene in genes:
        expected = by_bcftools(data, gene, samples)
        # What has one allele only among the training individuals says nothing.
        varies = {
            key: d for key, d in expected.items() if 0 < np.array(d)[training].sum() < 2 * training.sum()
        }
        if not varies:
            assert gene.name not in ours
            continue
        columns, dosage = ours[gene.name]
        assert list(zip(columns["pos"], columns["ref"], columns["alt"], strict=True)) == list(varies)
        np.testing.assert_array_equal(dosage, np.array(list(varies.values())))
        frequency = np.array(list(varies.values()))[:, training].mean(1) / 2
        np.testing.assert_allclose(columns["allele_frequency"], frequency, rtol=1e-6)
        snps_seen += len(varies)
    assert snps_seen > 10_000


def test_every_record_is_accounted_for(dense):
    _, written = dense
    tally = read_counts(written / "20.counts.tsv")
    assert tally.total("record") == 24_990
    assert tally["record", "not_a_snp"] == 1_320  # the indels that the data's README counts
    assert tally.total("gene") == 70
    assert tally["gene", "without_snps"] >= 7  # those that have no variant at all


def test_genes_have_as_many_snvs_as_the_data_say(dense):
    data, written = dense
    samples = read_samples(written / "20.parquet")
    with open(data / "genes_snpcount.tsv", newline="") as file:
        expected = {row["gene"]: int(row["n_snv"]) for row in csv.DictReader(file, delimiter="\t")}
    genes = read_genes(data / "genes.bed", Tally())
    assert {gene.name: len(by_bcftools(data, gene, samples)) for gene in genes} == expected


def test_variance_of_a_real_gene_is_kept_by_few_components(dense):
    _, written = dense
    models = pd.read_parquet(written / "20.models")
    kept = models["explained_variance"].map(sum) / models["total_variance"]
    assert 0.2 < kept.median() <= 1
