"""The steps of a training (noising, loss, optimiser, moving average of weights) and the validation loss.

Random streams depend only on the run's seed and the step, so that resumed and distributed trainings
reproduce an uninterrupted one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from genodiff.diffusion.predictions import build_prediction
from genodiff.diffusion.process import (
    add_noise,
    masked_difference,
    masked_noise,
    mean_absolute,
    mean_square,
    per_individual,
)
from genodiff.diffusion.schedule import NoiseSchedule
from genodiff.runtime.seeds import job_seed
from genodiff.training.augmentation import UNCHANGED, Augmentation
from genodiff.training.checkpoint import by_prefix, named, optimizer_tensors, restore_optimizer
from genodiff.training.dataset import Cohort
from genodiff.training.distributed import SINGLE_PROCESS, ProcessGroup

# Noise levels at which a mixing function lambda(t) is recorded.
MIXING_LEVELS = 50
# Noise levels are put into this many bins (fewer for fewer steps) where errors are recorded by level.
NOISE_BINS = 25
# Every validation individual is noised this often, at steps spread over all of T, the same every epoch.
_VALIDATION_DRAWS = 4
_VALIDATION_BATCH = 256
# Features of the individuals that are validated at once, unless a training step has more.
_VALIDATION_FEATURES = 2**22
# Longest half-life of the average of weights, as a share of the individuals seen.
EMA_RAMP = 0.05


@dataclass(frozen=True)
class TrainingSettings:
    """The keys of a recipe that concern training."""

    learning_rate: float
    warmup_steps: int
    epochs: int
    batch_size: int  # individuals, over all processes
    prediction: str = "noise"
    min_snr: float | None = None  # gamma of min-SNR weighting; None: all steps weigh the same
    # Half-life of the moving average of weights, in individuals seen; None: no average.
    ema_half_life: float | None = None
    gradient_clip: float | None = None  # largest norm of the gradient; None: no clipping
    # Mean and deviation of the logarithm of sigma, the ratio of noise to signal, in training steps;
    # None: all steps are as likely.
    log_sigma: dict[str, float] | None = None
    # Epochs without a lower validation loss after which the training ends; None: all are done.
    patience: int | None = None

    @classmethod
    def of(cls, recipe: dict[str, Any]) -> "TrainingSettings":
        """The training settings of a recipe (see genodiff.workflow.recipes)."""
        return cls(**{field.name: recipe[field.name] for field in fields(cls)})

    def steps(self, individuals: int) -> int:
        """Steps of a training on so many individuals."""
        return self.epochs * -(-individuals // self.batch_size)


def warmup_cosine(step: int, warmup: int, total: int) -> float:
    """Learning-rate factor: linear from 1/warmup to 1 over the warm-up steps, then a cosine to 0."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, total - warmup))))


class Validated(NamedTuple):
    """Mean loss and reconstruction error of validation individuals; and the latter in equal bins of the
    noise level, of the network and of a linear denoiser (None in a bin without steps)."""

    loss: float
    error: float
    by_noise: list[float | None]
    by_noise_linear: list[float | None]


class Trainer:
    """The state that the steps of one training share.

    mask: bool (P, K); steps: their number in the whole training; bfloat16: whether matrix products are
    computed in bfloat16 (weights stay float32); compiled: whether steps use torch.compile; augment: the
    changes of a step's individuals.
    """

    def __init__(
        self, backbone: nn.Module, schedule: NoiseSchedule, mask: Tensor, settings: TrainingSettings,
        seed: int, steps: int, group: ProcessGroup = SINGLE_PROCESS, bfloat16: bool = False,
        compiled: bool = False, augment: Augmentation = UNCHANGED,
    ):  # fmt: skip
        self.backbone, self.schedule, self.mask, self.settings = backbone, schedule, mask, settings
        self.seed, self.steps, self.group, self.bfloat16 = seed, steps, group, bfloat16
        self.augment = augment
        self.prediction = build_prediction(settings.prediction, schedule)
        self.generator = torch.Generator(mask.device)
        self.optimizer = torch.optim.Adam(backbone.parameters(), settings.learning_rate, fused=True)
        self.network = backbone
        if group.world > 1:
            # Buffers are the same in all processes, and stay so.
            self.network = DistributedDataParallel(backbone, forward_sync_buffers=False)
        if compiled:
            # Once for each of two batch sizes: the last batch of an epoch may be smaller.
            self.network = torch.compile(self.network, dynamic=False)
        self.average = None
        if settings.ema_half_life is not None:
            self.average = AveragedModel(backbone, multi_avg_fn=self._into_average)
        self.done = 0  # steps
        # Sums of this epoch: losses, reconstruction errors, number of individuals.
        self.totals = torch.zeros(3, dtype=torch.float64, device=mask.device)

    def _into_average(self, averaged: list[Tensor], current: list[Tensor], steps: Tensor) -> None:
        """Move averaged weights towards the current ones, after so many `steps`. The half-life is at
        most EMA_RAMP of the individuals seen (Karras et al. 2022): initial weights are forgotten."""
        seen = (int(steps) + 1) * self.settings.batch_size
        half_life = min(self.settings.ema_half_life, EMA_RAMP * seen)
        decay = 0.5 ** (self.settings.batch_size / half_life)
        get_ema_multi_avg_fn(decay)(averaged, current, steps)

    @property
    def eval_model(self) -> nn.Module:
        """The network that is validated and saved: the moving average if there is one."""
        return self.backbone if self.average is None else self.average.module

    def learning_rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return self.settings.learning_rate * warmup_cosine(step, self.settings.warmup_steps, self.steps)

    def _restart(self, what: str) -> torch.Generator:
        """The generator, restarted at the seed of the stream `what` for this step."""
        # A seed has 32 bits.
        return self.generator.manual_seed((job_seed(self.seed, what) + self.done) % 2**32)

    def _seed_dropout(self) -> None:
        """Restart the global stream, from which layers draw. (torch.manual_seed would restart those of
        unused devices as well, and keep a traceback of each call.)"""
        seed = job_seed(self.seed, "dropout", self.done, self.group.rank)
        on_gpu = self.mask.device.type == "cuda"
        (torch.cuda if on_gpu else torch.default_generator).manual_seed(seed)

    def errors(
        self, network: nn.Module, x: Tensor, labels: Tensor, t: Tensor, noise: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Masked loss of one batch at steps t int64 (B,), and each individual's reconstruction error
        (B,), detached."""
        prediction = self.prediction
        x_t = add_noise(self.schedule, x, noise, t)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bfloat16):
            output = network(x_t, self.schedule.level(t), labels)
        predicted = prediction.from_output(x_t, output.float(), t)
        weights = prediction.loss_weights(self.settings.min_snr, t)
        difference = masked_difference(predicted, prediction.target(x, noise, t), self.mask)
        errors = mean_absolute(difference.detach(), self.mask) * prediction.recovery_scale(t)
        return mean_square(difference, self.mask, weights), errors

    def step(self, individuals: int, x: Tensor, labels: Tensor) -> None:
        """One step on a batch of so many `individuals`, of which this process has x float32 (B, P, K)
        and labels int64 (B,); see `train_epoch`."""
        rows, count = self._rows(individuals)
        generator, device = self._restart("step"), self.mask.device
        # Random numbers of the whole batch, of which a process uses its share.
        t = self.times(individuals, generator)
        noise = torch.empty(individuals, *self.mask.shape, device=device)
        noise = masked_noise(noise, self.mask, generator)
        # Last, so that steps and noise are the same with and without it.
        x, labels = self.augment(x, labels, individuals, rows, generator)
        self._seed_dropout()
        self.network.train()
        loss, errors = self.errors(self.network, x, labels, t[rows], noise[rows])
        # Gradients are averaged over processes, so that each is weighted by its number of individuals.
        share = count / individuals
        self.optimizer.zero_grad(set_to_none=True)
        (loss * (share * self.group.world)).backward()
        if self.settings.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.backbone.parameters(), self.settings.gradient_clip)
        self.optimizer.param_groups[0]["lr"] = self.learning_rate(self.done)
        self.optimizer.step()
        if self.average is not None:
            self.average.update_parameters(self.backbone)
        if count:
            self.totals += torch.stack(
                [loss.detach() * count, errors.sum(), torch.full_like(loss, count)]
            ).detach()
        self.done += 1

    def times(self, individuals: int, generator: torch.Generator) -> Tensor:
        """Random steps int64 (individuals,)."""
        device, own = self.mask.device, self.settings.log_sigma
        if own is None:
            return torch.randint(self.schedule.steps, (individuals,), generator=generator, device=device)
        drawn = torch.randn(individuals, generator=generator, device=device)
        return self.schedule.nearest(own["mean"] + own["deviation"] * drawn)

    def _rows(self, individuals: int) -> tuple[slice, int]:
        """This process's rows of a batch, and their number; a process without any, in a small batch,
        takes one row of weight zero."""
        rows, count = self.group.share(individuals)
        return (rows, count) if count else (slice(1), 0)

    def batches(self, individuals: int, epoch: int) -> tuple[Tensor, ...]:
        """Row numbers of each batch of an epoch (from 1), int64 on the CPU: a random order."""
        generator = torch.Generator().manual_seed(job_seed(self.seed, "order", epoch))
        return torch.randperm(individuals, generator=generator).split(self.settings.batch_size)

    def train_epoch(self, cohort: Cohort, epoch: int) -> Iterator[None]:
        """The remaining steps of an epoch (from 1), rows in random order; yields after each step."""
        batches = self.batches(len(cohort), epoch)
        left = batches[self.done - (epoch - 1) * len(batches) :]
        shares = (batch[self._rows(len(batch))[0]] for batch in left)
        for batch, (x, labels) in zip(left, cohort.batches(shares, self.mask.device), strict=True):
            self.step(len(batch), x, labels)
            yield

    def take_totals(self) -> tuple[float, float]:
        """Mean loss and reconstruction error of the individuals since the last call, of all
        processes."""
        loss, error, individuals = self.group.sum(self.totals).tolist()
        self.totals.zero_()
        return loss / individuals, error / individuals

    @torch.no_grad()
    def validate(self, cohort: Cohort) -> Validated:
        """Loss and errors of the individuals, with the same noise and steps at every call."""
        network, device = self.eval_model.eval(), self.mask.device
        bins = min(NOISE_BINS, self.schedule.steps)
        loss_sum = torch.zeros((), dtype=torch.float64, device=device)
        sums, linear, counts = torch.zeros(3, bins, dtype=torch.float64, device=device)
        for rows, t, noise in self._validation_noise(len(cohort)):
            share, count = self.group.share(len(rows))
            if not count:
                continue
            x, labels = cohort.rows(rows[share], device)
            loss, errors = self.errors(network, x, labels, t[share], noise[share])
            loss_sum += count * loss
            bin_numbers = t[share] * bins // self.schedule.steps
            sums.index_add_(0, bin_numbers, errors.double())
            linear.index_add_(0, bin_numbers, self._linear_errors(x, t[share], noise[share]).double())
            counts.index_add_(0, bin_numbers, torch.ones_like(errors).double())
        for values in (loss_sum, sums, linear, counts):
            self.group.sum(values)
        by_noise, by_noise_linear = (
            [s / c if c else None for s, c in zip(own.tolist(), counts.tolist(), strict=True)]
            for own in (sums, linear)
        )
        total = len(cohort) * _VALIDATION_DRAWS
        return Validated(float(loss_sum / total), float(sums.sum() / total), by_noise, by_noise_linear)

    def _linear_errors(self, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """Reconstruction errors (B,) of sqrt(alpha_bar) x_t, the best linear denoiser of independent
        features with variance 1."""
        x_t = add_noise(self.schedule, x, noise, t)
        recovered = per_individual(self.schedule.alpha_bar[t].sqrt(), x_t) * x_t
        return mean_absolute(masked_difference(recovered, x, self.mask), self.mask)

    def _validation_noise(self, individuals: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Batches of row numbers int64 (B,) on the CPU, their steps int64 (B,) and noise (B, P, K); of
        large individuals as many as in a training step, for which memory suffices."""
        device, steps = self.mask.device, self.schedule.steps
        most = max(self.settings.batch_size, _VALIDATION_FEATURES // self.mask.numel())
        generator = torch.Generator(device).manual_seed(job_seed(self.seed, "validation"))
        for draw in range(_VALIDATION_DRAWS):
            position = (
                torch.arange(individuals, device=device) * _VALIDATION_DRAWS + draw + 0.5
            ) / individuals
            t = (position / _VALIDATION_DRAWS * steps).long()
            t = t[torch.randperm(individuals, generator=generator, device=device)]
            for rows in torch.arange(individuals).split(_VALIDATION_BATCH):
                room = torch.empty(len(rows), *self.mask.shape, device=device)
                noise = masked_noise(room, self.mask, generator)
                parts = (values.split(most) for values in (rows, t[rows.to(device)], noise))
                yield from zip(*parts, strict=True)

    @torch.no_grad()
    def mixing(self) -> list[float] | None:
        """lambda at MIXING_LEVELS evenly spaced noise levels up to 1, for backbones that mix."""
        if not hasattr(self.eval_model, "mixing"):
            return None
        levels = torch.arange(1, MIXING_LEVELS + 1, device=self.mask.device) / MIXING_LEVELS
        return self.eval_model.mixing(levels).tolist()

    def state(self) -> dict[str, Tensor]:
        """All tensors that resuming from this step needs, by name, not copied."""
        tensors = named("weights", self.backbone.state_dict())
        if self.average is not None:
            tensors |= named("average", self.average.state_dict())
        tensors |= named("optimizer", optimizer_tensors(self.optimizer))
        return tensors | {"totals": self.totals}

    def load_state(self, tensors: dict[str, Tensor], done: int) -> None:
        """Restore tensors by the names of `state`, after `done` steps."""
        parts = by_prefix(tensors)
        self.backbone.load_state_dict(parts["weights"])
        if self.average is not None:
            self.average.load_state_dict(parts["average"])
        restore_optimizer(self.optimizer, parts["optimizer"])
        # The state holds the sums of rank 0 only: the other processes go on from zero.
        if self.group.rank == 0:
            self.totals.copy_(tensors["totals"])
        self.done = done
