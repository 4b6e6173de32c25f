"""Errors of denoisers against closed forms, loops and each other."""

import json

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from genodiff.evaluation.denoising import ANALYTIC
from genodiff.evaluation.denoising.base import Training
from genodiff.evaluation.denoising.job import MOST_FEATURES, SIGMAS, analytic, denoising_job, errors
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals

GENES, CHROMOSOMES = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 0, 0, 1, 1, 1])


def training(x):
    return Training(x.astype(np.float32), GENES, CHROMOSOMES)


def denoiser(name, x):
    return ANALYTIC[name].load()(training(x))


@pytest.fixture
def individuals():
    """Individuals whose features depend on one another, in all genes and chromosomes."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)) / 2 + 1


@pytest.mark.parametrize("name", ANALYTIC)
class TestAnalytic:
    def test_restore__without_noise_gives_the_individual(self, name, individuals):
        x = individuals[:5].astype(np.float32)
        np.testing.assert_allclose(denoiser(name, individuals).restore(x, 1e-3), x, atol=1e-3)

    def test_restore__from_noise_alone_gives_the_mean(self, name, individuals):
        x = individuals[:5].astype(np.float32)
        found = denoiser(name, individuals).restore(x, 1e4)
        np.testing.assert_allclose(found, np.tile(individuals.mean(0), (5, 1)), atol=1e-3)

    def test_restore__a_part_depends_on_no_other_part(self, name, individuals):
        own = denoiser(name, individuals)
        x = individuals[:3].astype(np.float32)
        for part in own.parts(training(individuals)):
            rest = np.setdiff1d(np.arange(6), part)
            other = x.copy()
            other[:, rest] += 1
            np.testing.assert_allclose(
                own.restore(x, 0.7)[:, part], own.restore(other, 0.7)[:, part], rtol=1e-5
            )

    def test_restore__is_no_worse_than_the_mean_or_the_noised_individual(self, name, individuals):
        rng = np.random.default_rng(2)
        own, x = denoiser(name, individuals), individuals.astype(np.float32)
        for sigma in (0.3, 3):
            noised = x + sigma * rng.normal(size=x.shape).astype(np.float32)
            error = np.square(own.restore(noised, sigma) - x).mean()
            assert error < 1.02 * min(np.square(noised - x).mean(), x.var(0).mean())


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("gaussian", [[0, 1, 2, 3, 4, 5]]),
        ("gaussian_chromosome", [[0, 1, 2], [3, 4, 5]]),
        ("kernel_gene", [[0, 1], [2], [3, 4, 5]]),
        ("kernel_chromosome", [[0, 1, 2], [3, 4, 5]]),
    ],
)
def test_parts__of_genes_and_chromosomes(name, parts, individuals):
    found = ANALYTIC[name].load().parts(training(individuals))
    assert [own.tolist() for own in found] == parts


@pytest.mark.parametrize(("name", "part"), [("kernel_gene", [0, 1]), ("kernel_chromosome", [3, 4, 5])])
def test_kernel__is_the_posterior_mean_over_training_individuals(name, part, individuals):
    noised = individuals[:4] + 0.5
    found = denoiser(name, individuals).restore(noised.astype(np.float32), 0.6)[:, part]
    for row, own in zip(found, noised[:, part], strict=True):
        weights = [multivariate_normal(x, 0.36).pdf(own) for x in individuals[:, part]]
        expected = np.average(individuals[:, part], axis=0, weights=weights)
        np.testing.assert_allclose(row, expected, rtol=1e-4)


def test_gaussian__has_the_error_of_theory():
    # Two features with correlation 0.8 of many individuals: the mean of v / (1 + v / sigma^2).
    rng = np.random.default_rng(3)
    covariance = np.kron(np.eye(3), [[1, 0.8], [0.8, 1]])
    fitted, x = rng.multivariate_normal(np.zeros(6), covariance, (2, 20_000)).astype(np.float32)
    sigma, values = 0.7, np.array([1.8, 0.2])
    noised = x + np.float32(sigma) * rng.standard_normal(x.shape, np.float32)
    theory = {
        "gaussian": (values * sigma**2 / (values + sigma**2)).mean(),
        "independent": sigma**2 / (1 + sigma**2),
    }
    for name, expected in theory.items():
        error = np.square(denoiser(name, fitted).restore(noised, sigma) - x).mean()
        assert error == pytest.approx(expected, rel=0.02)


def test_errors__are_those_of_noise_where_nothing_is_restored(individuals):
    sets = {"validation": (np.zeros((400, 6), np.float32), np.zeros(400, np.int64))}
    rows = list(errors(lambda noised, _, sigma: noised, sets, seed=1))
    assert [row["sigma"] for row in rows] == list(SIGMAS)
    for row in rows:
        assert abs(row["error"] - row["sigma"] ** 2) < 4 * row["se"]
        assert row["se"] == pytest.approx(row["sigma"] ** 2 * np.sqrt(2 / 6 / 400), rel=0.2)


@pytest.fixture
def files(tmp_path, individuals):
    """Paths of a layout with three genes and of two sets of individuals, some without a label."""
    genes = [
        GeneFeatures(f"G{i}", chrom, 9, [0.0] * size, [1.0] * size)
        for i, (chrom, size) in enumerate((("1", 2), ("1", 1), ("2", 3)))
    ]
    layout = Layout(genes, 4, 3, ["case", "control"])
    layout.write(tmp_path / "layout.json")
    paths = {"layout_path": tmp_path / "layout.json"}
    for name, rows in (("train", slice(0, 30)), ("validation", slice(30, 40))):
        own = individuals[rows].astype(np.float32)
        x = np.zeros((len(own), *layout.mask().shape), np.float32)
        x[:, layout.mask()] = own
        labels = (["case", "control", None] * 10)[: len(own)]
        people = Individuals([f"SECRET{i}" for i in range(len(own))], labels, x)
        paths[f"{name}_path"] = tmp_path / f"{name}.parquet"
        write_individuals(paths[f"{name}_path"], layout, [people])
    return {name: str(path) for name, path in paths.items()}


def test_job__rows_of_every_analytic_denoiser(files, tmp_path):
    output = tmp_path / "out.json"
    denoising_job(
        **files, output=str(output), row={"seed": None}, network=None, seed=4, device="cpu", threads=1
    )
    assert "SECRET" not in output.read_text()
    rows = json.loads(output.read_text())["rows"]
    assert {row["denoiser"] for row in rows} == set(ANALYTIC)
    assert len(rows) == 2 * len(SIGMAS) * len(ANALYTIC)
    assert {row["n"] for row in rows} == {10}
    # A kernel knows the training individuals by heart.
    least = {
        row["set"]: row["error"]
        for row in rows
        if row["denoiser"] == "kernel_chromosome" and row["sigma"] == 0.1
    }
    assert least["training"] < 0.01 < least["validation"]


def test_analytic__leaves_out_a_covariance_that_is_too_large(caplog):
    many = MOST_FEATURES + 1
    layout = Layout([GeneFeatures("G", "1", 9, [0.0] * many, [1.0] * many)], 1, many, ["a", "b"])
    x = np.zeros((2, many), np.float32)
    with caplog.at_level("WARNING"):
        assert [name for name, _ in analytic(x, layout)] == [
            "independent", "kernel_gene", "kernel_chromosome",
        ]  # fmt: skip
    assert "left out" in caplog.text
