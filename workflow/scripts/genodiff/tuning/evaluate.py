"""One trial: a network is trained with settings, individuals are drawn from it and judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.evaluation.base import Comparison
from genodiff.evaluation.denoising.job import MOST
from genodiff.evaluation.neighbours.search import Budget
from genodiff.formats.common import file_hash
from genodiff.formats.tensors import Individuals, Layout, read_individuals
from genodiff.generators.base import Resources
from genodiff.generators.denoiser import Denoiser
from genodiff.generators.diffusion import Diffusion
from genodiff.runtime.devices import keep_memory, memory_advice, prepare
from genodiff.runtime.logs import logger, warnings_only
from genodiff.runtime.seeds import job_seed
from genodiff.training.train_job import begin, read_cohorts
from genodiff.training.training import Training
from genodiff.tuning.judge import Judge, Worth
from genodiff.tuning.pruning import denoising_error, epochs_of
from genodiff.tuning.spaces.base import NETWORK, RECIPE, Parts
from genodiff.workflow.recipes import SAMPLING


@dataclass(frozen=True)
class TuneFiles:
    """Paths of training and validation individuals: tensor files, and their unpacked tensors."""

    layout: str
    train: str
    train_x: str
    validation: str
    validation_x: str

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file that determines the result."""
        return {name: file_hash(getattr(self, name)) for name in ("layout", "train", "validation")}


class Evaluation:
    """What all trials of a generator share: individuals, judge, seeds and device. Every trial has the
    same initial weights (where the network is the same), noise, order of individuals and subsets of
    real individuals, so that trials differ by their settings only.

    settings: of comparisons; memory_mb: of a batch of individuals while sampling.
    """

    def __init__(
        self, files: TuneFiles, backbone: str, settings: Comparison, seed: int, device: str,
        threads: int, memory_mb: int, plugins: Sequence[str] = (),
    ):  # fmt: skip
        self.backbone, self.seed, self.plugins = backbone, seed, plugins
        self.device, self.files = prepare(device, threads)[0], files
        keep_memory(self.device)
        self.layout = Layout.read(files.layout)
        self.resources = Resources(device, 1, threads, memory_mb)
        train, validation = (read_individuals(p, self.layout) for p in (files.train, files.validation))
        self.training_labels, self.validation = train.labels, validation
        budget = Budget(settings.memory_mb, self.device)
        self.judge = Judge(self.layout, train, validation, settings, budget, job_seed(seed, "judge"))

    @cached_property
    def noised(self) -> tuple[np.ndarray, np.ndarray]:
        """At most MOST validation individuals x float32 (n, D), and their class numbers int64 (n,)."""
        own: Individuals = self.validation
        chosen = np.random.default_rng(self.seed).permutation(len(own.x))[:MOST]
        return own.x[chosen][:, self.layout.mask()], self.layout.class_numbers(own.labels)[chosen]

    def __call__(self, parts: Parts, report: Callable[[int, float], None]) -> Worth:
        """What individuals with complete settings and recipe are worth (see `Judge.worth`), with the
        error of the network as a denoiser and its best epoch; `report` is called with epochs and errors
        on the way.

        Raises what `report` raises, InputError where the training diverges or memory is full, and
        FloatingPointError where the sampler diverges.
        """
        with memory_advice("diffusion.batch_size"):
            return self._worth(parts[NETWORK], parts[RECIPE], report)

    def _worth(
        self, settings: dict[str, Any], recipe: dict[str, Any], report: Callable[[int, float], None]
    ) -> Worth:
        pairs = (
            (self.files.train, self.files.train_x), (self.files.validation, self.files.validation_x),
        )  # fmt: skip
        training = begin(
            read_cohorts(pairs, self.layout, self.device), self.layout, self.backbone, settings,
            recipe, job_seed(self.seed, "train"), self.device, self.plugins,
        )  # fmt: skip
        measured = epochs_of(recipe["epochs"])

        def after_epoch(history: list[dict[str, Any]]) -> None:
            if len(history) in measured:
                report(len(history), self._error(training, recipe))

        training.on_epoch = (after_epoch,)
        trained = training.run()
        x, numbers = self._drawn(settings, recipe, trained.state)
        with warnings_only():  # hundreds of lines of each trial
            found = self.judge.worth(x, numbers)
        logger.info(
            "recovery %.3f (standard error %.3f), distance %.3f, strongest attack %s",
            found["recovery"], found["recovery_se"], found["closeness"], found["attack"],
        )  # fmt: skip
        # The network holds the weights of its best epoch now.
        error = self._restored(training.trainer.backbone, recipe)
        return found | {"denoising_error": error, "best_epoch": trained.best_epoch}

    def _error(self, training: Training, recipe: dict[str, Any]) -> float:
        return self._restored(training.trainer.eval_model, recipe)

    def _restored(self, network: Any, recipe: dict[str, Any]) -> float:
        denoiser = Denoiser(network, recipe, self.layout.mask(), self.device)
        restore = partial(denoiser.denoise, memory_mb=self.resources.memory_mb)
        return denoising_error(restore, *self.noised, self.seed)

    def _drawn(
        self, settings: dict[str, Any], recipe: dict[str, Any], weights: dict[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        """As many individuals as labelled training individuals, in their label mix: unmasked features
        float32 (N, D), and class numbers."""
        sampling = {key: recipe[key] for key in SAMPLING}
        generator = Diffusion(self.layout, self.backbone, settings, recipe, sampling)
        generator.plugins = self.plugins
        names = choose_labels(self.training_labels, self.layout.classes, SyntheticSize(None, 1, None))
        model = {name: value.cpu().numpy() for name, value in weights.items()}
        seed = job_seed(self.seed, "draw")
        blocks = list(generator.draw(model, self.layout.class_numbers(names), seed, self.resources))
        x = np.concatenate([own[:, self.layout.mask()] for own, _ in blocks])
        return x, np.concatenate([numbers for _, numbers in blocks])
