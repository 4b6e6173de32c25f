"""The job of the workflow that measures denoisers: the mean square error of x_0 that they restore from
noised real individuals."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from genodiff.evaluation.denoising import ANALYTIC
from genodiff.evaluation.denoising.base import Training
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Individuals, Layout, read_individuals
from genodiff.generators.base import feature_origins
from genodiff.generators.denoiser import read_denoiser
from genodiff.registry import build
from genodiff.runtime.devices import prepare
from genodiff.runtime.logs import logger

# Standard deviations of the noise, in those of the features.
SIGMAS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0)
# Individuals of a set at most.
MOST = 1000
# A covariance of all features is not computed for more of them.
MOST_FEATURES = 8192
_MEMORY_MB = 1024
# Restores individuals float32 (N, D) of the class numbers (N,) from noise of a standard deviation.
Restore = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def denoising_job(
    *, layout_path: str, train_path: str, validation_path: str, output: str, row: dict[str, str | int],
    network: tuple[str, str] | None, seed: int, device: str, threads: int, plugins: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write rows with sigma, set, error, se and n, each with the keys of `row`, for a network, its
    weights and configuration, or for each entry of ANALYTIC.

    The individuals and their noise are the same for every denoiser. Training individuals are as many as
    validation individuals.
    """
    layout, processor = Layout.read(layout_path), prepare(device, threads)[0]
    train, validation = (read_individuals(path, layout) for path in (train_path, validation_path))
    sets = chosen_sets(train, validation, layout, seed)
    if network is not None:
        found = read_denoiser(*network, layout, plugins, processor)
        rows = list(errors(lambda *noised: found.denoise(*noised, _MEMORY_MB), sets, seed))
    else:
        rows = []
        for name, restore in analytic(train.x[:, layout.mask()], layout):
            rows += [{"denoiser": name} | one for one in errors(restore, sets, seed)]
    write_result(output, {"rows": [row | one for one in rows]})


def chosen_sets(
    train: Individuals, validation: Individuals, layout: Layout, seed: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """At most MOST validation individuals and as many training individuals, of each set x float32 (N, D)
    and class numbers int64 (N,)."""
    mask, rng = layout.mask(), np.random.default_rng(seed)
    chosen = rng.permutation(len(validation.x))[:MOST]
    few = rng.permutation(len(train.x))[: len(chosen)]
    return {
        name: (own.x[rows][:, mask], layout.class_numbers(own.labels)[rows])
        for name, own, rows in (("validation", validation, chosen), ("training", train, few))
    }


def analytic(x: np.ndarray, layout: Layout) -> Iterator[tuple[str, Restore]]:
    """The denoisers of ANALYTIC, fitted to training individuals float32 (N, D)."""
    origins = feature_origins(layout)
    names = list(dict.fromkeys(origins.chromosomes))
    chromosomes = np.array([names.index(name) for name in origins.chromosomes])
    training = Training(x, np.array(origins.genes), chromosomes)
    for name, entry in ANALYTIC.items():
        largest = max(map(len, entry.load().parts(training)))
        if name.startswith("gaussian") and largest > MOST_FEATURES:
            logger.warning("%s: left out, with %d features together", entry.title, largest)
            continue
        own = build(ANALYTIC, "denoiser", name, training=training)
        logger.info("%s", entry.title)
        yield name, lambda noised, _, sigma, own=own: own.restore(noised, sigma)


def errors(
    restore: Restore, sets: dict[str, tuple[np.ndarray, np.ndarray]], seed: int
) -> Iterator[dict[str, Any]]:
    """For each set, x float32 (N, D) and class numbers (N,), and each noise level the mean square error
    of the restored features, its standard error over individuals, and their number."""
    for name, (x, numbers) in sets.items():
        for level, sigma in enumerate(SIGMAS):
            noise = np.random.default_rng([seed, level]).standard_normal(x.shape, np.float32)
            squares = ((restore(x + np.float32(sigma) * noise, numbers, sigma) - x) ** 2).mean(1)
            yield {
                "set": name, "sigma": sigma, "error": float(squares.mean()),
                "se": float(squares.std(ddof=1) / np.sqrt(len(squares))), "n": len(squares),
            }  # fmt: skip
