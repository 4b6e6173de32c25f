"""Tensors end to end: from made genotypes of two chromosomes to standardised, padded individuals."""

import numpy as np
import pandas as pd
import pytest

from genodiff.features import tensors
from genodiff.features.gene_pca_job import check_memory, needed_mb, write_chromosome_pca
from genodiff.features.tensors import block_sizes, individuals_parts, write_tensors
from genodiff.formats import gene_pca
from genodiff.formats.gene_pca import (
    individuals_columns,
    iter_scores,
    read_models,
    read_moments,
    read_score_samples,
    write_gene_pca,
)
from genodiff.formats.split import write_split
from genodiff.formats.tensors import GeneFeatures, Layout, read_individuals
from genodiff.runtime.errors import InputError
from genodiff.runtime.memory import BASE_MB

INDIVIDUALS = 90
SAMPLES = [f"{i:03d}" for i in range(INDIVIDUALS)]
SIZES = {"10": [3, 25, 6], "2": [1, 22]}  # SNPs of each gene; files in this order
BED = "2\t0\t10\tE\n2\t100\t200\tD\n10\t0\t50\tC\n10\t100\t200\tA\n10\t300\t400\tB\n"
STARTS = {"10": [0, 100, 300], "2": [0, 100]}


def make_split():
    """Sets in turn, in an order of individuals other than the VCF's."""
    rng = np.random.default_rng(1)
    sets = ["train", "train", "train", "validation", "test", "unlabelled"] * (INDIVIDUALS // 6)
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
        dosage = rng.binomial(
            2, rng.uniform(0.2, 0.8, (len(positions), 1)), (len(positions), INDIVIDUALS)
        )
        dosage[rng.random(dosage.shape) < 0.02] = -1
        found[name] = (positions, dosage)
    return found


@pytest.fixture(scope="module")
def chain(tmp_path_factory, run_chain):
    folder = tmp_path_factory.mktemp("tensors") / "run"
    return run_chain(folder, make_genotypes(), BED, make_split(), SAMPLES, quality=(0.01, 1.0))


def by_set(chain):
    layout = Layout.read(chain.layout)
    return layout, {name: read_individuals(path, layout) for name, path in chain.tensors.items()}


def test_layout__genes_in_order_of_files_and_starts_padded_to_the_multiple(chain):
    layout, _ = by_set(chain)
    assert [g.gene for g in layout.genes] == ["C", "A", "B", "E", "D"]
    assert [g.chrom for g in layout.genes] == ["10", "10", "10", "2", "2"]
    assert [g.snps for g in layout.genes] == [3, 25, 6, 1, 22]
    assert [g.position for g in layout.genes] == [2, 113, 303, 1, 111]  # of 3, 25, 6, 1 and 22 SNPs
    assert [len(g.mean) for g in layout.genes] == [1, 8, 4, 1, 8]  # Luo's rule
    assert (layout.padded_genes, layout.components) == (8, 8)
    assert layout.classes == ["a", "b"]


def test_tensors__individuals_in_order_of_the_split_with_their_labels(chain):
    _, found = by_set(chain)
    split = make_split()
    for name, sets in (
        ("train", ["train", "unlabelled"]), ("validation", ["validation"]), ("test", ["test"])
    ):  # fmt: skip
        rows = split[split["set"].isin(sets)]
        assert found[name].samples == rows["sample"].tolist()
        assert found[name].labels == [None if pd.isna(v) else v for v in rows["label"]]


def test_tensors__training_features_are_standardised_and_the_others_zero(chain):
    layout, found = by_set(chain)
    train, mask = found["train"].x.astype(float), layout.mask()
    np.testing.assert_allclose(train[:, mask].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(train[:, mask].std(0), 1, atol=1e-5)
    for individuals in found.values():
        assert not individuals.x[:, ~mask].any()
        assert individuals.x[:, mask].all(1).any()
    # The others are scaled by the same numbers, not by their own.
    assert np.abs(found["test"].x[:, mask].mean(0)).max() > 0.05


def test_tensors__values_are_the_projections_of_each_individual(chain):
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
        for individuals in found.values():
            columns = [SAMPLES.index(s) for s in individuals.samples]
            x = individuals.x[:, i, :k].T
            signs = np.sign((x * scores[:, columns]).sum(1, keepdims=True))
            np.testing.assert_allclose(x, signs * scores[:, columns], atol=1e-4)


def test_models__count_imputed_calls_of_all_individuals(chain):
    genotypes, split = make_genotypes(), make_split()
    excluded = SAMPLES.index(split["sample"][split["set"] == "excluded"].item())
    for path, (_, dosage) in zip(chain.models, genotypes.values(), strict=True):
        missing = (np.delete(dosage, excluded, axis=1) == -1).sum()
        assert sum(model["imputed_calls"] for model in read_models(path)) == missing


def write_test_tensors(models, scores, split, folder, multiple=4):
    """Write l.json and the tensors of the test individuals, t.parquet, in `folder`."""
    write_tensors(
        models_paths=[*map(str, models)], scores_paths=[*map(str, scores)], split_path=split,
        layout_path=folder / "l.json", tensor_paths={"test": folder / "t.parquet"},
        multiple=multiple, components=8, memory_mb=512,
    )  # fmt: skip


@pytest.mark.parametrize(("multiple", "padded"), [(1, 5), (5, 5), (3, 6), (2048, 2048)])
def test_write_tensors__pads_to_the_next_multiple(chain, tmp_path, multiple, padded):
    split = chain.layout.parent / "split.tsv"
    write_test_tensors(chain.models, chain.scores, split, tmp_path, multiple)
    layout = Layout.read(tmp_path / "l.json")
    assert layout.padded_genes == padded
    expected = read_individuals(chain.tensors["test"], Layout.read(chain.layout)).x[:, :5]
    np.testing.assert_array_equal(read_individuals(tmp_path / "t.parquet", layout).x[:, :5], expected)


def test_write_tensors__raises_on_scores_of_other_individuals(chain, tmp_path):
    shuffled = make_split().iloc[::-1]
    shuffled.to_csv(tmp_path / "split.tsv", sep="\t", index=False)
    with pytest.raises(ValueError, match=r"10\.scores: not the individuals of"):
        write_test_tensors(chain.models, chain.scores, tmp_path / "split.tsv", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["split.tsv"]


def test_write_tensors__raises_without_any_gene(chain, tmp_path):
    samples = make_split().query("set != 'excluded'")["sample"].tolist()
    models, scores = tmp_path / "models", tmp_path / "scores"
    write_gene_pca(models, scores, samples, iter([]))
    split = chain.layout.parent / "split.tsv"
    with pytest.raises(InputError, match="no gene has a SNP that passes quality control"):
        write_tensors(
            models_paths=[str(models)],
            scores_paths=[str(scores)],
            split_path=split,
            layout_path=tmp_path / "l.json",
            tensor_paths={},
            multiple=4,
            components=8,
            memory_mb=512,
        )


def test_write_tensors__a_chromosome_without_genes_changes_nothing(chain, tmp_path):
    samples = make_split().query("set != 'excluded'")["sample"].tolist()
    models, scores = tmp_path / "models", tmp_path / "scores"
    write_gene_pca(models, scores, samples, iter([]))
    split = chain.layout.parent / "split.tsv"
    write_test_tensors([models, *chain.models], [scores, *chain.scores], split, tmp_path)
    assert (tmp_path / "l.json").read_bytes() == chain.layout.read_bytes()
    assert (tmp_path / "t.parquet").read_bytes() == chain.tensors["test"].read_bytes()


def make_scores(folder, individuals, counts, seed=0):
    """Models and scores of chromosomes with genes of so many components, and a split with all sets.

    Returns the paths, and the scores as float32 (features, N)."""
    rng = np.random.default_rng(seed)
    samples = [f"p{i}" for i in range(individuals)]
    sets = rng.permutation((["train"] * 5 + ["validation", "test", "unlabelled"]) * individuals)[
        :individuals
    ]
    sets[:2] = "train"  # two at least
    labels = [None if s == "unlabelled" else "ba"[i % 2] for i, s in enumerate(sets)]
    split = pd.DataFrame({"sample": samples, "label": pd.Series(labels, dtype=object), "set": sets})
    write_split(folder / "split.tsv", split)
    training = split["set"].isin(["train", "unlabelled"]).to_numpy()
    models, paths, whole = [], [], []
    for chromosome, ks in enumerate(counts):
        genes = []
        for i, k in enumerate(ks):
            scores = (rng.standard_normal((k, individuals)) * rng.uniform(0.1, 9, (k, 1)) + 3).astype(
                np.float32
            )
            own = scores[:, training].astype(np.float64)
            row = {
                "gene": f"g{i}", "chrom": str(chromosome), "pos": [1, 2], "id": ["."] * 2,
                "ref": ["A"] * 2, "alt": ["C"] * 2, "mean": [1.0, 1.0], "loadings": [[0.6, 0.8]] * k,
                "explained_variance": [1.0] * k, "total_variance": 1.0 * k, "imputed_calls": 0,
                "score_mean": own.mean(1), "score_deviation": own.std(1),
            }  # fmt: skip
            genes.append((row, scores))
            whole.append(scores)
        models.append(str(folder / f"{chromosome}.models"))
        paths.append(str(folder / f"{chromosome}.scores"))
        write_gene_pca(models[-1], paths[-1], samples, iter(genes), 5 * 4 * individuals)
    return models, paths, split, np.concatenate(whole)


def by_hand(split, scores, counts, padded, components):
    """Tensors of all individuals as they were made when the whole cohort was held, float32 (N, P, K)."""
    training = split["set"].isin(["train", "unlabelled"]).to_numpy()
    x, feature = np.zeros((len(split), padded, components), np.float32), 0
    for i, k in enumerate(k for ks in counts for k in ks):
        own = scores[feature : feature + k]
        mean = own[:, training].astype(np.float64).mean(1).astype(np.float32)
        deviation = own[:, training].astype(np.float64).std(1).astype(np.float32)
        x[:, i, :k] = (own.T - mean) / deviation
        feature += k
    return x


@pytest.mark.parametrize("held", [1, 3, 512])
@pytest.mark.parametrize("block", [1, 7, 40, 100, 512])
@pytest.mark.parametrize("individuals", [40, 41])
def test_write_tensors__same_bits_as_all_at_once_whatever_the_blocks(
    tmp_path, monkeypatch, individuals, block, held
):
    monkeypatch.setattr(gene_pca, "INDIVIDUALS_PER_COLUMN", block)
    monkeypatch.setattr(tensors, "block_sizes", lambda layout, memory_mb: (min(held, block), 2))
    monkeypatch.setattr(tensors, "_TRANSPOSED_ROWS", 2)
    counts = [[2, 1, 3, 3, 1, 2], [], [3], [1, 2]]
    models, paths, split, scores = make_scores(tmp_path, individuals, counts)
    files = {name: tmp_path / f"{name}.parquet" for name in tensors.FILES}
    write_tensors(
        models_paths=models,
        scores_paths=paths,
        split_path=tmp_path / "split.tsv",
        layout_path=tmp_path / "l.json",
        tensor_paths=files,
        multiple=4,
        components=3,
        memory_mb=256,
    )
    layout = Layout.read(tmp_path / "l.json")
    expected = by_hand(split, scores, counts, 12, 3)
    for name, sets in tensors.FILES.items():
        found, rows = read_individuals(files[name], layout), split["set"].isin(sets).to_numpy()
        assert found.samples == split["sample"][rows].tolist()
        np.testing.assert_array_equal(found.x, expected[rows])


def test_write_tensors__one_column_of_one_file_is_read_at_a_time_and_once(tmp_path, monkeypatch):
    monkeypatch.setattr(gene_pca, "INDIVIDUALS_PER_COLUMN", 16)
    models, paths, _, _ = make_scores(tmp_path, 40, [[2, 1], [3]])
    read, iter_whole = [], tensors.iter_scores
    monkeypatch.setattr(
        tensors,
        "iter_scores",
        lambda path, column: read.append((path, column)) or iter_whole(path, column),
    )
    made, pad = [], tensors.padded_tensors
    monkeypatch.setattr(
        tensors, "padded_tensors", lambda *given: made.append(len(given[1])) or pad(*given)
    )
    files = {name: tmp_path / f"{name}.parquet" for name in tensors.FILES}
    write_tensors(
        models_paths=models,
        scores_paths=paths,
        split_path=tmp_path / "split.tsv",
        layout_path=tmp_path / "l.json",
        tensor_paths=files,
        multiple=4,
        components=3,
        memory_mb=256,
    )
    assert read == [(path, f"individuals_{i:04d}") for i in range(3) for path in paths]
    assert sum(made) == 40
    assert max(made) <= 16


@pytest.mark.parametrize("other", ["more", "fewer"])
def test_write_tensors__raises_on_scores_of_other_models(tmp_path, other):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    models, _, _, _ = make_scores(tmp_path / "a", 20, [[2, 2]])
    _, paths, _, _ = make_scores(tmp_path / "b", 20, [[2, 3]] if other == "more" else [[2, 1]])
    split, test = tmp_path / "a/split.tsv", {"test": tmp_path / "t.parquet"}
    with pytest.raises(ValueError, match=rf"0\.scores: {other} scores than the models"):
        write_tensors(
            models_paths=models,
            scores_paths=paths,
            split_path=split,
            layout_path=tmp_path / "l.json",
            tensor_paths=test,
            multiple=4,
            components=8,
            memory_mb=256,
        )
    assert not list(tmp_path.glob("*t.parquet*"))


@pytest.mark.parametrize(
    ("genes", "memory_mb"), [(300, 256), (18_279, 2048), (18_279, 256), (10**5, 256)]
)
def test_block_sizes__fit_into_the_memory(genes, memory_mb):
    layout = Layout([GeneFeatures("g", "1", 30, [0.0] * 8, [1.0] * 8)] * genes, genes, 8, [])
    held, made = block_sizes(layout, memory_mb)
    assert 1 <= held <= 512
    assert made >= 1
    if memory_mb * 2**20 > 20_000 * genes:  # one individual at least
        assert 4 * held * 8 * genes + 24 * made * 8 * genes <= 0.5 * (memory_mb - BASE_MB) * 2**20


@pytest.mark.parametrize("held", [1, 5, 16, 100])
def test_individuals_parts__are_everybody_once_in_order(monkeypatch, held):
    monkeypatch.setattr(gene_pca, "INDIVIDUALS_PER_COLUMN", 16)
    parts, columns = list(individuals_parts(41, held)), individuals_columns(41)
    assert [i for _, _, who in parts for i in who] == list(range(41))
    assert max(len(who) for _, _, who in parts) <= held
    for column, part, who in parts:
        assert list(range(41))[columns[column]][part] == list(who)


def test_scores__hold_the_moments_of_training_individuals_scores(chain):
    split = make_split().query("set != 'excluded'")
    training = split["set"].isin(["train", "unlabelled"]).to_numpy()
    for scores in chain.scores:
        assert read_score_samples(scores) == split["sample"].tolist()
        own = np.concatenate(list(iter_scores(scores, "individuals_0000")))[:, training].astype(
            np.float64
        )
        for found, expected in zip(read_moments(scores), (own.mean(1), own.std(1)), strict=True):
            values = np.concatenate(found)
            np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-15)


def test_check_memory__names_the_gene_its_size_and_the_cure(chain, tmp_path):
    # The cohort of the chain passes; 25 SNPs in 400 million individuals would not.
    check_memory(chain.matrices[0], 89, 60, 8, 256)
    with pytest.raises(
        InputError, match=r"gene A: .* its 25 SNPs in 400000000 individuals need about"
    ) as error:
        check_memory(chain.matrices[0], 400_000_000, 60, 8, 2048)
    needed = needed_mb(25, 34, 400_000_000, 60, 8, 2048)
    for part in (
        f"about {needed} MB",
        "features.max_snps below 25",
        f"features.memory_mb to {needed} or",
    ):
        assert part in str(error.value)


def test_write_chromosome_pca__too_little_memory_is_an_error_before_any_file(chain, tmp_path):
    with pytest.raises(InputError, match=r"gene \w+: .*more than features\.memory_mb \(100\)"):
        write_chromosome_pca(
            genotypes_path=chain.matrices[0], split_path=chain.layout.parent / "split.tsv",
            models_path=tmp_path / "m", scores_path=tmp_path / "s",
            most=8, explained=None, memory_mb=100,
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("individuals", "memory_mb"), [(4000, 300), (10_405, 300), (500_000, 1024)])
def test_needed_mb__genes_of_100_snps_fit_into_little(individuals, memory_mb):
    together = 32 * 2**20 // individuals + 100  # a row group is closed by the gene that fills it
    assert needed_mb(100, together, individuals, int(0.8 * individuals), 8, memory_mb) <= memory_mb
