"""Diffusion models with a proof: a network of the panel, which training individuals move by private
steps."""

import math
from typing import Any

import numpy as np
import torch

from genodiff.diffusion.schedule import build_schedule
from genodiff.formats.tensors import Individuals, Layout
from genodiff.generators.base import Blocks, Resources
from genodiff.generators.diffusion import Diffusion
from genodiff.generators.private import PrivateGenerator
from genodiff.privacy.budget import Use, calibrated
from genodiff.privacy.mechanism import secret_seed
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.training.augmentation import Augmentation
from genodiff.training.dataset import Cohort
from genodiff.training.private import PrivateSteps, PrivateTraining, class_embeddings
from genodiff.training.trainer import Trainer, TrainingSettings
from genodiff.training.training import Training

# Share of the panel by which the epoch of its network is chosen.
_VALIDATION = 0.1


class DiffusionDp(PrivateGenerator):
    """A denoising network that is trained on the panel, whose individuals have no labels; then, where it
    starts from a prior, given class means with noise; then trained by steps with noise (see
    `training.private`).

    backbone, settings, diffusion, sampling: as of `Diffusion`; `diffusion` is the recipe on the panel,
    whose scores are not shrunk. dp_sgd: the private steps.
    """

    def __init__(
        self, layout: Layout, privacy: dict[str, float], backbone: str, settings: dict[str, Any],
        diffusion: dict[str, Any], dp_sgd: dict[str, Any], sampling: dict[str, Any] | None = None,
    ):  # fmt: skip
        super().__init__(layout, privacy)
        self.diffusion = Diffusion(layout, backbone, settings, diffusion, sampling)
        self.recipe, self.steps = self.diffusion.recipe, PrivateSteps(**dp_sgd)

    def network(self) -> torch.nn.Module:
        """The network, with weights that are not trained."""
        self.diffusion.plugins = self.plugins
        return self.diffusion.network()

    def draw(
        self, model: dict[str, np.ndarray], numbers: np.ndarray, seed: int, resources: Resources
    ) -> Blocks:
        """As `Diffusion.draw`."""
        self.diffusion.plugins = self.plugins
        return self.diffusion.draw(model, numbers, seed, resources)

    def fit_private(self, training: Individuals) -> dict[str, np.ndarray]:
        """The weights of the network. Raises InputError where nothing would tell it of classes."""
        prepare("cpu", self.threads)
        seed = secret_seed() % 2**32
        torch.manual_seed(seed)  # initial weights
        network, numbers = self.network(), self.layout.class_numbers(training.labels)
        has_prior = hasattr(network, "shift_classes")
        if not (has_prior or self.steps.epochs):
            raise InputError(
                f"dp_sgd.epochs: with 0 the network {self.diffusion.backbone} learns nothing of "
                "classes, whose means only networks with a prior take (gene_mixer); give 1 or more"
            )
        self.uses = self._uses(has_prior)
        trainer = self._trained_on_panel(network, seed)
        if has_prior:
            means = self.class_means(training.x, numbers, self.uses[0])
            network.shift_classes(means, np.bincount(numbers, minlength=len(means)))
        _start_classes(network, len(self.layout.classes))
        if self.steps.epochs:
            own = Cohort(torch.from_numpy(training.x), torch.from_numpy(numbers))
            parameters = dict(network.named_parameters())
            if self.steps.moves == "classes":
                parameters = class_embeddings(network, len(self.layout.classes))
            PrivateTraining(trainer, parameters, self.steps, self.noisy).run(own, self.uses[-1])
        return {name: value.cpu().numpy() for name, value in network.state_dict().items()}

    def _uses(self, has_prior: bool) -> list[Use]:
        """Class means and steps, each with about the noise that half of the budget allows."""
        uses = [Use("sums of components by class", 1.0)] * has_prior
        uses += [self.steps.use()] * (self.steps.epochs > 0)
        if math.isfinite(self.epsilon):
            uses = [calibrated([use], self.epsilon / len(uses), self.delta)[0] for use in uses]
        return calibrated(uses, self.epsilon, self.delta)

    def _trained_on_panel(self, network: torch.nn.Module, seed: int) -> Trainer:
        """Train the network on the panel; its validation individuals are of the panel too."""
        panel, mask = torch.from_numpy(self.panel), torch.from_numpy(self.layout.mask())
        unlabelled = torch.full((len(panel),), len(self.layout.classes))
        count = max(1, round(_VALIDATION * len(panel)))
        order = torch.randperm(len(panel), generator=torch.Generator().manual_seed(seed))
        validation, own = (
            Cohort(panel[part], unlabelled[part]) for part in (order[:count], order[count:])
        )
        logger.info("%d individuals of the panel for training, %d for validation", len(own), count)
        if hasattr(network, "prepare"):
            network.prepare(own.x.numpy(), own.labels.numpy(), self.layout.mask())
        settings = TrainingSettings.of(self.recipe)
        trainer = Trainer(
            network, build_schedule(**self.recipe["schedule"]), mask, settings, seed,
            settings.steps(len(own)),
            augment=Augmentation.of(self.recipe, self.layout, mask.device),
        )  # fmt: skip
        Training(trainer, own, validation).run()
        return trainer


@torch.no_grad()
def _start_classes(network: torch.nn.Module, classes: int) -> None:
    """Start classes, which the panel does not have, as what it has: individuals without a label."""
    for embedding in class_embeddings(network, classes).values():
        embedding[:] = embedding[-1].clone()
