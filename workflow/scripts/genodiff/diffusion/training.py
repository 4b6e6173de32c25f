"""Training of a backbone: noise prediction, masked loss, the best epoch by validation kept."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from genodiff.diffusion.process import (
    add_noise,
    masked_absolute_errors,
    masked_noise,
    masked_square_error,
    recover,
)
from genodiff.diffusion.schedule import NoiseSchedule
from genodiff.logs import logger, progress

# Noise levels at which a mixing function lambda(t) is recorded.
MIXING_LEVELS = 50
# Noise levels are put into this many bins (fewer for fewer steps) where errors are recorded by level.
NOISE_BINS = 25
# Every validation person is noised this often, at steps spread over all of T, the same every epoch.
_VALIDATION_DRAWS = 4
_VALIDATION_BATCH = 256


@dataclass(frozen=True)
class Cohort:
    """People on the training device: x float32 (N, P, K), class numbers int64 (N,)."""

    x: Tensor
    labels: Tensor


@dataclass(frozen=True)
class TrainingSettings:
    """What a recipe says about training."""

    learning_rate: float
    warmup_steps: int
    epochs: int
    batch_size: int


@dataclass
class Trained:
    """The best epoch's weights and the history, one dict per epoch (see formats.models)."""

    state: dict[str, Tensor]
    best_epoch: int
    history: list[dict] = field(default_factory=list)


def warmup_cosine(step: int, warmup: int, total: int) -> float:
    """Learning-rate factor: linear from 1/warmup to 1 over the warm-up steps, then a cosine to 0."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, total - warmup))))


class Trainer:
    """Holds what the steps of one training share. `mask` bool (P, K)."""

    def __init__(
        self, backbone: nn.Module, schedule: NoiseSchedule, mask: Tensor, settings: TrainingSettings,
        seed: int,
    ):  # fmt: skip
        self.backbone, self.schedule, self.mask, self.settings = backbone, schedule, mask, settings
        self.generator = torch.Generator(mask.device).manual_seed(seed)
        self.validation_seed = seed + 1
        self.optimizer = torch.optim.Adam(backbone.parameters(), settings.learning_rate, fused=True)

    def errors(self, x: Tensor, labels: Tensor, t: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Masked loss of one batch at steps t int64 (B,), and each person's reconstruction error (B,),
        detached."""
        x_t = add_noise(self.schedule, x, noise, t)
        predicted = self.backbone(x_t, self.schedule.level(t), labels)
        loss = masked_square_error(predicted, noise, self.mask)
        recovered = recover(self.schedule, x_t, predicted.detach(), t, self.mask)
        return loss, masked_absolute_errors(recovered, x, self.mask)

    def train_epoch(self, cohort: Cohort, factor: Callable[[], float]) -> tuple[float, float]:
        """One pass over the cohort in random order; mean loss and reconstruction error."""
        self.backbone.train()
        n, device = len(cohort.x), cohort.x.device
        order = torch.randperm(n, generator=self.generator, device=device)
        totals = torch.zeros(2, dtype=torch.float64, device=device)
        for batch in order.split(self.settings.batch_size):
            x = cohort.x[batch]
            t = torch.randint(self.schedule.steps, (len(x),), generator=self.generator, device=device)
            noise = masked_noise(x, self.mask, self.generator)
            loss, errors = self.errors(x, cohort.labels[batch], t, noise)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.param_groups[0]["lr"] = self.settings.learning_rate * factor()
            self.optimizer.step()
            totals += len(x) / n * torch.stack([loss.detach(), errors.mean()])
        return tuple(totals.tolist())

    @torch.no_grad()
    def validate(self, cohort: Cohort) -> tuple[float, float, list[float | None]]:
        """Mean loss and reconstruction error, and the latter in equal bins of the noise level; the same
        noise and steps at every call."""
        self.backbone.eval()
        device, n = cohort.x.device, len(cohort.x)
        generator = torch.Generator(device).manual_seed(self.validation_seed)
        loss_sum = torch.zeros((), dtype=torch.float64, device=device)
        bins = min(NOISE_BINS, self.schedule.steps)
        sums, counts = torch.zeros(2, bins, dtype=torch.float64, device=device)
        for draw in range(_VALIDATION_DRAWS):
            place = (torch.arange(n, device=device) * _VALIDATION_DRAWS + draw + 0.5) / n
            steps = (place / _VALIDATION_DRAWS * self.schedule.steps).long()
            steps = steps[torch.randperm(n, generator=generator, device=device)]
            for rows in torch.arange(n, device=device).split(_VALIDATION_BATCH):
                x, t = cohort.x[rows], steps[rows]
                noise = masked_noise(x, self.mask, generator)
                loss, errors = self.errors(x, cohort.labels[rows], t, noise)
                loss_sum += len(rows) * loss
                sums.index_add_(0, t * bins // self.schedule.steps, errors.double())
                counts.index_add_(0, t * bins // self.schedule.steps, torch.ones_like(errors).double())
        # None in a bin that no step fell into.
        by_noise = [s / c if c else None for s, c in zip(sums.tolist(), counts.tolist(), strict=True)]
        total = n * _VALIDATION_DRAWS
        return float(loss_sum / total), float(sums.sum() / total), by_noise

    @torch.no_grad()
    def mixing(self) -> list[float] | None:
        """lambda at MIXING_LEVELS evenly spaced noise levels up to 1, for backbones that mix."""
        if not hasattr(self.backbone, "mixing"):
            return None
        levels = torch.arange(1, MIXING_LEVELS + 1, device=self.mask.device) / MIXING_LEVELS
        return self.backbone.mixing(levels).tolist()


def train(
    backbone: nn.Module, schedule: NoiseSchedule, mask: Tensor, training: Cohort, validation: Cohort,
    settings: TrainingSettings, seed: int,
) -> Trained:  # fmt: skip
    """Train `backbone` in place and return its best epoch (least validation loss) and the history.

    Raises FloatingPointError when a loss is no longer finite.
    """
    trainer = Trainer(backbone, schedule, mask, settings, seed)
    batches = -(-len(training.x) // settings.batch_size)
    total, done = settings.epochs * batches, 0

    def factor() -> float:
        nonlocal done
        done += 1
        return warmup_cosine(done - 1, settings.warmup_steps, total)

    result, best = Trained({}, 0), math.inf
    for epoch in progress(range(1, settings.epochs + 1), settings.epochs, "epochs"):
        loss, error = trainer.train_epoch(training, factor)
        validation_loss, validation_error, by_noise = trainer.validate(validation)
        if not math.isfinite(loss) or not math.isfinite(validation_loss):
            raise FloatingPointError(
                f"epoch {epoch}: loss {loss}, validation loss {validation_loss}: training has diverged; "
                "lower diffusion.learning_rate or raise diffusion.warmup_steps"
            )
        result.history.append(
            {
                "epoch": epoch,
                "people_seen": epoch * len(training.x),
                "learning_rate": trainer.optimizer.param_groups[0]["lr"],
                "train_loss": loss,
                "validation_loss": validation_loss,
                "train_reconstruction_error": error,
                "validation_reconstruction_error": validation_error,
                "validation_error_by_noise": by_noise,
                "mixing": trainer.mixing(),
            }
        )
        if validation_loss < best:
            best, result.best_epoch = validation_loss, epoch
            result.state = deepcopy(backbone.state_dict())
        if epoch == 1 or epoch % max(1, settings.epochs // 10) == 0:
            logger.info(
                "epoch %d: loss %.4f, validation %.4f, reconstruction error %.4f, validation %.4f",
                epoch, loss, validation_loss, error, validation_error,
            )  # fmt: skip
    logger.info(
        "best epoch %d, validation loss %.4f (%.4f: the best linear guess for independent slots)",
        result.best_epoch, best, float(schedule.alpha_bar.mean()),
    )  # fmt: skip
    backbone.load_state_dict(result.state)
    return result
