"""The train job of the workflow: from tensor files to a trained backbone."""

import os
from dataclasses import fields
from typing import Any

import torch

from genodiff import __version__
from genodiff.backbones import build_backbone
from genodiff.devices import prepare
from genodiff.diffusion.schedule import build_schedule
from genodiff.diffusion.training import Cohort, TrainingSettings, train
from genodiff.formats.models import ModelConfig, write_model
from genodiff.formats.tensors import Layout, read_people
from genodiff.logs import logger


def _cohort(path: str | os.PathLike, layout: Layout, device: torch.device) -> Cohort:
    people = read_people(path, layout)
    x = torch.from_numpy(people.x).to(device)
    return Cohort(x, torch.from_numpy(layout.class_numbers(people.labels)).to(device))


def train_job(
    layout_path: str, train_path: str, validation_path: str, outputs: tuple[str, str, str],
    backbone: str, settings: dict[str, Any], diffusion: dict[str, Any], seed: int, device: str,
    threads: int,
) -> None:  # fmt: skip
    """Train a backbone and write `outputs`: weights, config and history."""
    place = prepare(device, threads)
    layout = Layout.read(layout_path)
    shape = (layout.padded_genes, layout.components, len(layout.classes))
    torch.manual_seed(seed)  # initial weights and dropout
    network = build_backbone(backbone, *shape, settings).to(place)
    count = sum(p.numel() for p in network.parameters())
    logger.info("%s: %d parameters, %s", backbone, count, settings)
    own = {f.name: diffusion[f.name] for f in fields(TrainingSettings)}
    result = train(
        network, build_schedule(**diffusion["schedule"]).to(place),
        torch.from_numpy(layout.mask()).to(place), _cohort(train_path, layout, place),
        _cohort(validation_path, layout, place), TrainingSettings(**own), seed,
    )  # fmt: skip
    config = ModelConfig(
        backbone, settings, *shape[:2], layout.classes, diffusion, seed, result.best_epoch, __version__
    )
    write_model(*outputs, result.state, config, result.history)
