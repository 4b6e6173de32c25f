"""Generators that are private by proof: what one individual can change, what is spent, and that they
still learn."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest, norm
from tests.helpers.audit import audited_epsilon

from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.generators import KINDS, PRIVATE, DpSgd, private
from genodiff.generators.base import Resources
from genodiff.generators.fit_job import fit_job
from genodiff.generators.gaussian_dp import GaussianDp, conditionals, positive_definite
from genodiff.generators.independent_dp import IndependentDp
from genodiff.networks.backbones import BACKBONES
from genodiff.privacy import mechanism
from genodiff.runtime.errors import InputError
from genodiff.workflow.recipes import RECIPES

NO_LIMIT = {"epsilon": math.inf, "delta": 1e-5}
# A network that is trained in a moment.
DIFFUSION = {
    "settings": BACKBONES["gene_mixer"].settings(neighbours=1, width=16, bottleneck=4).model_dump(),
    "diffusion": RECIPES["best"] | {"epochs": 2},
    "dp_sgd": DpSgd(epochs=1, sampled=0.1, draws=2).model_dump(),
}


@pytest.fixture(autouse=True)
def _seeded_secrets(monkeypatch):
    """Noise is the same in each run of a test."""
    monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(8).bytes)


@pytest.fixture(params=PRIVATE)
def any_kind(request):
    return request.param


@pytest.fixture(params=[("independent_dp", None), *(("gaussian_dp", lag) for lag in range(3))])
def closed(request):
    """Kinds that are sums in closed form, and neighbours of a gene."""
    return request.param


def settings_of(kind, privacy):
    """Complete settings of a kind."""
    own = KINDS[kind].settings().model_dump() | {"privacy": privacy}
    return own | (DIFFUSION if kind == "diffusion_dp" else {})


def individuals(layout, count, seed, shift=0.0):
    """Correlated individuals; cases, every third, are shifted; every tenth is unlabelled."""
    rng, mask = np.random.default_rng(seed), layout.mask()
    x = np.zeros((count, *mask.shape), np.float32)
    features = int(mask.sum())
    common = np.cumsum(rng.standard_normal((count, features)), axis=1)
    x[:, mask] = 0.4 * common + rng.standard_normal((count, features))
    labels = ["case" if i % 3 == 0 else "control" for i in range(count)]
    x[np.array(labels) == "case"] += shift * mask
    labels = [None if i % 10 == 9 else label for i, label in enumerate(labels)]
    return Individuals([f"S{i}" for i in range(count)], labels, x)


@pytest.fixture
def built(layout, closed):
    """Function: a generator with a panel."""
    kind, neighbours = closed
    settings = {} if neighbours is None else {"neighbours": neighbours}

    def make(panel, privacy=NO_LIMIT):
        made = KINDS[kind].load()(layout, privacy=privacy, **settings)
        made.panel = panel.x
        return made

    return make


@pytest.fixture
def sums(monkeypatch):
    """Function: what a fit computes from individuals before noise is added, in units of its bounds."""

    def find(generator, training):
        found = []

        def watch(values, use, bound):
            found.append(values / bound)
            return values

        monkeypatch.setattr(generator, "noisy", watch)
        generator.fit(training)
        assert len(found) == len(generator.uses)
        return found

    return find


@pytest.mark.parametrize("size", [1, 1000])
def test_fit__no_individual_adds_more_than_the_bound(built, layout, sums, size):
    """A blank in the place of any one of them, outliers too, changes all sums by one bound at most."""
    panel, training = individuals(layout, 200, 1), individuals(layout, 30, 2)
    training.x[:5] *= size
    whole = sums(built(panel), training)
    for i in (0, 3, 7, 9, 20):
        blank = Individuals(training.samples, training.labels, training.x.copy())
        blank.x[i] = 0
        without = sums(built(panel), blank)
        changes = [np.linalg.norm(one - other) for one, other in zip(whole, without, strict=True)]
        assert max(changes) <= 1 + 1e-5
        assert min(changes) > 0.05
        if size > 1 and i < 5:
            assert min(changes) == pytest.approx(1, abs=1e-4)


def test_fit__without_noise_it_learns_means_variances_and_classes(built, layout):
    panel, training = individuals(layout, 4000, 1), individuals(layout, 4000, 2, shift=0.8)
    generator = built(panel)
    generator.panel = panel.x * 3  # so that nobody is bounded
    model = generator.fit(training)
    numbers = np.repeat([0, 1], 20000)
    drawn = np.concatenate([x for x, _ in generator.draw(model, numbers, 5, Resources())])[
        :, layout.mask()
    ]
    mask = layout.mask()
    for number, label in enumerate(("case", "control")):
        own = np.array(training.labels, object) == label
        real = training.x[own][:, mask]
        got = drawn[numbers == number]
        assert np.abs(got.mean(0) - real.mean(0)).max() < 0.12
        assert np.abs(got.std(0) / real.std(0) - 1).max() < 0.08


def test_fit__covariances_of_a_gene_and_of_neighbours(layout):
    training = individuals(layout, 6000, 2)
    for neighbours in (0, 1, 2):
        generator = GaussianDp(layout, NO_LIMIT, neighbours)
        generator.panel = individuals(layout, 6000, 3).x * 3
        model = generator.fit(training)
        ((x, _),) = generator.draw(model, np.repeat([0, 1], 20000), 1, Resources())
        mask = layout.mask()
        real, got = (np.corrcoef(v[:, mask].T) for v in (training.x, x))
        genes = np.repeat(np.arange(8), mask.sum(1))
        apart = np.abs(genes[:, None] - genes)
        same = layout.chromosomes()[genes][:, None] == layout.chromosomes()[genes]
        near = (apart <= neighbours) & same
        assert np.abs(real - got)[near].max() < 0.06, neighbours
        # Other chromosomes are independent, which the training individuals are not.
        assert np.abs(got[~same]).max() < 0.05
        assert np.abs(real[~same]).max() > 0.2


def test_fit__more_noise_moves_it_to_the_panel(built, layout):
    """Of means no more is kept than is more than noise, of everybody and of classes."""
    panel, training = individuals(layout, 2000, 1), individuals(layout, 2000, 2, shift=1)
    training.x += layout.mask()
    mask = layout.mask()
    for epsilon, kept in ((math.inf, True), (1e-3, False)):
        generator = built(panel, {"epsilon": epsilon, "delta": 1e-5})
        model = generator.fit(training)
        bound = np.quantile(np.linalg.norm(panel.x[:, mask], axis=1), 0.9)
        noise = generator.uses[0].noise_multiplier * bound / 1000 + 0.01
        assert np.isfinite(model["factor"]).all()
        gap, mean = np.abs(model["mean"][0] - model["mean"][1])[mask], model["mean"].mean(0)[mask]
        if kept:
            assert gap.mean() > 0.5
            assert mean.mean() > 0.5
        else:
            # A third of the genes at least has no noise at all.
            assert gap.mean() < 0.6 * noise
            assert (gap == 0).mean() > 1 / 3
            assert (model["mean"] == 0).mean() > 1 / 3


class TestEveryPrivateKind:
    """What holds for all of them."""

    @pytest.fixture
    def made(self, layout, any_kind):
        """Function: a generator with a panel."""

        def make(panel, privacy=NO_LIMIT):
            generator = KINDS[any_kind].load()(layout, **settings_of(any_kind, privacy))
            generator.panel = panel.x
            return generator

        return make

    def test_fit__everything_learnt_has_noise_that_is_accounted_for(self, made, layout, monkeypatch):
        """Uses are those that were made, as often; nothing else of the individuals has a part: with sums
        of nobody the model is the same for other individuals."""
        models = []
        for seed in (2, 7):
            monkeypatch.setattr(mechanism, "urandom", np.random.default_rng(8).bytes)
            generator = made(individuals(layout, 100, 1), {"epsilon": 2.0, "delta": 1e-4})
            noisy, used = generator.noisy, []

            def watch(sums, use, bound, noisy=noisy, used=used):
                used.append(use)
                assert bound > 0
                return noisy(np.zeros_like(sums), use, bound)

            monkeypatch.setattr(generator, "noisy", watch)
            models.append(generator.fit(individuals(layout, 60, seed)))
            assert [(use, used.count(use)) for use in generator.uses] == [
                (use, use.steps) for use in generator.uses
            ]
            assert len(used) == sum(use.steps for use in generator.uses)
        for name, value in models[0].items():
            assert np.array_equal(value, models[1][name]), name

    def test_fit__noise_has_the_promised_size(self, made, layout):
        generator = made(individuals(layout, 200, 1), {"epsilon": 2.0, "delta": 1e-4})
        generator.fit(individuals(layout, 300, 2))
        budget = generator.budget()
        assert 1.99 < budget["spent"] <= budget["epsilon"] == 2
        assert [use["what"] for use in budget["uses"]] == [use.what for use in generator.uses]
        for use in generator.uses:
            noise = generator.noisy(np.full(20_000, 7.0), use, 5.0) - 7
            assert noise.std() == pytest.approx(5 * use.noise_multiplier, rel=0.03)
            assert abs(noise.mean()) < 0.04 * noise.std()

    def test_draw__same_seed_same_individuals_and_padding_is_zero(self, made, layout):
        generator = made(individuals(layout, 100, 1))
        model = generator.fit(individuals(layout, 100, 2))
        numbers = np.array([1, 0, 0, 1, 1])
        one, other, third = (
            np.concatenate([x for x, _ in generator.draw(model, numbers, seed, Resources())])
            for seed in (3, 3, 4)
        )
        assert np.array_equal(one, other)
        assert not np.array_equal(one, third)
        assert not one[:, ~layout.mask()].any()

    def test_fit__refuses_what_breaks_the_proof(self, made, layout):
        generator = made(individuals(layout, 50, 1), {"epsilon": 1.0, "delta": 0.02})
        with pytest.raises(InputError, match=r"delta: 0\.02 is more than a tenth of one in 50"):
            generator.fit(individuals(layout, 50, 2))
        generator.panel = None
        with pytest.raises(InputError, match=r"features\.basis"):
            generator.fit(individuals(layout, 50, 2))

    def test_fit_job__the_model_says_what_was_spent(self, tmp_path, layout, any_kind):
        layout.write(tmp_path / "layout.json")
        write_individuals(tmp_path / "train.parquet", layout, [individuals(layout, 60, 2)])
        write_individuals(tmp_path / "panel.parquet", layout, [individuals(layout, 60, 1)])
        fit_job(
            layout_path=str(tmp_path / "layout.json"), train_path=str(tmp_path / "train.parquet"),
            weights_path=str(tmp_path / "m.safetensors"), config_path=str(tmp_path / "config.json"),
            kind=any_kind, settings=settings_of(any_kind, {"epsilon": 3, "delta": 1e-4}), plugins=[],
            panel=(str(tmp_path / "layout.json"), str(tmp_path / "panel.parquet")),
        )  # fmt: skip
        budget = json.loads((tmp_path / "config.json").read_text())["budget"]
        assert budget["epsilon"] == 3
        assert 2.99 < budget["spent"] <= 3
        assert "S1" not in (tmp_path / "config.json").read_text()


def test_positive_definite__is_the_nearest_one():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((5, 5))
    matrix = matrix + matrix.T
    found = positive_definite(matrix)
    assert np.linalg.eigvalsh(found).min() > 0
    good = matrix @ matrix + np.eye(5)
    assert np.allclose(positive_definite(good), good)
    # No random positive definite matrix is nearer.
    own = np.linalg.norm(found - matrix)
    for _ in range(200):
        other = found + 0.1 * rng.standard_normal((5, 5))
        other = positive_definite(other)
        assert np.linalg.norm(other - matrix) >= own - 1e-9


def test_conditionals__give_the_joint_covariance_of_a_chain(layout):
    """One neighbour: the covariance that the conditionals imply equals the blocks that went in."""
    rng, mask = np.random.default_rng(3), layout.mask()
    generator = GaussianDp(layout, NO_LIMIT, 1)
    root = rng.standard_normal((24, 24)) / 5 + np.eye(24)
    whole = root @ root.T
    blocks = whole.reshape(8, 3, 8, 3)
    covariance = np.zeros((2, 8, 3, 3))
    for gene in range(8):
        covariance[0, gene] = blocks[gene, :, gene]
        if generator.before[1, gene]:
            covariance[1, gene] = blocks[gene - 1, :, gene]
    covariance *= generator._allowed()
    found = conditionals(covariance, generator.before, mask)
    for gene in range(1, 7):
        live = mask[gene]
        near = mask[gene - 1]
        if not generator.before[1, gene] or not near.any() or not live.any():
            continue
        slope, factor = found["weights"][gene][near][:, live], found["factor"][gene][live][:, live]
        before = covariance[0, gene - 1][np.ix_(near, near)]
        cross = covariance[1, gene][np.ix_(near, live)]
        assert np.allclose(before @ slope, cross, atol=1e-5)
        own = slope.T @ before @ slope + factor @ factor.T
        assert np.allclose(own, covariance[0, gene][np.ix_(live, live)], atol=1e-5)


def told_apart(noise: float, runs: int, claim: dict, sums, generator, without) -> float:
    """Lower limit of epsilon (99.9%) of what two fits release that differ in one individual, from how
    well many releases of the one are told from the other: of normal noise the two error rates determine
    epsilon (Dong, Roth and Su 2022, Nasr et al. 2023)."""
    score = {True: np.zeros(runs), False: np.zeros(runs)}
    for one, other, use in zip(sums, without, generator.uses, strict=True):
        step = one - other
        used = replace(use, noise_multiplier=noise * use.noise_multiplier)
        for present, values in score.items():
            released = generator.noisy(
                np.broadcast_to(one if present else other, (runs, *one.shape)), used, 1.0
            )
            values += ((released - other) * step).sum(
                tuple(range(1, released.ndim))
            ) / use.noise_multiplier**2
    limit = np.median(np.concatenate(list(score.values())))
    rates = [binomtest(int((values > limit).sum()), runs) for values in (score[True], score[False])]
    lowest = rates[0].proportion_ci(0.998).low
    highest = rates[1].proportion_ci(0.998).high
    distance = norm.ppf(lowest) - norm.ppf(highest)
    return brentq(
        lambda e: norm.cdf(distance / 2 - e / distance)
        - math.exp(e) * norm.cdf(-distance / 2 - e / distance)
        - claim["delta"],
        0, 100,
    )  # fmt: skip


@pytest.mark.parametrize("epsilon", [1, 4])
def test_audit__finds_what_was_claimed_and_a_noise_that_is_too_small(built, layout, sums, epsilon):
    """An outlier who is in the training individuals or not, 10,000 releases of each."""
    panel, training = individuals(layout, 200, 1), individuals(layout, 30, 2)
    training.x[4] *= 1000
    blank = Individuals(training.samples, training.labels, training.x.copy())
    blank.x[4] = 0
    claim = {"epsilon": epsilon, "delta": 1e-3}
    found = [sums(built(panel, claim), own) for own in (training, blank)]
    generator = built(panel, claim)
    generator.fit(training)
    honest = told_apart(1, 10_000, claim, found[0], generator, found[1])
    assert 0.5 * epsilon < honest <= epsilon
    assert told_apart(0.5, 10_000, claim, found[0], generator, found[1]) > 1.3 * epsilon


@pytest.fixture(scope="module")
def many_genes():
    """3,000 genes of one component each."""
    genes = [GeneFeatures(f"G{i}", "1", 9, [0.0], [1.0], i) for i in range(3000)]
    return Layout(genes, 3000, 1, ["case", "control"])


@pytest.mark.parametrize("share", [1, 0.25])
def test_audit__by_canaries_in_one_fit(many_genes, monkeypatch, share):
    """Individuals each of whom has one gene of their own, present with a probability of a half; whether
    they are is guessed from the sums with noise of one fit. The claim falls with a quarter of the noise;
    with half of it one fit does not tell."""
    claim, rng = {"epsilon": 3.0, "delta": 1e-10}, np.random.default_rng(6)
    monkeypatch.setattr(private, "secret_normal", lambda shape: share * mechanism.secret_normal(shape))
    generator = IndependentDp(many_genes, claim)
    generator.panel = rng.standard_normal((300, 3000, 1)).astype(np.float32)
    present = rng.random(3000) < 0.5
    x = np.zeros((3000, 3000, 1), np.float32)
    own, scores, noisy = np.arange(3000), np.zeros(3000), generator.noisy
    x[own, own, 0] = 1000 * present

    def watch(sums, use, bound):
        found = noisy(sums, use, bound)
        scores[:] += found.reshape(-1, 3000)[0] / bound
        return found

    monkeypatch.setattr(generator, "noisy", watch)
    generator.fit(Individuals([f"S{i}" for i in own], ["case"] * 3000, x))
    lower = audited_epsilon(scores, present, 400, claim["delta"])
    if share == 1:
        assert 0.3 < lower <= claim["epsilon"]
    else:
        assert lower > claim["epsilon"]
