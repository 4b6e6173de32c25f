"""From components back to dosages: every decoder, against sklearn and per-SNP loops."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from genodiff.features import pca
from genodiff.features.decoders import DECODERS
from genodiff.features.decoders.base import Noise
from genodiff.features.decoders.thresholds import cuts
from genodiff.features.decoding import ChromosomeDecoder, own_snps
from genodiff.features.round_trip import RoundTrip, contingency, decoded_blocks, fit_decoders
from genodiff.formats.decoders import iter_parameters, write_decoder
from genodiff.formats.decoding import read_decoding, write_decoding, write_sums
from genodiff.formats.gene_pca import individuals_columns, iter_scores, read_models
from genodiff.formats.genotypes import iter_genes

INDIVIDUALS, TRAINING, SEED = 700, 600, [3, 1]
# Decoders without random numbers.
DETERMINISTIC = ("round", "thresholds")


def linked(snps, individuals=INDIVIDUALS, seed=0, missing=0.0):
    """Dosages int8 (V, N) of a gene: SNPs cut from linked Gaussians of two haplotypes."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((5, 2, individuals))
    values = np.einsum("vl,lhn->vhn", rng.standard_normal((snps, 5)), latent)
    values += 0.7 * rng.standard_normal(values.shape)
    shares = rng.uniform(0.05, 0.6, snps)
    limits = np.array([np.quantile(*own) for own in zip(values, shares, strict=True)])
    dosage = (values < limits[:, None, None]).sum(1).astype(np.int8)
    dosage[rng.random(dosage.shape) < missing] = -1
    return dosage


class Case:
    """A gene with its model and scores; `kept` components."""

    def __init__(self, dosage, kept=4):
        self.dosage = dosage
        self.training = np.arange(dosage.shape[1]) < TRAINING
        self.model = pca.fit(dosage, kept, 1.0, self.training)
        self.scores = pca.transform(self.model, dosage, np.float32)

    def fit(self, kind, **changed):
        self.decoder = DECODERS[kind].load()()
        given = {"dosage": self.dosage, "scores": self.scores, "training": self.training} | changed
        return self.decoder.fit(self.model, seed=SEED, **given)

    def decode(self, parameters, scores=None, seed=5, first=0):
        scores = self.scores if scores is None else scores
        return self.decoder.decode(self.model, parameters, scores, Noise(seed, 0, first))


@pytest.fixture(scope="module")
def case():
    return Case(linked(30))


def frequencies(dosage):
    """Genotype frequencies (V, 3) of calls that are not missing."""
    counts = np.stack([(dosage == genotype).sum(1) for genotype in range(3)], 1)
    return counts / counts.sum(1, keepdims=True)


@pytest.mark.parametrize("kind", DECODERS)
class TestEveryDecoder:
    def test_dosages_are_0_1_or_2_even_of_extreme_scores(self, kind, case):
        parameters = case.fit(kind)
        for factor in (0, 1, 1000, -1000):
            decoded = case.decode(parameters, case.scores * np.float32(factor))
            assert decoded.dtype == np.int8
            assert decoded.shape == case.dosage.shape
            assert set(np.unique(decoded)) <= {0, 1, 2}

    def test_parameters_are_finite_or_infinite_float32_and_of_each_snp(self, kind, case):
        for values in case.fit(kind).values():
            assert values.dtype == np.float32
            assert not np.isnan(values).any()
            assert len(case.dosage) in values.shape

    def test_the_parameters_depend_on_training_individuals_only(self, kind, case):
        other = case.dosage.copy()
        other[:, TRAINING:] = 2 - other[:, TRAINING:]
        scores = case.scores.copy()
        scores[:, TRAINING:] = 99
        expected, found = case.fit(kind), case.fit(kind, dosage=other, scores=scores)
        assert expected.keys() == found.keys()
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)

    def test_the_same_seed_gives_the_same_result(self, kind, case):
        first, second = case.decode(case.fit(kind)), case.decode(case.fit(kind))
        np.testing.assert_array_equal(first, second)
        other = case.decode(case.fit(kind), seed=6)
        assert (kind not in DETERMINISTIC) == (other != first).any()

    @pytest.mark.parametrize("size", [1, 7, 511, 512, 513])
    def test_blocks_of_any_size_give_the_same_result(self, kind, case, size):
        parameters = case.fit(kind)
        whole = case.decode(parameters)
        ends = [0, *range(size, INDIVIDUALS, size), INDIVIDUALS] if size > 1 else [0, 1, 2, 511, 700]
        for start, stop in pairwise(ends):
            part = case.decode(parameters, case.scores[:, start:stop], first=start)
            np.testing.assert_array_equal(part, whole[:, start:stop])

    def test_blocks_of_snps_of_any_size_give_the_same_parameters(self, kind, case, monkeypatch):
        expected = case.fit(kind)
        for size in (1, 8 * TRAINING * 7):
            monkeypatch.setattr("genodiff.features.decoders.thresholds._BLOCK_BYTES", size)
            for name, values in case.fit(kind).items():
                np.testing.assert_allclose(values, expected[name], atol=1e-6)

    def test_no_individuals(self, kind, case):
        assert case.decode(case.fit(kind), case.scores[:, :0]).shape == (30, 0)

    def test_all_components_return_every_genotype(self, kind):
        full = Case(linked(12, seed=2), kept=12)
        np.testing.assert_array_equal(full.decode(full.fit(kind)), full.dosage)

    def test_a_gene_without_residual_has_the_same_thresholds(self, kind):
        """Constant residuals of 0: the SNPs of a gene are copies of each other."""
        copies = Case(np.repeat(linked(1, seed=3), 6, 0))
        assert len(copies.model.loadings) == 1
        np.testing.assert_array_equal(copies.decode(copies.fit(kind)), copies.dosage)

    def test_one_snp(self, kind):
        single = Case(linked(1, seed=4))
        np.testing.assert_array_equal(single.decode(single.fit(kind)), single.dosage)

    def test_missing_calls_do_not_hinder(self, kind):
        gaps = Case(linked(30, missing=0.05))
        decoded = gaps.decode(gaps.fit(kind))
        calls = gaps.dosage >= 0
        assert (decoded == gaps.dosage)[calls].mean() > 0.6
        # As of the calls, so of everybody, but for the noise of the residual.
        if kind != "round":
            error = np.abs(frequencies(decoded[:, :TRAINING]) - frequencies(gaps.dosage[:, :TRAINING]))
            assert error.max() < (1.01 / TRAINING if kind in DETERMINISTIC else 0.1)

    def test_more_snps_than_individuals(self, kind):
        wide = Case(linked(900, seed=6), kept=8)
        decoded = wide.decode(wide.fit(kind))
        assert (decoded == wide.dosage).mean() > 0.5


def by_loop(values, dosage):
    """Decoded training genotypes of one SNP whose reconstructions all differ: of n individuals, the n0
    of smallest reconstruction are 0, the n1 after them 1."""
    order, decoded = np.argsort(values), np.empty(len(values), int)
    counts = [int((dosage == genotype).sum()) for genotype in range(3)]
    decoded[order] = np.repeat([0, 1, 2], counts)
    return decoded


def test_round__is_the_rounded_inverse_of_scikit_learn(case):
    training = case.dosage[:, :TRAINING].T.astype(float)
    theirs = PCA(4, svd_solver="full").fit(training)
    values = theirs.inverse_transform(theirs.transform(case.dosage.T.astype(float))).T
    expected = np.clip(np.rint(values), 0, 2)
    clear = np.abs(values - np.floor(values) - 0.5) > 1e-5
    assert clear.mean() > 0.999
    np.testing.assert_array_equal(case.decode(case.fit("round"))[clear], expected[clear])


def test_thresholds__keep_the_genotype_frequencies_as_a_loop_over_snps_does(case):
    decoded = case.decode(case.fit("thresholds"))[:, :TRAINING]
    values = pca.inverse_transform(case.model, case.scores[:, :TRAINING])
    for snp in range(len(values)):
        assert np.diff(np.sort(values[snp])).min() > 0
    # Reconstructions closer than 1e-6 count as equal: one individual in rare SNPs.
    expected = np.stack([by_loop(*own) for own in zip(values, case.dosage[:, :TRAINING], strict=True)])
    assert np.count_nonzero(decoded != expected) <= 2
    np.testing.assert_allclose(
        frequencies(decoded), frequencies(case.dosage[:, :TRAINING]), atol=1.01 / TRAINING
    )


def test_thresholds__are_between_quantiles():
    rng = np.random.default_rng(0)
    values, dosage = rng.standard_normal((9, 101)), rng.integers(0, 3, (9, 101)).astype(np.int8)
    for row, own, found in zip(values, dosage, cuts(values, dosage), strict=True):
        for cut, genotypes in zip(found, ([0], [0, 1]), strict=True):
            count = np.isin(own, genotypes).sum()
            below = np.quantile(row, (count - 1) / 100, method="nearest")
            above = np.quantile(row, count / 100, method="nearest")
            assert cut == pytest.approx((below + above) / 2)


def test_thresholds__of_equal_reconstructions_are_between_those_that_differ():
    values = np.array([[0, 0, 0, 0, 0, 0, 0, 1, 1, 2.0]] * 3)
    dosage = np.array(
        [[0] * 6 + [1] * 3 + [2], [0] * 1 + [1] * 9, [2] * 10],
        np.int8,
    )
    found = cuts(values, dosage)
    # Six of seven equal ones: the cut is above all seven. One of seven: below all of them.
    np.testing.assert_allclose(found, [[0.5, 1.5], [-np.inf, np.inf], [-np.inf, -np.inf]])


def test_copula__has_the_covariance_that_the_components_dropped():
    """Residuals decoded from equal scores, with cuts that tell their signs."""
    case = Case(linked(6, individuals=4000, seed=8), kept=2)
    parameters = case.fit("copula")
    residual = case.dosage - pca.inverse_transform(case.model, case.scores)
    expected = np.cov(residual[:, :TRAINING])
    expected *= 0.9 + 0.1 * np.eye(6)
    found = parameters["factors"].T @ parameters["factors"] + np.diag(parameters["deviation"] ** 2)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # The drawn residuals have it: of two SNPs, how often both are above the mean.
    flat = parameters | {"cuts": np.tile(case.model.mean[:, None], (1, 2)).astype(np.float32)}
    above = case.decode(flat, np.zeros((2, 40_000), np.float32)) == 2
    r = found / np.sqrt(np.outer(found.diagonal(), found.diagonal()))
    both = 0.25 + np.arcsin(np.clip(r, -1, 1)) / (2 * np.pi)
    np.testing.assert_allclose(above.astype(float) @ above.T / 40_000, both, atol=0.012)


def test_copula__beyond_its_rank_residuals_are_independent(monkeypatch):
    monkeypatch.setattr("genodiff.features.decoders.copula.RANK", 3)
    case = Case(linked(20, seed=9), kept=2)
    parameters = case.fit("copula")
    assert parameters["factors"].shape == (3, 20)
    residual = case.dosage - pca.inverse_transform(case.model, case.scores)
    total = (parameters["factors"] ** 2).sum(0) + parameters["deviation"] ** 2
    np.testing.assert_allclose(total, residual[:, :TRAINING].var(1, ddof=1), rtol=1e-3)


def test_contingency__leaves_missing_calls_out():
    true = np.array([[0, 1, 2, -1, 1], [-1, -1, -1, -1, 2]], np.int8)
    decoded = np.array([[0, 2, 2, 0, 1], [0, 1, 2, 0, 0]], np.int8)
    found = contingency(true, decoded)
    assert found.sum((1, 2)).tolist() == [4, 1]
    assert found[0].tolist() == [[1, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert found[1, 2, 0] == 1


def test_round_trip__measures_by_hand(tmp_path):
    rng = np.random.default_rng(1)
    true = rng.choice([-1, 0, 1, 2], (40, 200), p=[0.1, 0.4, 0.3, 0.2]).astype(np.int8)
    decoded = np.where(rng.random(true.shape) < 0.8, np.maximum(true, 0), 1).astype(np.int8)
    decoded[3] = 1  # no variance: r2 is 0
    frequency = np.r_[np.full(10, 0.01), np.full(15, 0.9), np.full(15, 0.4)]
    paths = []
    for number, rows in enumerate((slice(0, 17), slice(17, 40))):  # as two chromosomes
        trip = RoundTrip({"test": np.ones(200, bool)})
        trip.add("round", "test", contingency(true[rows], decoded[rows]), frequency[rows])
        paths.append(tmp_path / f"{number}.tsv")
        write_sums(paths[-1], trip.rows())
    write_decoding(tmp_path / "decoding.tsv", paths, "thresholds")
    (found,) = read_decoding(tmp_path / "decoding.tsv").to_dict("records")
    calls = true >= 0
    reference = (true == 0) & (decoded == 0)
    r2, error = [], []
    for t, d, known in zip(true, decoded, calls, strict=True):
        error.append(abs(t[known].mean() - d[known].mean()) / 2)
        r2.append(np.corrcoef(t[known], d[known])[0, 1] ** 2 if d[known].std() else 0)
    assert found == pytest.approx(
        {
            "decoder": "round", "chosen": "no", "set": "test", "individuals": 200, "snps": 40,
            "calls": calls.sum(), "exact": (true == decoded)[calls].mean(),
            "non_reference": (true == decoded)[calls & ~reference].mean(),
            "frequency_error": np.mean(error),
            "heterozygosity": (decoded == 1)[calls].sum() / (true == 1).sum(),
            "r2_maf_0.05": np.mean(r2[:10]), "r2_maf_0.2": np.mean(r2[10:25]),
            "r2_maf_0.5": np.mean(r2[25:]),
        }
    )  # fmt: skip


def row(pos, explained, loadings, alt="C"):
    """A model of SNPs at these positions."""
    sites = {"pos": pos, "ref": ["A"] * len(pos), "alt": [alt] * len(pos)}
    return sites | {"explained_variance": explained, "loadings": loadings}


def test_own_snps__are_of_the_gene_that_explains_most_and_of_the_first_of_equals():
    first = row([1, 2, 3], [2.0], [[0.6, 0.8, 0.0]])
    second = row([2, 3, 4], [1.0, 0.5], [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    equal = row([1, 4], [2.0, 1e-12], [[0.6, 0.0], [0.0, 0.8]])
    other = row([1], [9.0], [[1.0]], alt="G")  # other alleles: another SNP
    found = [own.tolist() for own in own_snps([first, second, equal, other])]
    assert found == [[True, True, False], [False, True, False], [False, True], [True]]


SAMPLES = [f"p{i}" for i in range(90)]
SITE = ("chrom", "pos", "ref", "alt")
BED = "1\t0\t30\tA\n1\t20\t50\tB\n1\t25\t28\tC\n1\t55\t60\tD\n"


@pytest.fixture(scope="module")
def chain(tmp_path_factory, run_chain):
    dosage = linked(60, 90, seed=7)
    dosage[4, 80:] = -1
    sets = ["train"] * 60 + ["unlabelled"] * 10 + ["validation"] * 5 + ["test"] * 15
    labels = [None if s == "unlabelled" else "ab"[i % 2] for i, s in enumerate(sets)]
    split = pd.DataFrame({"sample": SAMPLES, "label": pd.Series(labels, dtype=object), "set": sets})
    folder = tmp_path_factory.mktemp("decoders") / "run"
    return run_chain(folder, {"1": (range(1, 61), dosage)}, BED, split, SAMPLES)


@pytest.fixture
def fitted(chain, tmp_path):
    """Function: a decoder to the files of its job, (decoder, sums)."""

    def fit(kind, memory_mb=512):
        paths = tmp_path / f"{kind}.decoder.parquet", tmp_path / f"{kind}.decoding.tsv"
        fit_decoders(
            genotypes_path=chain.matrices[0], models_path=chain.models[0],
            split_path=chain.layout.parent / "split.tsv", decoder_path=paths[0], sums_path=paths[1],
            chosen=kind, seed=11, memory_mb=memory_mb,
        )  # fmt: skip
        return paths

    return fit


def all_scores(chain):
    """Scores of all individuals, (components of all genes, N)."""
    columns = individuals_columns(len(SAMPLES))
    return np.concatenate([np.concatenate(list(iter_scores(chain.scores[0], c))) for c in columns], 1)


@pytest.mark.parametrize("kind", DECODERS)
def test_decode__gives_every_snp_once_as_the_matrices_name_it(chain, fitted, kind):
    decoder, sums = fitted(kind)
    own = ChromosomeDecoder(chain.models[0], decoder)
    decoded = own.decode(all_scores(chain), 11)
    true = {}
    for snps, dosage in iter_genes(chain.matrices[0]):
        for site, call in zip(
            zip(*(snps[n].to_pylist() for n in SITE), strict=True), dosage, strict=True
        ):
            true.setdefault(site, call)
    sites = list(own.sites[["chrom", "pos", "ref", "alt"]].itertuples(index=False, name=None))
    assert sites == sorted(true, key=lambda site: site[1])
    # Records without an id are named by their place and alleles.
    assert own.sites["id"].tolist() == [":".join(map(str, site)) for site in sites]
    found = dict(zip(sites, decoded, strict=True))
    # The round trip of the job is that of the stored parameters, scores and seed.
    write_decoding(decoder.parent / "decoding.tsv", [sums], kind)
    table = read_decoding(decoder.parent / "decoding.tsv")
    assert table["decoder"].unique().tolist() == list(DECODERS)
    chosen = table[table["chosen"] == "yes"].set_index("set")
    assert chosen["decoder"].unique().tolist() == [kind]
    for name, who in (("training", slice(0, 70)), ("test", slice(75, 90))):
        calls = np.stack([call[who] for call in true.values()])
        ours = np.stack([found[site][who] for site in true])
        assert chosen.loc[name, "individuals"] == len(range(90)[who])
        assert chosen.loc[name, "snps"] == (calls >= 0).any(1).sum()
        assert chosen.loc[name, "calls"] == (calls >= 0).sum()
        assert chosen.loc[name, "exact"] == pytest.approx((calls == ours)[calls >= 0].mean())


def test_chromosome_decoder__blocks_of_individuals_make_no_difference(chain, fitted):
    own = ChromosomeDecoder(chain.models[0], fitted("copula")[0])
    scores = all_scores(chain)
    parts = [own.decode(scores[:, a:b], 11, a) for a, b in pairwise((0, 1, 40, 90))]
    np.testing.assert_array_equal(np.concatenate(parts, 1), own.decode(scores, 11))


def test_chromosome_decoder__encodes_with_the_components_of_each_gene(chain, fitted):
    own = ChromosomeDecoder(chain.models[0], fitted("thresholds")[0])
    dosage = np.random.default_rng(0).integers(0, 3, (len(own.sites), 20)).astype(np.int8)
    place = {pos: row for row, pos in enumerate(own.sites["pos"])}
    expected = [
        np.array(model["loadings"])
        @ (dosage[[place[p] for p in model["pos"]]] - np.array(model["mean"])[:, None])
        for model in read_models(chain.models[0])
    ]
    np.testing.assert_allclose(own.encode(dosage), np.concatenate(expected), atol=1e-5)


def test_chromosome_decoder__raises_on_scores_or_parameters_of_other_models(chain, fitted, tmp_path):
    decoder, scores = fitted("thresholds")[0], all_scores(chain)
    for wrong in (scores[:-1], np.concatenate([scores, scores[:1]])):
        with pytest.raises(ValueError, match="rows of scores for"):
            ChromosomeDecoder(chain.models[0], decoder).decode(wrong, 0)
    fewer = list(iter_parameters(decoder))[:-1]
    write_decoder(tmp_path / "fewer.parquet", "thresholds", iter(fewer))
    with pytest.raises(ValueError, match="belongs to other models"):
        ChromosomeDecoder(chain.models[0], tmp_path / "fewer.parquet")


def test_fit_decoders__does_not_depend_on_the_memory(chain, fitted, monkeypatch):
    few = fitted("copula")[1].read_bytes()
    monkeypatch.setattr("genodiff.features.round_trip._BLOCK_BYTES", 5000)
    assert fitted("copula")[1].read_bytes() == few


def test_decoded_blocks__have_no_more_individuals_than_fit(case):
    parameters = case.fit("round")
    blocks = list(decoded_blocks(case.decoder, case.model, parameters, case.scores, 0, 0, 32 * 30 * 64))
    assert [part.stop - part.start for part, _ in blocks] == [64] * 10 + [60]


def test_fit_decoders__stores_what_the_decoder_fits(chain, fitted):
    found = dict(iter_parameters(fitted("thresholds")[0]))
    assert list(found) == [model["gene"] for model in read_models(chain.models[0])]
    assert all(list(own) == ["cuts"] for own in found.values())
    assert dict(iter_parameters(fitted("round")[0])) == {}
