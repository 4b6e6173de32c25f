"""The train job of the workflow: from tensor files to a trained backbone."""

from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from genodiff import __version__
from genodiff.diffusion.schedule import build_schedule
from genodiff.formats.common import file_hash
from genodiff.formats.history import write_history
from genodiff.formats.models import ModelConfig, write_model
from genodiff.formats.tensors import Layout, read_individuals, read_labels
from genodiff.networks.backbones import BACKBONES, build_backbone
from genodiff.runtime.devices import bfloat16_pays, compiling_pays, keep_memory, memory_advice, prepare
from genodiff.runtime.locks import only_process
from genodiff.runtime.logs import logger
from genodiff.runtime.signals import watch_sigterm
from genodiff.training.checkpoint import Checkpoints, disk_advice
from genodiff.training.dataset import Cohort
from genodiff.training.distributed import Ranks, is_first, join_ranks
from genodiff.training.tensorboard import tensorboard
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.training.training import Training
from genodiff.workflow.code_hash import code_hash


@dataclass(frozen=True)
class TrainFiles:
    """What the job reads and writes. `state`: a folder for unfinished work, which goes when it is done;
    `board`: one for the event files of TensorBoard, None for no such files."""

    layout: str
    train: str
    validation: str
    weights: str
    config: str
    history: str
    state: str
    board: str | None = None

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file that is read."""
        return {name: file_hash(getattr(self, name)) for name in ("layout", "train", "validation")}


def _cohort(path: str, layout: Layout, file: Path, ranks: Ranks) -> Cohort:
    """Individuals in a memory-mapped file, which the first process writes."""
    if ranks.rank == 0:
        x = read_individuals(path, layout, file).x
    ranks.wait()
    if ranks.rank > 0:
        x = np.load(file, mmap_mode="r+", allow_pickle=False)
    return Cohort(torch.from_numpy(x), torch.from_numpy(layout.class_numbers(read_labels(path))))


@contextmanager
def _cohorts(files: TrainFiles, layout: Layout, place: torch.device, ranks: Ranks):
    """Training and validation individuals, on the device where they fit into half of what is free
    there."""
    folder = Path(files.state)
    folder.mkdir(parents=True, exist_ok=True)
    mapped = {name: folder / f"{name}.npy" for name in ("train", "validation")}
    try:
        cohorts = [_cohort(getattr(files, name), layout, path, ranks) for name, path in mapped.items()]
        if place.type == "cuda":
            size, room = sum(c.x.nbytes for c in cohorts), torch.cuda.mem_get_info(place)[0]
            resident = size < room / 2
            logger.info("the cohort %s on the device", "is kept" if resident else "does not fit")
            if resident:
                cohorts = [cohort.to(place) for cohort in cohorts]
        yield cohorts
    finally:
        if ranks.rank == 0:
            for path in mapped.values():
                path.unlink(missing_ok=True)


def train_job(
    files: TrainFiles, backbone: str, settings: dict[str, Any], diffusion: dict[str, Any], seed: int,
    device: str, threads: int, minutes: float,
) -> None:  # fmt: skip
    """Train a backbone, from where an interrupted job was if `files.state` holds its state, and write
    weights, config and history. The state is saved every `minutes`.

    Raises InputError when the state there is of other settings, data or code, when training diverges and
    when memory or disk is full; Stopped after SIGTERM.
    """
    place = prepare(device, threads)[0]
    keep_memory(place)
    layout = Layout.read(files.layout)
    shape = (layout.padded_genes, layout.components, len(layout.classes))
    torch.manual_seed(seed)  # initial weights
    identity = {
        "backbone": backbone, "settings": settings, "diffusion": diffusion, "seed": seed,
        "code": code_hash("genodiff.training.train_job", BACKBONES[backbone].module),
        "torch": torch.__version__, **files.hashes(),
    }  # fmt: skip
    checkpoints = Checkpoints(files.state, identity, minutes)
    # Of several processes the first one reads, saves and writes.
    alone = only_process(files.state) if is_first() else nullcontext()
    with (
        memory_advice("diffusion.batch_size"), alone, disk_advice(files.state),
        watch_sigterm() as stop, join_ranks(place) as ranks,
        _cohorts(files, layout, place, ranks) as (training, validation),
    ):  # fmt: skip
        mask = torch.from_numpy(layout.mask()) if diffusion["unmasked_only"] else None
        network = build_backbone(backbone, *shape, settings, mask).to(place)
        trainer = _trainer(network, layout, diffusion, seed, ranks, len(training))
        first = ranks.rank == 0
        result = Training(
            trainer, training, validation, checkpoints, stop if first else lambda: False,
            _history_writers(files) if first else (),
        ).run()  # fmt: skip
        if first:
            config = ModelConfig(
                backbone, settings, *shape[:2], layout.classes, diffusion, seed, result.best_epoch,
                __version__,
            )  # fmt: skip
            paths = files.weights, files.config, files.history
            write_model(*paths, result.state, config, result.history)
            checkpoints.clear()


def _history_writers(files: TrainFiles) -> list[Callable[[list[dict]], None]]:
    """What keeps the history where individuals look at it."""
    board = [tensorboard(files.board)] if files.board is not None else []
    return [partial(write_history, files.history), *board]


def _trainer(
    network: torch.nn.Module, layout: Layout, diffusion: dict[str, Any], seed: int, ranks: Ranks,
    individuals: int,
) -> Trainer:  # fmt: skip
    place = next(network.parameters()).device
    count = sum(parameter.numel() for parameter in network.parameters())
    logger.info("%s: %d parameters, %d processes", type(network).__name__, count, ranks.world)
    settings = TrainingSettings.of(diffusion)
    logger.info(
        "batches of %d individuals, as diffusion.batch_size says; %d steps", settings.batch_size,
        settings.steps(individuals),
    )  # fmt: skip
    return Trainer(
        network, build_schedule(**diffusion["schedule"]).to(place),
        torch.from_numpy(layout.mask()).to(place), settings, seed,
        settings.steps(individuals), ranks,
        bfloat16_pays(diffusion["precision"], place, count),
        compiling_pays(diffusion["compile"], place),
    )  # fmt: skip
