"""What a GPU could do otherwise than a processor. `pytest -m gpu tests/gpu`; with `--device cpu` the
same tests run on the processor, and compare it with itself.

These tests import the library, torch, NumPy and pytest alone, for machines that have no more
(tests/benchmarks/gpu.sh)."""

import pytest
import torch
from network_sizes import DEMO

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.schedule import build_schedule
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.runtime.devices import prepare
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.workflow.recipes import RECIPES

GENES, COMPONENTS, CLASSES = 48, 8, 2
RECIPE = RECIPES["best"] | {
    "batch_size": 8, "learning_rate": 1e-3, "ema_half_life": 30, "min_snr": 5.0, "log_sigma": None,
}  # fmt: skip


def pytest_addoption(parser):
    parser.addoption(
        "--device", default="cuda", choices=["cuda", "cpu"], help="of the tests in tests/gpu"
    )


@pytest.fixture
def device(request, monkeypatch):
    """The device of the tests, prepared as a job prepares it, products of float32 in float32."""
    kind = request.config.getoption("--device", default="cuda")
    if kind == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here; with --device cpu these tests run on the processor")
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    # As a process of torchrun, which locks no GPU: a lock would last until all tests have ended.
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    yield prepare(kind, 1)[0]
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(strict)


@pytest.fixture(params=BACKBONES)
def name(request):
    return request.param


@pytest.fixture
def mask():
    """bool (P, K) with one to eight live components of each gene; the last four genes are padding."""
    counts = torch.arange(GENES) % COMPONENTS + 1
    counts[-4:] = 0
    return torch.arange(COMPONENTS) < counts[:, None]


@pytest.fixture
def build(mask):
    """Function: a backbone of the built-in cohort's size, on the processor, its weights drawn with
    `seed` and noise on all of them: layers that start at zero would hide what is behind them.
    `convolutions`: other settings of a convolutional network."""

    def make(name, seed=0, **convolutions):
        torch.manual_seed(seed)
        settings = DEMO["backbones"][name] | (convolutions if name == "unet_cnn" else {})
        if name == "mlp_cnn":
            settings = settings | {"unet_cnn": settings["unet_cnn"] | convolutions}
        prediction = build_prediction(RECIPE["prediction"], build_schedule(**RECIPE["schedule"]))
        network = build_backbone(name, GENES, COMPONENTS, CLASSES, settings, mask, prediction=prediction)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter += 0.02 * torch.randn_like(parameter)
        return network

    return make


@pytest.fixture
def make_trainer(mask):
    """Function: a trainer of a network on the device where that is."""

    def make(network, **arithmetic):
        place = next(network.parameters()).device
        schedule = build_schedule(**RECIPE["schedule"]).to(place)
        return Trainer(
            network, schedule, mask.to(place), TrainingSettings.of(RECIPE), 3, 60, **arithmetic
        )  # fmt: skip

    return make


@pytest.fixture
def cohort(mask):
    """Twenty individuals on the processor, of two classes or unlabelled: batches of 8, 8 and 4."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(20, *mask.shape, generator=generator) * mask
    return Cohort(x, torch.arange(20) % 3)
