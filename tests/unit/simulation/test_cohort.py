"""The simulated cohort as files: what is written reads back as what was simulated."""

import hashlib

import numpy as np
import pytest

from genodiff.annotations.read import read_genes
from genodiff.formats.genotypes import iter_genes
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.genotypes.readers import open_genotypes
from genodiff.genotypes.readers.bgzf_index import read_index
from genodiff.genotypes.snps import iter_snps
from genodiff.qc.counts import Tally
from genodiff.simulation.cohort import write_chromosome, write_phenotypes
from genodiff.simulation.simulate import causal_genes, simulate_chromosome


def write(folder, settings, seed=3, order=None):
    """The cohort as the workflow's jobs write it, chromosomes in any order; returns the BCFs."""
    numbers = range(1, settings.chromosomes + 1)
    paths = [[str(folder / f"{n}{end}") for n in numbers] for end in (".bcf", ".bed", ".parquet")]
    for n in order or numbers:
        bcf, genes, causal = (kind[n - 1] for kind in paths)
        write_chromosome(bcf=bcf, genes=genes, causal=causal, number=n, settings=settings, seed=seed)
    write_phenotypes(
        genes_path=folder / "genes.bed", phenotypes_path=folder / "phenotypes.tsv",
        genes=paths[1], causal=paths[2], settings=settings, seed=seed,
    )  # fmt: skip
    return paths[0]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory, simulation):
    folder = tmp_path_factory.mktemp("cohort") / "c"
    settings = simulation()
    return folder, settings, write(folder, settings)


def test_write_chromosome__files_hold_the_simulated_dosages(cohort):
    _, settings, bcfs = cohort
    for number, path in enumerate(bcfs, 1):
        simulated = simulate_chromosome(number, settings, 3)
        reader = open_genotypes("vcf", path)
        samples = reader.samples
        assert len(set(samples)) == settings.individuals
        tally = Tally()
        snps = list(iter_snps(reader, simulated.name, samples, tally))
        assert not list(tally)
        assert [snp.pos for snp in snps] == simulated.positions.tolist()
        assert [(snp.ref, snp.alt) for snp in snps] == simulated.alleles
        haplotypes = simulated.haplotypes()
        expected = haplotypes[:, 0::2] + haplotypes[:, 1::2]
        np.testing.assert_array_equal(np.stack([snp.dosage for snp in snps]), expected)
        assert [contig.records for contig in read_index(path)] == [len(snps)]


def test_write_chromosome__causal_snps_are_those_of_the_genotype_file(cohort):
    folder, settings, bcfs = cohort
    seen = []
    for number, path in enumerate(bcfs, 1):
        reader = open_genotypes("vcf", path)
        samples = reader.samples
        snps = {snp.id: snp for snp in iter_snps(reader, str(number), samples, Tally())}
        genes = {gene.name: gene for gene in read_genes(folder / f"{number}.bed", Tally())}
        for table, dosage in iter_genes(folder / f"{number}.parquet"):
            row = {key: column[0] for key, column in table.to_pydict().items()}
            snp = snps[row["id"]]
            assert (row["chrom"], row["pos"]) == (snp.chrom, snp.pos)
            assert (row["ref"], row["alt"]) == (snp.ref, snp.alt)
            assert genes[row["gene"]].start < snp.pos <= genes[row["gene"]].end
            assert row["allele_frequency"] == pytest.approx(snp.dosage.mean() / 2)
            np.testing.assert_array_equal(dosage, snp.dosage[None])
            seen.append(row["gene"])
    assert len(seen) == settings.causal_genes
    assert set(seen) == causal_genes(settings, 3)


def test_write_phenotypes__genes_and_individuals_fit_the_genotype_files(cohort):
    folder, settings, bcfs = cohort
    genes = [gene for n in (1, 2) for gene in simulate_chromosome(n, settings, 3).genes]
    assert read_genes(folder / "genes.bed", Tally()) == genes
    individuals = read_phenotypes(folder / "phenotypes.tsv", "sample", "phenotype", None)
    assert individuals["sample"].tolist() == open_genotypes("vcf", str(bcfs[0])).samples
    labels = individuals["label"].tolist()
    assert set(labels) == {"case", "control", None}
    assert labels.count(None) == 12


def test_write_phenotypes__labels_of_a_seed_are_what_they_always_were(cohort):
    """The digest is of the file that one job for all chromosomes wrote (commit bd29134)."""
    digest = hashlib.sha256((cohort[0] / "phenotypes.tsv").read_bytes()).hexdigest()
    assert digest == "318b14dec12f07ba59624365666ff5685d1c46f7c82db15a768d3f273bb2f7f2"


def test_write_cohort__leaves_no_other_files(cohort):
    ends = (".bcf", ".bcf.csi", ".bed", ".parquet")
    expected = {"genes.bed", "phenotypes.tsv"} | {f"{n}{end}" for n in (1, 2) for end in ends}
    assert {path.name for path in cohort[0].iterdir()} == expected


def test_write_cohort__same_seed_same_bytes_in_any_order(cohort, tmp_path):
    folder, settings, _ = cohort
    write(tmp_path / "again", settings, order=[2, 1])
    write(tmp_path / "other", settings, seed=4)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    for name in ("1.bcf", "genes.bed", "phenotypes.tsv"):
        assert (folder / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_write_cohort__chromosomes_without_a_causal_gene(tmp_path, simulation):
    settings = simulation(individuals=40, chromosomes=5, genes=5, causal_genes=2)
    write(tmp_path / "c", settings)
    causal = [len(list(iter_genes(tmp_path / f"c/{n}.parquet"))) for n in range(1, 6)]
    assert sorted(causal) == [0, 0, 0, 1, 1]


def test_write_phenotypes__refuses_other_individuals(cohort, tmp_path, simulation):
    folder, _, _ = cohort
    with pytest.raises(ValueError, match=r"1\.parquet: not the individuals"):
        write_phenotypes(
            genes_path=tmp_path / "genes.bed", phenotypes_path=tmp_path / "phenotypes.tsv",
            genes=[folder / "1.bed"], causal=[folder / "1.parquet"],
            settings=simulation(individuals=40), seed=3,
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
