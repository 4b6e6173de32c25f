"""Phenotypes, covariates, genes and SNPs of a release."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from genodiff.formats.gene_pca import write_gene_pca
from genodiff.formats.plink1 import BedWriter
from genodiff.release.tables import gene_tables, principal_components, write_tables


def write_models(path, genes, samples=2):
    """PCA models of genes: name to positions, REF and ALT as in the cohort."""
    rows = []
    for gene, (chrom, sites) in genes.items():
        pos, ref, alt = (list(column) for column in zip(*sites, strict=True))
        row = {
            "gene": gene, "chrom": chrom, "pos": pos, "id": ["."] * len(pos), "ref": ref, "alt": alt,
            "mean": [1.0] * len(pos), "loadings": [[1.0] + [0.0] * (len(pos) - 1)],
            "explained_variance": [1.0], "total_variance": 2.0, "imputed_calls": 0,
        }  # fmt: skip
        rows.append((row, np.ones((1, samples), np.float32)))
    write_gene_pca(path, f"{path}.scores", ["a", "b"][:samples], iter(rows))
    return str(path)


@pytest.fixture
def models(tmp_path):
    first = {
        "A": ("1", [(5, "A", "C"), (7, "A", "C"), (7, "A", "G")]),
        "B": ("1", [(7, "A", "G"), (20, "C", "T"), (2**28, "G", "A")]),
    }
    second = {"C": ("22", [(1, "T", "A"), (9, "T", "C")])}
    return [write_models(tmp_path / "1", first), write_models(tmp_path / "22", second)]


def test_gene_tables__a_snp_of_two_genes_names_both(cohort_of, models):
    genes, snps = gene_tables(cohort_of(["yes", "no"]).sites, models)
    assert genes.to_dict("records") == [
        {"gene": "A", "chrom": "1", "first_position": 5, "last_position": 7, "snps": 3},
        {"gene": "B", "chrom": "1", "first_position": 7, "last_position": 2**28, "snps": 3},
        {"gene": "C", "chrom": "22", "first_position": 1, "last_position": 9, "snps": 2},
    ]
    assert snps["genes"].tolist() == ["A", "A", "A,B", "B", "B", "C", "C"]
    # The first SNP of a gene has all of its component, of variance 1, and 0.5 by its mean dosage of 1.
    assert snps["variance_kept"].tolist() == [1, 0, 1, 0, 0, 1, 0]


def test_write_tables__two_classes_are_one_trait(cohort_of, models, tmp_path):
    write_tables(tmp_path, cohort_of(["yes", "no", None, "no"]), models)
    labels = pd.read_csv(tmp_path / "phenotypes.tsv", sep="\t", keep_default_na=False)
    assert labels["sample"].tolist() == [f"SYN00000{i}" for i in range(1, 5)]
    assert labels["label"].tolist() == ["yes", "no", "NA", "no"]
    assert (tmp_path / "genotypes.phe").read_text() == (
        "FID\tIID\tyes\n0\tSYN000001\t1\n0\tSYN000002\t0\n0\tSYN000003\tNA\n0\tSYN000004\t0\n"
    )
    covariates = pd.read_csv(tmp_path / "genotypes.cov", sep="\t")
    assert covariates.columns[:3].tolist() == ["FID", "IID", "PC1"]
    assert len(covariates) == 4
    assert not covariates.isna().any(axis=None)


@pytest.mark.parametrize(
    ("labels", "classes", "traits"),
    [
        # As numbers, PLINK would read them as measurements.
        (["1", "2"], None, {"class_2": [0, 1]}),
        (
            ["no", "Ja wohl", "ja-wohl"],
            None,
            {"Ja_wohl": [0, 1, 0], "ja_wohl_": [0, 0, 1], "no": [1, 0, 0]},
        ),
        # A release of one class.
        (["yes", "yes"], ["no", "yes"], {"yes": [1, 1]}),
    ],
)
def test_phenotypes__a_trait_for_each_class_but_one_of_two(cohort_of, labels, classes, traits):
    cohort = cohort_of(labels, classes)
    assert {trait.name: trait.coded for trait in cohort.phenotypes()} == traits


def test_codes__controls_are_1_and_cases_2_or_several_classes_named(cohort_of):
    assert cohort_of(["yes", "no", None]).codes == ["2", "1", None]
    assert cohort_of(["b c", "no", "3"]).codes == ["b_c", "no", "class_3"]
    # Without a label of controls the first in alphabetical order is 1.
    assert cohort_of(["b", "a"]).codes == ["2", "1"]


def test_principal_components__are_those_of_sklearn(cohort_of):
    cohort = cohort_of(["yes", "no"] * 20)
    x = cohort.dosage.T.astype(float)
    x = x[:, x.std(0) > 0]
    expected = PCA(4).fit_transform((x - x.mean(0)) / x.std(0))
    found = principal_components(cohort, 4)
    for own, other in zip(found.T, expected.T, strict=True):
        assert abs(np.corrcoef(own, other)[0, 1]) == pytest.approx(1, abs=1e-5)
        assert own.std() == pytest.approx(other.std(), rel=1e-4)


def test_principal_components__leave_linked_snps_out(cohort_of):
    cohort = cohort_of(["yes", "no"] * 20)
    linked = np.repeat(cohort.dosage[[0]], 7, 0)
    linked[6] = cohort.dosage[6]
    with BedWriter(f"{cohort.prefix}.bed", *linked.shape) as out:
        out.write(0, 0, linked)
    # Six copies of one SNP and another one: two components.
    found = principal_components(cohort, 10)
    assert found.shape == (40, 2)
    assert found.var(0) == pytest.approx([1, 1], abs=0.35)


def test_principal_components__no_more_than_there_are(cohort_of):
    assert principal_components(cohort_of(["yes", "no"]), 10).shape == (2, 1)
