"""Tensors to genotypes and back, as files."""

import numpy as np
import pandas as pd
import pytest
from bed_reader import open_bed

from genodiff.features import decode_job
from genodiff.features.decode_job import decode_individuals, individuals_blocks
from genodiff.features.round_trip import fit_decoders
from genodiff.formats.genotypes import iter_genes
from genodiff.formats.plink1 import read_bim
from genodiff.formats.tensors import Individuals, Layout, read_individuals, write_individuals

SAMPLES = [f"person{i}" for i in range(61)]
BED = "1\t0\t20\tA\n1\t10\t30\tB\n2\t0\t12\tC\n"


def linked(snps, seed):
    rng = np.random.default_rng(seed)
    latent = rng.integers(0, 2, (3, 2, len(SAMPLES)))
    return latent[rng.integers(0, 3, snps)].sum(1).astype(np.int8)


@pytest.fixture(scope="module")
def chain(tmp_path_factory, run_chain):
    sets = ["train"] * 50 + ["validation"] * 5 + ["test"] * 6
    labels = ["ab"[i % 2] for i in range(len(sets))]
    split = pd.DataFrame({"sample": SAMPLES, "label": labels, "set": sets})
    folder = tmp_path_factory.mktemp("decode") / "run"
    cohort = {"1": (range(1, 31), linked(30, 0)), "2": (range(1, 13), linked(12, 1))}
    return run_chain(folder, cohort, BED, split, SAMPLES)


@pytest.fixture
def decoded(chain, tmp_path):
    """Function: the prefix of the genotypes of the training individuals, and their tensors again."""
    decoders = []
    for number, (matrices, models) in enumerate(zip(chain.matrices, chain.models, strict=True)):
        decoders.append(tmp_path / f"{number}.decoder")
        fit_decoders(
            genotypes_path=matrices, models_path=models, split_path=chain.layout.parent / "split.tsv",
            decoder_path=decoders[-1], sums_path=tmp_path / "sums", chosen="thresholds", seed=0,
            memory_mb=512,
        )  # fmt: skip

    def decode(individuals, name="decoded", models=chain.models):
        prefix = tmp_path / name
        decode_individuals(
            layout_path=str(chain.layout), individuals_path=str(individuals),
            models_paths=[*map(str, models)], decoder_paths=[*map(str, decoders)], prefix=str(prefix),
            tensors_path=f"{prefix}.parquet", seed=3, memory_mb=512,
        )  # fmt: skip
        return prefix

    return decode


def test_decode_individuals__genotypes_that_components_keep_whole_come_back(chain, decoded):
    """Each gene has three patterns of SNPs, and four components or more."""
    prefix = decoded(chain.tensors["train"])
    true = {}
    for matrices in chain.matrices:
        for snps, dosage in iter_genes(matrices):
            sites = zip(snps["chrom"].to_pylist(), snps["pos"].to_pylist(), strict=True)
            true |= dict(zip(sites, dosage[:, :50], strict=True))
    sites = read_bim(f"{prefix}.bim")
    found = open_bed(f"{prefix}.bed").read(dtype="int8").T
    assert list(zip(sites["chrom"], sites["pos"], strict=True)) == sorted(true)
    expected = np.stack([true[site] for site in sorted(true)])
    np.testing.assert_array_equal(found, expected)
    # So their components are what they were.
    layout = Layout.read(chain.layout)
    before, after = (read_individuals(p, layout) for p in (chain.tensors["train"], f"{prefix}.parquet"))
    np.testing.assert_allclose(after.x, before.x, atol=1e-4)
    assert after.labels == before.labels


def test_decode_individuals__no_id_of_the_tensor_file_stays(chain, decoded):
    prefix = decoded(chain.tensors["train"])
    for suffix in ("fam", "bim", "bed", "parquet"):
        assert b"person" not in prefix.with_suffix(f".{suffix}").read_bytes()
    assert prefix.with_suffix(".fam").read_text().splitlines()[49].split() == [
        "0", "SYN000050", "0", "0", "0", "-9",
    ]  # fmt: skip


@pytest.mark.parametrize("most", [1, 7, 49])
def test_decode_individuals__blocks_make_no_difference(chain, decoded, tmp_path, monkeypatch, most):
    layout = Layout.read(chain.layout)
    x = np.random.default_rng(1).standard_normal((50, *layout.mask().shape)).astype(np.float32)
    x[:, ~layout.mask()] = 0
    source = tmp_path / "synthetic.parquet"
    write_individuals(source, layout, [Individuals([f"s{i}" for i in range(50)], ["a", "b"] * 25, x)])
    whole = decoded(source)
    monkeypatch.setattr(decode_job, "_MOST_AT_ONCE", most)
    parts = decoded(source, "parts")
    for suffix in (".bed", ".bim", ".fam"):
        assert whole.with_suffix(suffix).read_bytes() == parts.with_suffix(suffix).read_bytes()
    both = [read_individuals(f"{prefix}.parquet", layout).x for prefix in (whole, parts)]
    np.testing.assert_allclose(*both, atol=1e-5)


def test_decode_individuals__refuses_models_of_other_genes(chain, decoded):
    with pytest.raises(ValueError, match=r"other genes|other models"):
        decoded(chain.tensors["train"], models=chain.models[::-1])


def test_individuals_blocks__of_the_size_whatever_the_groups():
    groups = [
        Individuals(
            [""] * n, [f"{first + i}" for i in range(n)], np.arange(first, first + n)[:, None, None]
        )
        for first, n in ((0, 3), (3, 1), (4, 9), (13, 0), (13, 2))
    ]
    found = list(individuals_blocks(groups, 4))
    assert [len(x) for x, _ in found] == [4, 4, 4, 3]
    assert np.concatenate([x for x, _ in found]).ravel().tolist() == list(range(15))
    assert [label for _, labels in found for label in labels] == [str(i) for i in range(15)]
