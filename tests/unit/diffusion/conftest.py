"""A mask with padded features and a padded gene, schedules of both kinds, diffusers' schedulers with
exact constants, a cohort in files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from genodiff.diffusion.schedule import cosine, linear
from genodiff.formats.tensors import GeneFeatures, Individuals, Layout, write_individuals


@pytest.fixture
def mask():
    """Unmasked features of four genes by three components; the last gene is padding."""
    return torch.tensor([[1, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=torch.bool)


@pytest.fixture(params=["linear", "cosine"])
def schedule(request):
    """Twenty steps that go from nearly no noise to a lot of it."""
    return {"linear": linear(20, 1e-3, 0.4), "cosine": cosine(20, 0.008)}[request.param]


def _exact_scheduler(kind, schedule, prediction="noise", **settings):
    beta, names = schedule.beta.numpy(), {"noise": "epsilon", "x0": "sample", "v": "v_prediction"}
    made = kind(len(beta), trained_betas=beta, prediction_type=names[prediction], **settings)
    made.betas, made.alphas = torch.from_numpy(beta), torch.from_numpy(1 - beta)
    made.alphas_cumprod = torch.from_numpy(np.cumprod(1 - beta))
    return made


@pytest.fixture(scope="session")
def exact_scheduler():
    """Function (class, schedule, prediction, settings): diffusers' scheduler on the betas of a schedule,
    its float32 constants replaced by float64 ones."""
    return _exact_scheduler


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(5)


@dataclass
class CohortFiles:
    """Tensor files of a tiny cohort, and what was written into them."""

    folder: Path
    layout: Layout
    layout_path: str
    train_path: str
    validation_path: str
    train: Individuals


def _individuals(layout: Layout, labels: list, prefix: str, rng) -> Individuals:
    x = rng.normal(size=(len(labels), layout.padded_genes, layout.components)).astype(np.float32)
    return Individuals([f"{prefix}{i}" for i in range(len(labels))], labels, x * layout.mask())


@pytest.fixture
def cohort_files(tmp_path):
    """Seven training individuals of two classes, two of them unlabelled, and four for validation."""
    counts = [3, 1, 2]
    genes = [GeneFeatures(f"G{i}", "1", 9, [0.0] * k, [1.0] * k) for i, k in enumerate(counts)]
    layout, rng = Layout(genes, 4, 3, ["case", "control"]), np.random.default_rng(3)
    individuals = {
        "train": _individuals(
            layout, ["case", None, "control", "case", "case", None, "control"], "REAL-", rng
        ),
        "validation": _individuals(layout, ["case", "control", "control", "case"], "HELD-", rng),
    }
    layout.write(tmp_path / "layout.json")
    for name, block in individuals.items():
        write_individuals(tmp_path / f"{name}.parquet", layout, [block])
    paths = [str(tmp_path / name) for name in ("layout.json", "train.parquet", "validation.parquet")]
    return CohortFiles(tmp_path, layout, *paths, individuals["train"])
