"""Generators that are private by proof: what one individual can change, what is spent, and that they
still learn."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest, norm

from genodiff.formats.tensors import Individuals, write_individuals
from genodiff.generators import KINDS, PRIVATE
from genodiff.generators.base import Resources
from genodiff.generators.fit_job import fit_job
from genodiff.generators.gaussian_dp import GaussianDp, conditionals, positive_definite
from genodiff.runtime.errors import InputError

NO_LIMIT = {"epsilon": math.inf, "delta": 1e-5}


@pytest.fixture(params=PRIVATE)
def kind(request):
    return request.param


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
def built(layout, kind):
    """Function: a generator with a panel."""

    def make(panel, privacy=NO_LIMIT, **settings):
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


def test_fit__noise_has_the_promised_size(built, layout):
    generator = built(individuals(layout, 200, 1), {"epsilon": 2.0, "delta": 1e-4})
    generator.fit(individuals(layout, 300, 2))
    assert generator.budget()["spent"] <= 2
    for use in generator.uses:
        assert use.noise_multiplier > 1
        noise = generator.noisy(np.full(20_000, 7.0), use, 5.0) - 7
        assert noise.std() == pytest.approx(5 * use.noise_multiplier, rel=0.03)
        assert abs(noise.mean()) < 0.04 * noise.std()


def test_fit__more_noise_moves_it_to_the_panel(built, layout):
    """Without budget only public individuals speak: no difference of classes is left."""
    panel, training = individuals(layout, 2000, 1), individuals(layout, 2000, 2, shift=1)
    gaps = []
    for epsilon in (math.inf, 1e-3):
        generator = built(panel, {"epsilon": epsilon, "delta": 1e-5})
        generator.panel = panel.x
        model = generator.fit(training)
        gaps.append(np.abs(model["mean"][0] - model["mean"][1])[layout.mask()].mean())
        assert np.isfinite(model["factor"]).all()
    assert gaps[0] > 0.8
    assert gaps[1] < 0.25 * gaps[0] or gaps[1] > 2  # shrunk to nothing, or seen to be noise


def test_draw__same_seed_same_individuals_and_padding_is_zero(built, layout):
    generator = built(individuals(layout, 100, 1))
    model = generator.fit(individuals(layout, 100, 2))
    numbers = np.array([1, 0, 0, 1, 1])
    one, other, third = (
        np.concatenate([x for x, _ in generator.draw(model, numbers, seed, Resources())])
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)
    assert not one[:, ~layout.mask()].any()


def test_fit__refuses_what_breaks_the_proof(built, layout):
    generator = built(individuals(layout, 50, 1), {"epsilon": 1.0, "delta": 0.02})
    with pytest.raises(InputError, match=r"delta: 0\.02 is at least one in 50"):
        generator.fit(individuals(layout, 50, 2))
    generator.panel = None
    with pytest.raises(InputError, match=r"features\.basis"):
        generator.fit(individuals(layout, 50, 2))


def test_fit_job__the_model_says_what_was_spent(tmp_path, layout, kind):
    layout.write(tmp_path / "layout.json")
    write_individuals(tmp_path / "train.parquet", layout, [individuals(layout, 60, 2)])
    write_individuals(tmp_path / "panel.parquet", layout, [individuals(layout, 60, 1)])
    settings = KINDS[kind].settings(privacy={"epsilon": 3, "delta": 1e-4}).model_dump()
    fit_job(
        layout_path=str(tmp_path / "layout.json"), train_path=str(tmp_path / "train.parquet"),
        weights_path=str(tmp_path / "m.safetensors"), config_path=str(tmp_path / "config.json"),
        kind=kind, settings=settings, plugins=[],
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


def audited_epsilon(noise: float, runs: int, claim: dict, sums, generator, without) -> float:
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
    honest = audited_epsilon(1, 10_000, claim, found[0], generator, found[1])
    assert 0.5 * epsilon < honest <= epsilon
    assert audited_epsilon(0.5, 10_000, claim, found[0], generator, found[1]) > 1.3 * epsilon
