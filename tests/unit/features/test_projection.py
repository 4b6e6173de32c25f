"""Individuals of another cohort in the components of this one."""

import json

import numpy as np
import pandas as pd
import pytest

from genodiff.features.matching import gene_dosages, match_chromosome
from genodiff.features.projection import project_chromosome, project_individuals
from genodiff.formats.gene_pca import iter_scores, read_models
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

INDIVIDUALS, SNPS = 40, 60
SAMPLES = [f"p{i}" for i in range(INDIVIDUALS)]
# Genes that overlap and nest.
BED = "1\t0\t30\tA\n1\t10\t15\tB\n1\t20\t50\tC\n1\t52\t53\tD\n1\t53\t60\tE\n"


def fates(tally):
    return {outcome: str(count) for outcome, count in tally.of("snp").items()}


@pytest.fixture(scope="module")
def chain(tmp_path_factory, run_chain):
    rng = np.random.default_rng(5)
    dosage = rng.binomial(2, rng.uniform(0.2, 0.8, (SNPS, 1)), (SNPS, INDIVIDUALS))
    dosage[7, 35:] = -1
    sets = ["train"] * 30 + ["validation"] * 4 + ["test"] * 6
    split = pd.DataFrame({"sample": SAMPLES, "label": ["a", "b"] * 20, "set": sets})
    folder = tmp_path_factory.mktemp("chain") / "run"
    return run_chain(folder, {"1": (range(1, SNPS + 1), dosage)}, BED, split, SAMPLES)


def project(chain, vcf, folder, chromosome="1"):
    """(tally, path of the scores)."""
    scores = folder / "scores.parquet"
    files = GenotypeFiles("vcf", {chromosome: str(vcf)})
    matched = folder / "matched.parquet"
    tally = match_chromosome(
        files=files, chromosome=chromosome, samples=files.open(chromosome).samples,
        matrices_path=chain.matrices[0], passed_only=False, output=matched,
    )  # fmt: skip
    project_chromosome(
        matrices_path=matched, models_path=chain.models[0],
        projected_models=folder / "models.parquet", projected_scores=scores,
    )  # fmt: skip
    return tally, scores


def write_inputs(path, samples, labels):
    path.write_text(json.dumps({"samples": samples, "labels": labels}))
    return path


def test_projection__of_the_cohort_itself_gives_its_tensors(chain, tmp_path):
    tally, scores = project(chain, chain.layout.parent / "1.vcf.gz", tmp_path)
    snps = {pos for model in read_models(chain.models[0]) for pos in model["pos"]}
    assert fates(tally) == {"found": str(len(snps))}
    output, labels = tmp_path / "individuals.parquet", ["a", None, None, "b", *[None] * 36]
    project_individuals(
        layout_path=str(chain.layout), scores_paths=[scores],
        inputs_path=write_inputs(tmp_path / "inputs.json", SAMPLES, labels),
        output=str(output), memory_mb=512,
    )  # fmt: skip
    layout = Layout.read(chain.layout)
    found = read_individuals(output, layout)
    assert found.samples == SAMPLES
    assert found.labels == labels
    for path in chain.tensors.values():
        own = read_individuals(path, layout)
        rows = [SAMPLES.index(name) for name in own.samples]
        np.testing.assert_array_equal(found.x[rows], own.x)


def test_projection__label_that_the_layout_lacks_stops(chain, tmp_path):
    _, scores = project(chain, chain.layout.parent / "1.vcf.gz", tmp_path)
    inputs = write_inputs(tmp_path / "inputs.json", SAMPLES, ["c"] * INDIVIDUALS)
    with pytest.raises(InputError, match=r"label 'c' is none of this cohort's \(a, b\)"):
        project_individuals(
            layout_path=str(chain.layout), scores_paths=[scores], inputs_path=inputs,
            output=str(tmp_path / "o"), memory_mb=512,
        )  # fmt: skip
    assert not (tmp_path / "o").exists()


def test_projection__absent_snps_and_other_alleles_count_as_the_mean(chain, tmp_path, make_vcf):
    models = read_models(chain.models[0])
    records = [("chr1", pos, ".", "A", "C", ["0/1", "1/1"]) for pos in models[-1]["pos"][:3]] + [
        ("chr1", models[-1]["pos"][3], ".", "A", "G", ["0/1", "1/1"])
    ]
    vcf = make_vcf("x.vcf.gz", records, ["u", "v"], ("chr1",))
    tally, scores = project(chain, vcf, tmp_path)
    snps = len({pos for model in models for pos in model["pos"]})
    assert tally["snp", "found"] == 3
    assert str(tally.of("snp")["other_alleles"]) == f"1 (1:{models[-1]['pos'][3]})"
    assert tally["snp", "absent"] == snps - 3
    rows = np.concatenate(list(iter_scores(scores, "individuals_0000")))
    model = models[-1]
    dosage = np.array(model["mean"])[:, None].repeat(2, 1)
    dosage[:3] = [1, 2]
    expected = np.array(model["loadings"]) @ (dosage - np.array(model["mean"])[:, None])
    np.testing.assert_allclose(rows[-len(expected) :], expected, atol=1e-6)
    # Genes of which nothing is there are at the middle of the training individuals.
    assert np.abs(rows[: -len(expected)]).max() < 1e-6


def test_projection__exchanged_alleles_are_turned_round(chain, tmp_path, make_vcf):
    pos = read_models(chain.models[0])[0]["pos"]
    individuals, calls, others = ["u", "v", "w"], ["0/0", "./.", "0/1"], ["1/1", "./.", "0/1"]
    plain = make_vcf("a.vcf.gz", [("1", p, ".", "A", "C", calls) for p in pos], individuals)
    turned = make_vcf("b.vcf.gz", [("1", p, ".", "C", "A", others) for p in pos], individuals)
    results = []
    for name, vcf in (("a", plain), ("b", turned)):
        (tmp_path / name).mkdir()
        tally, scores = project(chain, vcf, tmp_path / name)
        results.append(np.concatenate(list(iter_scores(scores, "individuals_0000"))))
    assert tally["snp", "swapped"] == len(pos)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(("missing", "share"), [(1, None), (3, "15%")])
def test_projection__warns_of_many_missing_calls_and_not_of_other_snps(
    chain, tmp_path, make_vcf, caplog, missing, share
):
    """Two SNPs of ten individuals, 1 or 3 of 20 calls missing; a SNP at no position of the models."""
    known = {pos for model in read_models(chain.models[0]) for pos in model["pos"]}
    calls = ["./."] * missing + ["0/1"] * (10 - missing)
    records = [("1", pos, ".", "A", "C", calls) for pos in sorted(known)[:1]]
    records += [("1", pos, ".", "A", "C", ["0/1"] * 10) for pos in sorted(known)[1:2]]
    records.append(("1", max(known) + 1000, ".", "A", "C", ["0/1"] * 10))
    vcf = make_vcf("x.vcf.gz", records, [f"s{i}" for i in range(10)])
    tally, _ = project(chain, vcf, tmp_path)
    assert tally["call", "imputed"] == missing
    assert tally.of("record").keys() == {"not_in_the_models"}
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [text for text in warnings if "position of the models" in text] == []
    many = [text for text in warnings if "are missing and imputed with the training mean" in text]
    assert len(many) == (share is not None)
    assert share is None or f"x.vcf.gz: {share} of the calls" in many[0]


def test_projection__counts_missing_calls_and_snps_that_come_twice(chain, tmp_path, make_vcf):
    first, second = read_models(chain.models[0])[-1]["pos"][:2]
    records = [
        ("1", first, ".", "A", "C", ["0", "./1", "1/1"]),
        ("1", first, ".", "C", "A", ["0/0", "0/0", "0/0"]),
        ("1", second, ".", "A", "C", ["0/1", "0/1", "./."]),
    ]
    tally, scores = project(chain, make_vcf("x.vcf.gz", records, ["u", "v", "w"]), tmp_path)
    assert tally["snp", "found"] == 2
    assert str(tally.of("record")["duplicate_conflict"]) == f"1 (1:{first})"
    assert tally["call", "not_diploid"] == tally["call", "half_missing"] == 1
    assert tally["call", "imputed"] == 3
    # The first one counts: individuals without a call there are at the mean, the third is not.
    model = read_models(chain.models[0])[-1]
    rows = np.concatenate(list(iter_scores(scores, "individuals_0000")))
    dosage = np.array(model["mean"])[:, None].repeat(3, 1)
    dosage[0, 2], dosage[1, :2] = 2, 1
    expected = np.array(model["loadings"]) @ (dosage - np.array(model["mean"])[:, None])
    np.testing.assert_allclose(rows[-len(expected) :], expected, atol=1e-6)


def test_gene_dosages__of_nested_genes_and_absent_snps():
    models = [
        {"chrom": ["1"] * 2, "pos": [1, 9], "ref": ["A"] * 2, "alt": ["C"] * 2},
        {"chrom": ["1"] * 2, "pos": [2, 4], "ref": ["A"] * 2, "alt": ["C"] * 2},
        {"chrom": ["1"] * 2, "pos": [9, 11], "ref": ["A"] * 2, "alt": ["C"] * 2},
    ]
    tally = Tally()

    def snps():
        for pos in (1, 2, 9, 12):
            yield (pos, "A", "C"), np.array([pos % 3], np.int8)

    found = [
        (model["pos"], dosage[:, 0].tolist()) for model, dosage in gene_dosages(models, snps(), 1, tally)
    ]
    assert found == [([1, 9], [1, 0]), ([2, 4], [2, -1]), ([9, 11], [0, -1])]
    assert fates(tally) == {"absent": "2 (1:4, 1:11)"}
