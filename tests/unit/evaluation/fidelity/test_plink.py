"""Single numbers against those of PLINK 2 and PLINK 1.9 (Debian: plink2, plink1.9), on simulated and on
real individuals."""

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed
from cyvcf2 import VCF

from genodiff.evaluation.fidelity.association import linear
from genodiff.evaluation.fidelity.base import frequency_of
from genodiff.evaluation.fidelity.ld import r2, standardised
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN
from genodiff.evaluation.fidelity.structure import HudsonFst, axes_of, scaled
from genodiff.genotypes.quality import hardy_weinberg_p
from genodiff.qc.relatives import kinship

pytestmark = pytest.mark.slow
MOST = 400  # individuals


@pytest.fixture(params=["simulated", "1kg-hm3"])
def people(request, draw_set, repository):
    """Dosages with variation, and labels 0 and 1."""
    if request.param == "simulated":
        one = draw_set(np.random.default_rng(0), 200)
        dosage, labels = one.dosage, one.labels
    else:
        path = repository.parent / "shared/data/1kg-hm3/1kg.chr22.vcf.gz"
        if not path.is_file():
            pytest.skip("no shared/data/1kg-hm3 beside the project")
        vcf = VCF(str(path), gts012=True)
        every = (v.gt_types[:MOST].copy() for v in vcf if v.is_snp and len(v.ALT) == 1)
        dosage = np.array(list(every), np.int8)
        dosage = dosage[(dosage <= 2).all(1)]
        labels = (dosage[0] + np.arange(dosage.shape[1]) % 2 > 1).astype(int)
    return dosage[np.ptp(dosage, 1) > 0], labels


@pytest.fixture
def plink(people, tmp_path):
    """Function: arguments of PLINK 2 to the table that it writes with this suffix."""
    dosage, labels = people
    snps, individuals = dosage.shape
    prefix = tmp_path / "people"
    to_bed(
        f"{prefix}.bed", np.ascontiguousarray(dosage.T),
        {
            "chromosome": ["22"] * snps, "bp_position": 1000 * (1 + np.arange(snps)),
            "sid": [f"rs{n}" for n in range(snps)], "allele_1": ["C"] * snps, "allele_2": ["A"] * snps,
            "iid": [f"i{n}" for n in range(individuals)],
        },
    )  # fmt: skip
    table = pd.DataFrame({"IID": [f"i{n}" for n in range(individuals)]})
    table["quantitative"] = 10 * (1 + labels)
    table["group"] = np.where(labels, "one", "zero")
    table.to_csv(f"{prefix}.pheno", sep="\t", index=False)

    def run(*arguments, suffix, program="plink2"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here (Debian: apt-get install {program})")
        out = tmp_path / "out"
        command = [program, "--bfile", str(prefix), "--out", str(out), *arguments]
        subprocess.run(command, check=True, capture_output=True)
        return pd.read_csv(f"{out}.{suffix}", sep=r"\s+")

    run.pheno = f"{prefix}.pheno"
    return run


def counts_of(dosage, labels):
    """Genotype counts (V, 2, 3)."""
    each = [[(dosage[:, labels == c] == g).sum(1) for g in range(3)] for c in range(2)]
    return np.array(each).transpose(2, 0, 1)


def test_frequencies(people, plink):
    found = plink("--freq", suffix="afreq")
    assert (found["ALT"] == "C").all()
    assert frequency_of(counts_of(*people).sum(1)) == pytest.approx(found["ALT_FREQS"], rel=1e-4)


def test_hardy_weinberg(people, plink):
    found = plink("--hardy", suffix="hardy")
    own = [hardy_weinberg_p(*row) for row in counts_of(*people).sum(1).tolist()]
    assert own == pytest.approx(found["P"].to_numpy(), rel=1e-3)
    assert (people[0] == 1).mean(1) == pytest.approx(found["O(HET_A1)"], rel=1e-4)


def test_inbreeding(people, plink, compare, monkeypatch):
    """--het with the individuals' own frequencies, which are then those of the training individuals."""
    monkeypatch.setattr("genodiff.evaluation.fidelity.people.SHARE", 1.0)
    found = plink("--het", suffix="het")

    class Own:
        dosage = people[0]
        labels = people[1]

    run = compare("heterozygosity", {TRAIN: Own, TEST: Own, CANDIDATE: Own}, individuals=MOST)
    inbreeding = 1 - run.metric._observed / run.metric._expected
    assert inbreeding == pytest.approx(found["F"].to_numpy(), abs=2e-5)
    assert run["inbreeding_mean"] == pytest.approx(found["F"].mean(), abs=2e-5)


def test_association(people, plink):
    found = plink(
        "--pheno", plink.pheno, "--pheno-name", "quantitative", "--glm", "allow-no-covars",
        suffix="quantitative.glm.linear",
    )  # fmt: skip
    effect, t = linear(counts_of(*people), 1)
    own = [effect, t] * np.where(found["A1"] == "C", 1, -1)
    expected = np.array([found["BETA"] / 10, found["T_STAT"]])
    valid = np.isfinite(expected[0])
    assert valid.mean() > 0.9
    assert own[:, valid] == pytest.approx(expected[:, valid], rel=1e-3, abs=1e-4)


def test_kinship(people, plink):
    found = plink("--make-king-table", suffix="kin0")
    own = kinship(people[0].T, people[0].T)
    names = [name for name in found if "IID" in name]
    first, second = (found[name].str[1:].astype(int) for name in names)
    assert len(found) > 10_000
    assert own[first, second] == pytest.approx(found["KINSHIP"].to_numpy(), abs=1e-4)


def test_principal_components(people, plink):
    found = plink("--pca", "4", suffix="eigenvec").filter(like="PC").to_numpy()
    dosage = people[0].T
    mean, scale, loadings = axes_of(dosage, 4)
    own = scaled(dosage, mean, scale) @ loadings
    # Close eigenvalues mix; the first two are apart.
    for number in range(2):
        assert abs(np.corrcoef(own[:, number], found[:, number])[0, 1]) > 0.99


def test_fst(people, plink):
    found = plink("--pheno", plink.pheno, "--fst", "group", "method=hudson", suffix="fst.summary")
    counts, fst = counts_of(*people), HudsonFst()
    fst.add(counts[:, 0], counts[:, 1])
    assert fst.fst() == pytest.approx(found["HUDSON_FST"][0], abs=2e-6)


def test_r2(people, plink):
    found = plink(
        "--r2", "--ld-window-kb", "50", "--ld-window", "60", "--ld-window-r2", "0",
        suffix="ld", program="plink1.9",
    )  # fmt: skip
    scaled_rows = standardised(people[0])
    first, second = (found[name].str[2:].astype(int) for name in ("SNP_A", "SNP_B"))
    assert len(found) > 1000
    own = r2(scaled_rows, scaled_rows)[first, second]
    assert own == pytest.approx(found["R2"].to_numpy(), abs=1e-4)
