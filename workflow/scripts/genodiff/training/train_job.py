"""The training job of the workflow: from tensor files to a trained backbone."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from genodiff.diffusion.schedule import build_schedule
from genodiff.formats.common import file_hash
from genodiff.formats.history import write_history
from genodiff.formats.models import ModelConfig, write_model
from genodiff.formats.tensors import Layout, map_unpacked, read_labels
from genodiff.networks.build import build_network
from genodiff.runtime.devices import bfloat16_pays, compiling_pays, keep_memory, memory_advice, prepare
from genodiff.runtime.locks import only_process
from genodiff.runtime.logs import logger
from genodiff.runtime.signals import watch_stop
from genodiff.training.augmentation import Augmentation
from genodiff.training.checkpoint import Checkpoints, disk_advice
from genodiff.training.dataset import Cohort
from genodiff.training.distributed import (
    SINGLE_PROCESS,
    ProcessGroup,
    join_process_group,
    process_rank,
)
from genodiff.training.shrinkage import shrinkage
from genodiff.training.tensorboard import tensorboard
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.training.training import Training


@dataclass(frozen=True)
class TrainFiles:
    """Paths that the job reads and writes.

    train, validation: Parquet, of which labels are read; train_x, validation_x: their unpacked tensors
    (see `formats.tensors.unpack`); state: a folder for checkpoints, removed at the end; tensorboard: a
    folder for event files, or None.
    """

    layout: str
    train: str
    train_x: str
    validation: str
    validation_x: str
    weights: str
    config: str
    history: str
    state: str
    tensorboard: str | None = None

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file that determines the result."""
        return {name: file_hash(getattr(self, name)) for name in ("layout", "train", "validation")}


def read_cohorts(files: Iterable[tuple[str, str]], layout: Layout, device: torch.device) -> list[Cohort]:
    """Training and validation individuals from pairs of a tensor file, of which labels are read, and its
    unpacked tensors: mapped into memory, or on a GPU if they fit into half of its free memory."""
    cohorts = []
    for path, x_path in files:
        numbers = layout.class_numbers(read_labels(path))
        x = map_unpacked(x_path, layout, len(numbers))
        cohorts.append(Cohort(torch.from_numpy(x), torch.from_numpy(numbers)))
    if device.type == "cuda":
        size, room = sum(c.x.nbytes for c in cohorts), torch.cuda.mem_get_info(device)[0]
        resident = size < room / 2
        logger.info("the individuals %s on the device", "are kept" if resident else "do not fit")
        if resident:
            return [cohort.to(device) for cohort in cohorts]
    return cohorts


def train_job(
    *, files: TrainFiles, backbone: str, settings: dict[str, Any], diffusion: dict[str, Any], seed: int,
    device: str, threads: int, checkpoint_minutes: float, code: str = "",
    plugins: Sequence[str] = (),
) -> None:  # fmt: skip
    """Train a backbone, continuing from a checkpoint in `files.state` if there is one, and write
    weights, config and history.

    settings: keyword arguments of the backbone's class; diffusion: the complete recipe; device: auto,
    cpu or cuda; code: hash of the code, which a checkpoint must share. Raises InputError if the
    checkpoint has other settings, data or code, if training diverges, and if memory or disk is full;
    Stopped after SIGTERM or Ctrl-C.
    """
    used = prepare(device, threads)[0]
    layout = Layout.read(files.layout)
    identity = {
        "backbone": backbone, "settings": settings, "diffusion": diffusion, "seed": seed,
        "code": code, "torch": torch.__version__, **files.hashes(),
    }  # fmt: skip
    checkpoints = Checkpoints(files.state, identity, checkpoint_minutes)
    # Of several processes the first one stops, saves and writes.
    first = process_rank() == 0
    with (
        memory_advice("diffusion.batch_size"), only_process(files.state) if first else nullcontext(),
        disk_advice(files.state), watch_stop() as stop, join_process_group(used) as group,
    ):  # fmt: skip
        pairs = (files.train, files.train_x), (files.validation, files.validation_x)
        cohorts = read_cohorts(pairs, layout, used)
        training = begin(
            cohorts, layout, backbone, settings, diffusion, seed, used, plugins, group,
            checkpoints=checkpoints, stop=stop if first else lambda: False,
            on_epoch=_history_writers(files) if first else (),
        )  # fmt: skip
        keep_memory(used)  # for the steps: what the start took is returned
        result = training.run()
        if first:
            own = {"backbone": backbone, "settings": settings, "diffusion": diffusion}
            config = ModelConfig.of("diffusion", own, layout, seed=seed, best_epoch=result.best_epoch)
            weights = {name: value.cpu().numpy() for name, value in result.state.items()}
            write_model(files.weights, files.config, weights, config)
            write_history(files.history, result.history)
            checkpoints.clear()


def begin(
    cohorts: Sequence[Cohort], layout: Layout, backbone: str, settings: dict[str, Any],
    diffusion: dict[str, Any], seed: int, device: torch.device, plugins: Sequence[str] = (),
    group: ProcessGroup = SINGLE_PROCESS, **more: Any,
) -> Training:  # fmt: skip
    """A training before its first step, on training and validation individuals (`cohorts`); `more`: of
    `Training`, the other arguments as in `train_job`."""
    torch.manual_seed(seed)  # initial weights
    training, validation = cohorts
    if diffusion["shrink_scores"]:
        training = _as_new(training, validation, torch.from_numpy(layout.mask()))
    network = build_network(backbone, settings, diffusion, layout, plugins)
    if hasattr(network, "prepare"):
        x, numbers = training.scaled(training.x), training.labels
        network.prepare(x.cpu().numpy(), numbers.cpu().numpy(), layout.mask())
    network = network.to(device)
    trainer = _trainer(network, layout, diffusion, seed, group, len(training))
    return Training(trainer, training, validation, **more)


def _as_new(training: Cohort, validation: Cohort, mask: torch.Tensor) -> Cohort:
    """Training individuals whose components vary as those of new ones."""
    factor = shrinkage(training, validation, mask)
    shown = "1" if factor is None else ", ".join(f"{value:.3f}" for value in factor)
    logger.info("components of training individuals are multiplied by %s", shown)
    return training if factor is None else replace(training, factor=factor.to(training.x.device))


def _history_writers(files: TrainFiles) -> list[Callable[[list[dict]], None]]:
    """Functions that write the history after each epoch."""
    events = [tensorboard(files.tensorboard)] if files.tensorboard is not None else []
    return [partial(write_history, files.history), *events]


def _trainer(
    network: torch.nn.Module, layout: Layout, diffusion: dict[str, Any], seed: int, group: ProcessGroup,
    individuals: int,
) -> Trainer:  # fmt: skip
    device = next(network.parameters()).device
    count = sum(parameter.numel() for parameter in network.parameters())
    logger.info("%s: %d parameters, %d processes", type(network).__name__, count, group.world)
    settings = TrainingSettings.of(diffusion)
    logger.info(
        "batches of %d individuals, as diffusion.batch_size says; %d steps", settings.batch_size,
        settings.steps(individuals),
    )  # fmt: skip
    return Trainer(
        network, build_schedule(**diffusion["schedule"]).to(device),
        torch.from_numpy(layout.mask()).to(device), settings, seed,
        settings.steps(individuals), group,
        bfloat16_pays(diffusion["precision"], device, count),
        compiling_pays(diffusion["compile"], device), Augmentation.of(diffusion, layout, device),
    )  # fmt: skip
