"""Every registered reference generator, on made features and on a made cohort in files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals
from genodiff.generators import REFERENCES, FeatureOrigins

# Gene 3 has no unmasked feature. Chromosome 1 ends with gene 2.
GENES = [0, 0, 0, 1, 2, 2, 4, 4, 4, 5, 5, 6]
# A new reference needs an entry here; without one its tests fail.
SETTINGS = {
    "gaussian": {"rank": 4},
    "independent": {},
    "mosaic": {"genes_per_block": 2},
}


@pytest.fixture(params=REFERENCES)
def name(request):
    return request.param


@pytest.fixture
def settings(name):
    """Settings of the reference."""
    return SETTINGS[name]


@pytest.fixture
def features():
    """Twelve unmasked features of six genes on two chromosomes."""
    return FeatureOrigins(GENES, ["1"] * 6 + ["2"] * 6)


@pytest.fixture
def x():
    """300 individuals float32 (300, 12) whose features are correlated, each of a mean and spread of its
    own."""
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


@dataclass
class Cohort:
    """Paths of a made cohort, its layout and its training individuals."""

    folder: Path
    layout: Layout
    train: Individuals

    @property
    def paths(self) -> list[str]:
        """layout.json and train.parquet."""
        return [str(self.folder / name) for name in ("layout.json", "train.parquet")]

    def write(self, train: Individuals | None = None) -> None:
        """Write the training individuals, or others in their place."""
        write_individuals(self.paths[1], self.layout, [train or self.train])


@pytest.fixture
def cohort(tmp_path):
    """40 training individuals: 16 cases around -10, 14 controls around 10, 10 unlabelled around 500; in
    eight genes by three components, of which seven genes are there and one of these has no component."""
    counts, chromosomes = [3, 1, 2, 0, 3, 2, 1], "1111222"
    genes = [
        GeneFeatures(f"G{i}", chrom, 9, [0.0] * k, [1.0] * k)
        for i, (k, chrom) in enumerate(zip(counts, chromosomes, strict=True))
    ]
    layout, rng = Layout(genes, 8, 3, ["case", "control"]), np.random.default_rng(5)
    centre = {"case": -10, "control": 10, None: 500}
    labels = rng.permutation(np.array(["case"] * 16 + ["control"] * 14 + [None] * 10, object)).tolist()
    x = rng.standard_normal((40, 8, 3)) + np.array([centre[c] for c in labels])[:, None, None]
    samples = [f"REAL-{i}" for i in range(40)]
    made = Cohort(tmp_path, layout, Individuals(samples, labels, (x * layout.mask()).astype(np.float32)))
    layout.write(tmp_path / "layout.json")
    made.write()
    return made
