"""1,092 real individuals from 22 files, from one, as BCF, and in PLINK's formats: the same results."""

import pysam.bcftools
import pytest
from cyvcf2 import VCF
from genotype_writers import Variant, write_plink1, write_plink2

WRITTEN = ("split.tsv", "layout.json", "train.tensors", "validation.tensors", "test.tensors")


@pytest.fixture(scope="module")
def data(shared):
    folder = shared / "1kg-hm3"
    if not folder.is_dir():
        pytest.skip("no shared/data/1kg-hm3 beside the project")
    return folder


@pytest.fixture(scope="module")
def run(data, preprocess, tmp_path_factory):
    """Function: format, paths by chromosome, to everything that is written, as bytes by name."""

    def of(source, paths):
        folder = tmp_path_factory.mktemp("formats") / "run"
        preprocess(source, paths, data / "genes.bed", data / "samples.tsv", "superpopulation", folder)
        names = [
            *WRITTEN,
            *(f"{c}{part}" for c in paths for part in (".parquet", ".counts.tsv", ".scores")),
        ]
        return {name: (folder / name).read_bytes() for name in names}

    return of


@pytest.fixture(scope="module")
def of_22_files(data, run):
    return run("vcf", {str(c): str(data / f"1kg.chr{c}.vcf.gz") for c in range(1, 23)})


@pytest.fixture(scope="module")
def merged(data, tmp_path_factory):
    """One file with all chromosomes."""
    path = tmp_path_factory.mktemp("merged") / "all.vcf.gz"
    parts = [str(data / f"1kg.chr{c}.vcf.gz") for c in range(1, 23)]
    pysam.bcftools.concat("-Oz", "-o", str(path), *parts, catch_stdout=False)
    pysam.tabix_index(str(path), preset="vcf", keep_original=True)
    return path


@pytest.fixture(scope="module")
def variants(merged):
    """(samples, variants) as cyvcf2 reads them."""
    vcf, dosage = VCF(str(merged), gts012=True), {0: 0, 1: 1, 2: 2, 3: -1}
    found = [
        Variant(
            v.CHROM, v.POS, v.ID or ".", v.REF, tuple(v.ALT), [dosage[g] for g in v.gt_types.tolist()]
        )
        for v in vcf
    ]
    assert len(found) == 14_079
    return vcf.samples, found


def same_path(path):
    return {str(c): str(path) for c in range(1, 23)}


def test_one_merged_file(of_22_files, run, merged):
    assert run("vcf", same_path(merged)) == of_22_files


def test_bcf(of_22_files, run, merged, tmp_path):
    path = tmp_path / "all.bcf"
    pysam.bcftools.view("-Ob", "-o", str(path), str(merged), catch_stdout=False)
    pysam.tabix_index(str(path), preset="bcf", keep_original=True, csi=True)
    assert run("vcf", same_path(path)) == of_22_files


@pytest.mark.parametrize(("source", "write"), [("plink1", write_plink1), ("plink2", write_plink2)])
def test_plink(of_22_files, run, variants, tmp_path, source, write):
    samples, found = variants
    path = write(tmp_path, found, samples, {})
    assert run(source, same_path(path)) == of_22_files
