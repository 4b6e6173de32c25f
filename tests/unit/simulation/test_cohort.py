"""The simulated cohort as files: what is written reads back as what was simulated."""

from collections import Counter

import numpy as np
import pytest
from pysam import VariantFile

from genodiff.formats.people import read_phenotypes
from genodiff.genotypes.chromosomes import find_chromosomes
from genodiff.genotypes.cohort import write_cohort
from genodiff.genotypes.genes import read_bed
from genodiff.genotypes.index import indexed_contigs
from genodiff.genotypes.simulate import simulate_chromosomes
from genodiff.genotypes.vcf import iter_snps, read_samples
from genodiff.genotypes.vcf_write import write_vcf


def write(folder, settings, seed=3):
    folder.mkdir()
    vcfs = [str(folder / f"{n}.vcf.gz") for n in range(1, settings.chromosomes + 1)]
    write_cohort(vcfs, folder / "genes.bed", folder / "phenotypes.tsv", settings, seed)
    return vcfs


@pytest.fixture(scope="module")
def cohort(tmp_path_factory, simulation):
    folder = tmp_path_factory.mktemp("cohort") / "c"
    settings = simulation()
    return folder, settings, write(folder, settings)


def test_write_cohort__vcfs_hold_the_simulated_dosages(cohort):
    folder, settings, vcfs = cohort
    assert find_chromosomes(f"{folder}/{{chrom}}.vcf.gz", None) == ["1", "2"]
    for path, simulated in zip(vcfs, simulate_chromosomes(settings, 3), strict=True):
        samples = read_samples(path)
        assert len(set(samples)) == settings.people
        counts = Counter()
        snps = list(iter_snps(path, simulated.name, samples, counts))
        assert counts == {"records": len(simulated.positions)}
        assert [snp.pos for snp in snps] == simulated.positions.tolist()
        assert [(snp.ref, snp.alt) for snp in snps] == simulated.alleles
        expected = simulated.haplotypes[:, 0::2] + simulated.haplotypes[:, 1::2]
        np.testing.assert_array_equal(np.stack([snp.dosage for snp in snps]), expected)
        assert indexed_contigs(path) == [simulated.name]


def test_write_cohort__genes_and_phenotypes_fit_the_vcfs(cohort):
    folder, settings, vcfs = cohort
    genes = [gene for c in simulate_chromosomes(settings, 3) for gene in c.genes]
    assert read_bed(folder / "genes.bed") == genes
    people = read_phenotypes(folder / "phenotypes.tsv", "sample", "phenotype", None)
    assert people["sample"].tolist() == read_samples(vcfs[0]) == read_samples(vcfs[1])
    labels = people["label"].tolist()
    assert set(labels) == {"case", "control", None}
    assert labels.count(None) == 12


def test_write_cohort__leaves_no_other_files(cohort):
    expected = {"genes.bed", "phenotypes.tsv"} | {f"{n}.vcf.gz{x}" for n in (1, 2) for x in ("", ".tbi")}
    assert {path.name for path in cohort[0].iterdir()} == expected


def test_write_cohort__same_seed_same_bytes(cohort, tmp_path):
    folder, settings, _ = cohort
    write(tmp_path / "again", settings)
    write(tmp_path / "other", settings, seed=4)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    for name in ("1.vcf.gz", "genes.bed", "phenotypes.tsv"):
        assert (folder / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_write_vcf__genotypes_are_phased_in_the_order_of_haplotypes(tmp_path, simulation):
    simulated = next(simulate_chromosomes(simulation(people=40), 0))
    path = str(tmp_path / "x.vcf.gz")
    write_vcf(path, simulated, [f"p{i}" for i in range(40)])
    with VariantFile(path) as vcf:
        for record, haplotypes in zip(vcf, simulated.haplotypes, strict=True):
            calls = [call for sample in record.samples.values() for call in sample["GT"]]
            assert calls == haplotypes.tolist()
            assert all(sample.phased for sample in record.samples.values())
