"""Tensors end to end: from made genotypes of two chromosomes to standardised, padded people."""

import numpy as np
import pandas as pd
import pytest

from genodiff.errors import InputError
from genodiff.features.tensors import write_tensors
from genodiff.formats.gene_pca import read_models, write_gene_pca
from genodiff.formats.tensors import Layout, read_people

PEOPLE = 90
SAMPLES = [f"{i:03d}" for i in range(PEOPLE)]
SIZES = {"10": [3, 25, 6], "2": [1, 22]}  # SNPs of each gene; files in this order
BED = "2\t0\t10\tE\n2\t100\t200\tD\n10\t0\t50\tC\n10\t100\t200\tA\n10\t300\t400\tB\n"
STARTS = {"10": [0, 100, 300], "2": [0, 100]}


def make_split():
    """Sets in turn, in an order of people other than the VCF's."""
    rng = np.random.default_rng(1)
    sets = ["train", "train", "train", "validation", "test", "unlabelled"] * (PEOPLE // 6)
    sets[7] = "excluded"
    labels = [None if s in ("unlabelled", "excluded") else "ba"[i % 2] for i, s in enumerate(sets)]
    return pd.DataFrame(
        {"sample": rng.permutation(SAMPLES), "label": pd.Series(labels, dtype=object), "set": sets}
    )


def make_genotypes():
    rng = np.random.default_rng(0)
    found = {}
    for name, sizes in SIZES.items():
        positions = [s + 1 + i for s, n in zip(STARTS[name], sizes, strict=True) for i in range(n)]
        dosage = rng.binomial(2, rng.uniform(0.2, 0.8, (len(positions), 1)), (len(positions), PEOPLE))
        dosage[rng.random(dosage.shape) < 0.02] = -1
        found[name] = (positions, dosage)
    return found


@pytest.fixture(scope="module")
def chain(tmp_path_factory, run_chain):
    folder = tmp_path_factory.mktemp("tensors") / "run"
    return run_chain(folder, make_genotypes(), BED, make_split(), SAMPLES, quality=(0.01, 1.0))


def by_set(chain):
    layout = Layout.read(chain.layout)
    return layout, {name: read_people(path, layout) for name, path in chain.tensors.items()}


def test_layout__genes_in_order_of_files_and_starts_padded_to_the_multiple(chain):
    layout, _ = by_set(chain)
    assert [g.gene for g in layout.genes] == ["C", "A", "B", "E", "D"]
    assert [g.chrom for g in layout.genes] == ["10", "10", "10", "2", "2"]
    assert [g.snps for g in layout.genes] == [3, 25, 6, 1, 22]
    assert [len(g.mean) for g in layout.genes] == [1, 8, 4, 1, 8]  # Luo's rule
    assert (layout.padded_genes, layout.components) == (8, 8)
    assert layout.classes == ["a", "b"]


def test_tensors__people_in_order_of_the_split_with_their_labels(chain):
    _, found = by_set(chain)
    split = make_split()
    for name, sets in (
        ("train", ["train", "unlabelled"]), ("validation", ["validation"]), ("test", ["test"])
    ):  # fmt: skip
        rows = split[split["set"].isin(sets)]
        assert found[name].samples == rows["sample"].tolist()
        assert found[name].labels == [None if pd.isna(v) else v for v in rows["label"]]


def test_tensors__training_slots_are_standardised_and_the_others_zero(chain):
    layout, found = by_set(chain)
    train, mask = found["train"].x.astype(float), layout.mask()
    np.testing.assert_allclose(train[:, mask].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(train[:, mask].std(0), 1, atol=1e-5)
    for people in found.values():
        assert not people.x[:, ~mask].any()
        assert people.x[:, mask].all(1).any()
    # The others are scaled by the same numbers, not by their own.
    assert np.abs(found["test"].x[:, mask].mean(0)).max() > 0.05


def test_tensors__values_are_the_projections_of_each_person(chain):
    _, found = by_set(chain)
    split, genotypes = make_split(), make_genotypes()
    training = [SAMPLES.index(s) for s in split["sample"][split["set"].isin(["train", "unlabelled"])]]
    models = [model for path in chain.models for model in read_models(path)]
    for i, model in enumerate(models):
        positions, dosage = genotypes[model["chrom"]]
        g = dosage[[positions.index(p) for p in model["pos"]]].astype(float)
        g[g < 0] = np.nan
        mean = np.nanmean(g[:, training], axis=1, keepdims=True)
        g = np.where(np.isnan(g), mean, g)
        _, singular, rows = np.linalg.svd((g[:, training] - mean).T, full_matrices=False)
        k = len(model["loadings"])
        scores = (rows[:k] @ (g - mean)) / (singular[:k, None] / np.sqrt(len(training)))
        for people in found.values():
            columns = [SAMPLES.index(s) for s in people.samples]
            x = people.x[:, i, :k].T
            signs = np.sign((x * scores[:, columns]).sum(1, keepdims=True))
            np.testing.assert_allclose(x, signs * scores[:, columns], atol=1e-4)


def test_models__count_imputed_calls_of_all_people(chain):
    genotypes, split = make_genotypes(), make_split()
    excluded = SAMPLES.index(split["sample"][split["set"] == "excluded"].item())
    for path, (_, dosage) in zip(chain.models, genotypes.values(), strict=True):
        missing = (np.delete(dosage, excluded, axis=1) == -1).sum()
        assert sum(model["imputed_calls"] for model in read_models(path)) == missing


@pytest.mark.parametrize(("multiple", "padded"), [(1, 5), (5, 5), (3, 6), (2048, 2048)])
def test_write_tensors__pads_to_the_next_multiple(chain, tmp_path, multiple, padded):
    split = chain.layout.parent / "split.tsv"
    inputs = ([*map(str, chain.models)], [*map(str, chain.scores)], split)
    write_tensors(*inputs, tmp_path / "l.json", {"test": tmp_path / "t.parquet"}, multiple, 8, 512)
    layout = Layout.read(tmp_path / "l.json")
    assert layout.padded_genes == padded
    expected = read_people(chain.tensors["test"], Layout.read(chain.layout)).x[:, :5]
    np.testing.assert_array_equal(read_people(tmp_path / "t.parquet", layout).x[:, :5], expected)


def test_write_tensors__raises_on_scores_of_other_people(chain, tmp_path):
    shuffled = make_split().iloc[::-1]
    shuffled.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    inputs = ([*map(str, chain.models)], [*map(str, chain.scores)], tmp_path / "split.tsv")
    with pytest.raises(ValueError, match=r"10\.scores: not the people of"):
        write_tensors(*inputs, tmp_path / "l.json", {"test": tmp_path / "t.parquet"}, 4, 8, 512)
    assert [path.name for path in tmp_path.iterdir()] == ["split.tsv"]


def test_write_tensors__raises_without_any_gene(chain, tmp_path):
    samples = make_split().query("set != 'excluded'")["sample"].tolist()
    models, scores = tmp_path / "models", tmp_path / "scores"
    write_gene_pca(models, scores, samples, iter([]))
    split = chain.layout.parent / "split.tsv"
    with pytest.raises(InputError, match="no gene has a SNP that passes quality control"):
        write_tensors([str(models)], [str(scores)], split, tmp_path / "l.json", {}, 4, 8, 512)


def test_write_tensors__a_chromosome_without_genes_changes_nothing(chain, tmp_path):
    samples = make_split().query("set != 'excluded'")["sample"].tolist()
    models, scores = tmp_path / "models", tmp_path / "scores"
    write_gene_pca(models, scores, samples, iter([]))
    paths = [[*map(str, found)] for found in ([models, *chain.models], [scores, *chain.scores])]
    split = chain.layout.parent / "split.tsv"
    write_tensors(*paths, split, tmp_path / "l.json", {"test": tmp_path / "t.parquet"}, 4, 8, 512)
    assert (tmp_path / "l.json").read_bytes() == chain.layout.read_bytes()
    assert (tmp_path / "t.parquet").read_bytes() == chain.tensors["test"].read_bytes()
