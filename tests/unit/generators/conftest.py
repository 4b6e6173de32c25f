"""Every kind of generators that is fitted class by class, on made features and a cohort in files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from genodiff.cohort.label_mix import SyntheticSize
from genodiff.formats.tensors import (
    GeneFeatures,
    Individuals,
    Layout,
    read_individuals,
    write_individuals,
)
from genodiff.generators import KINDS, PRIVATE
from genodiff.generators.base import Resources
from genodiff.generators.draw_job import draw_job
from genodiff.generators.fit_job import fit_job

# Settings of kinds that are not tested with their defaults.
SETTINGS = {"gaussian": {"rank": 4}, "mosaic": {"genes_per_block": 2}}


@pytest.fixture(params=[name for name in KINDS if name not in ("diffusion", "external", *PRIVATE)])
def kind(request) -> str:
    return request.param


@pytest.fixture
def settings(kind):
    """Complete settings of the kind."""
    return KINDS[kind].settings(**SETTINGS.get(kind, {})).model_dump()


@pytest.fixture
def layout():
    """Twelve unmasked features of six genes on two chromosomes, in eight genes by three components; gene
    3 has no component. Neighbours that have components are 2 and 1 Mb apart, and 2 and 3."""
    counts, chromosomes, megabases = [3, 1, 2, 0, 3, 2, 1], "1111222", [5, 7, 6, 9, 1, 3, 6]
    genes = [
        GeneFeatures(f"G{i}", chrom, 9, [0.0] * k, [1.0] * k, 1_000_000 * at)
        for i, (k, chrom, at) in enumerate(zip(counts, chromosomes, megabases, strict=True))
    ]
    return Layout(genes, 8, 3, ["case", "control"])


@pytest.fixture
def x():
    """300 individuals float32 (300, 12) whose features are correlated, each of a mean and standard
    deviation of its own."""
    rng = np.random.default_rng(11)
    common = rng.standard_normal((300, 3)) @ rng.standard_normal((3, 12))
    own = rng.standard_normal((300, 12))
    return (np.arange(12) - 4 + (common + own) * np.linspace(0.5, 2, 12)).astype(np.float32)


@pytest.fixture
def donors():
    """Function: individuals float32 (N, 12) with value 100 d + i in feature d of individual i, so that
    what is copied tells where it is from."""

    def make(individuals):
        return (100 * np.arange(12) + np.arange(individuals)[:, None]).astype(np.float32)

    return make


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@dataclass
class Cohort:
    """Paths of a made cohort, its layout and its training individuals."""

    folder: Path
    layout: Layout
    train: Individuals

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def write(self, train: Individuals, name: str = "train.parquet") -> None:
        """Write individuals."""
        write_individuals(self.folder / name, self.layout, [train])

    def fit(self, kind: str, settings: dict, plugins=()) -> None:
        """Fit a generator to train.parquet; the model is in model.safetensors and config.json."""
        fit_job(
            layout_path=self.path("layout.json"), train_path=self.path("train.parquet"),
            weights_path=self.path("model.safetensors"), config_path=self.path("config.json"),
            kind=kind, settings=settings, plugins=list(plugins),
        )  # fmt: skip

    def draw(
        self,
        size=(None, 1, None),
        seed=1,
        labels="labels.parquet",
        overrides=(),
        plugins=(),
        **resources,
    ) -> Individuals:
        """Draw from the model as many individuals as `size` and the labels of a file say."""
        output = self.folder / "out" / "drawn.parquet"
        draw_job(
            layout_path=self.path("layout.json"), labels_path=self.path(labels),
            weights_path=self.path("model.safetensors"), config_path=self.path("config.json"),
            output=str(output), size=SyntheticSize(*size), overrides=dict(overrides), seed=seed,
            resources=Resources(**resources), plugins=list(plugins),
        )  # fmt: skip
        assert [path.name for path in output.parent.iterdir()] == ["drawn.parquet"]
        return read_individuals(output, self.layout)


@pytest.fixture
def cohort(tmp_path, layout) -> Cohort:
    """40 training individuals: 16 cases around -10, 14 controls around 10, 10 unlabelled around 500.
    labels.parquet has their labels, and no more of them."""
    rng, centre = np.random.default_rng(5), {"case": -10, "control": 10, None: 500}
    labels = rng.permutation(np.array(["case"] * 16 + ["control"] * 14 + [None] * 10, object)).tolist()
    x = rng.standard_normal((40, 8, 3)) + np.array([centre[c] for c in labels])[:, None, None]
    samples = [f"REAL-{i}" for i in range(40)]
    made = Cohort(tmp_path, layout, Individuals(samples, labels, (x * layout.mask()).astype(np.float32)))
    layout.write(tmp_path / "layout.json")
    made.write(made.train)
    made.write(Individuals(samples, labels, np.zeros_like(made.train.x)), "labels.parquet")
    return made


@pytest.fixture
def fit_and_draw(cohort, kind, settings) -> Callable[..., Individuals]:
    """Function: fit the kind to the cohort; what `cohort.draw` then gives."""

    def run(*arguments, **keywords):
        cohort.fit(kind, settings)
        return cohort.draw(*arguments, **keywords)

    return run
