"""Training of a backbone from its first step, or from where it was, to its best epoch by validation."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NoReturn

import torch
from torch import Tensor

from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.signals import Stopped
from genodiff.training.checkpoint import Checkpoints, State
from genodiff.training.dataset import Cohort
from genodiff.training.trainer import Trainer


@dataclass
class Trained:
    """The best epoch's weights and the history, one dict per epoch (see formats.history)."""

    state: dict[str, Tensor] = field(default_factory=dict)
    best_epoch: int = 0
    best_loss: float = math.inf
    history: list[dict] = field(default_factory=list)


class Training:
    """One training: its steps, what it has found so far, and where its state is kept.

    `checkpoints` None: no state is kept; `stop` says whether to save and end; each of `on_epoch` gets
    the history after each epoch.
    """

    def __init__(
        self, trainer: Trainer, training: Cohort, validation: Cohort,
        checkpoints: Checkpoints | None = None, stop: Callable[[], bool] = lambda: False,
        on_epoch: Sequence[Callable[[list[dict]], None]] = (),
    ):  # fmt: skip
        self.trainer, self.training, self.validation = trainer, training, validation
        self.checkpoints, self.stop, self.on_epoch = checkpoints, stop, on_epoch
        self.found = Trained()
        self._began = (monotonic(), 0)  # when, at which step

    def run(self) -> Trained:
        """Train to the end; the backbone then holds the best epoch's weights.

        Raises InputError when a loss is no longer finite, and Stopped after a request to stop.
        """
        self._resume()
        trainer, epochs = self.trainer, self.trainer.settings.epochs
        steps = progress(self._steps(epochs), trainer.steps, "training steps", trainer.done, self._note)
        for _ in steps:
            pass
        logger.info("best epoch %d, validation loss %.4f", self.found.best_epoch, self.found.best_loss)
        trainer.backbone.load_state_dict(self.found.state)
        return self.found

    def _steps(self, epochs: int) -> Iterator[None]:
        for epoch in range(len(self.found.history) + 1, epochs + 1):
            for _ in self.trainer.train_epoch(self.training, epoch):
                self._after_step()
                yield
            self._end_epoch(epoch)

    def _after_step(self) -> None:
        stop = self.stop()
        saves = self.checkpoints is not None and self.trainer.ranks.rank == 0
        if saves and (stop or self.checkpoints.due()):
            self._save()
        if stop:
            where = (
                f"its state is in {self.checkpoints.folder}" if self.checkpoints else "nothing is kept"
            )
            raise Stopped(
                f"stopped on request (SIGTERM) after step {self.trainer.done} of {self.trainer.steps}; "
                f"{where}: run the same command to go on"
            )

    def _end_epoch(self, epoch: int) -> None:
        trainer, found = self.trainer, self.found
        loss, error = trainer.take_totals()
        validation_loss, validation_error, by_noise = trainer.validate(self.validation)
        if not (math.isfinite(loss) and math.isfinite(validation_loss)):
            self._diverged(epoch, f"loss {loss}, validation loss {validation_loss}")
        found.history.append(
            {
                "epoch": epoch,
                "individuals_seen": epoch * len(self.training),
                "learning_rate": trainer.learning_rate(trainer.done - 1),
                "train_loss": loss,
                "validation_loss": validation_loss,
                "train_reconstruction_error": error,
                "validation_reconstruction_error": validation_error,
                "validation_error_by_noise": by_noise,
                "mixing": trainer.mixing(),
            }
        )
        if validation_loss < found.best_loss:
            found.best_loss, found.best_epoch = validation_loss, epoch
            found.state = {name: v.clone() for name, v in trainer.judged.state_dict().items()}
        for tell in self.on_epoch:
            tell(found.history)
        if epoch == 1 or epoch % max(1, trainer.settings.epochs // 10) == 0:
            logger.info(
                "epoch %d: loss %.4f, validation %.4f, reconstruction error %.4f, validation %.4f",
                epoch, loss, validation_loss, error, validation_error,
            )  # fmt: skip

    def _diverged(self, epoch: int, what: str) -> NoReturn:
        kept = ""
        if self.checkpoints is not None and self.checkpoints.folder.exists():
            kept = f", and delete {self.checkpoints.folder}, where the last good state is"
        raise InputError(
            f"epoch {epoch}: {what}: training has diverged; lower diffusion.learning_rate or raise "
            f"diffusion.warmup_steps{kept}"
        )

    def _note(self) -> str:
        """For the progress bar and the log: where it is, the loss so far, and how fast."""
        trainer = self.trainer
        since, first = self._began
        individuals = (trainer.done - first) * trainer.settings.batch_size
        loss, _, count = trainer.totals.tolist()
        mean = f", loss {loss / count:.4f}" if count else ""
        epoch = min(len(self.found.history) + 1, trainer.settings.epochs)
        speed = individuals / max(monotonic() - since, 1e-9)
        return f"epoch {epoch}{mean}, {speed:.4g} individuals/s"

    def _save(self) -> None:
        trainer, found = self.trainer, self.found
        # A loss may be finite, and the weights that it led to not.
        values = [trainer.totals, *trainer.backbone.parameters()]
        if not all(torch.isfinite(value).all() for value in values):
            self._diverged(len(found.history) + 1, "loss or weights are not finite")
        best = {f"best/{name}": value for name, value in found.state.items()}
        facts = {
            "done": trainer.done, "history": found.history, "best_epoch": found.best_epoch,
            # JSON has no infinity.
            "best_loss": found.best_loss if found.best_epoch else None,
        }  # fmt: skip
        self.checkpoints.save(State(trainer.state() | best, facts))

    def _resume(self) -> None:
        state = self.checkpoints.load() if self.checkpoints is not None else None
        if state is None:
            return
        facts = state.facts
        own = {name: v for name, v in state.tensors.items() if not name.startswith("best/")}
        self.trainer.load_state(own, facts["done"])
        best = {n.removeprefix("best/"): v for n, v in state.tensors.items() if n.startswith("best/")}
        loss = facts["best_loss"] if facts["best_epoch"] else math.inf
        place = self.trainer.mask.device
        best = {name: value.to(place) for name, value in best.items()}
        self.found = Trained(best, facts["best_epoch"], loss, facts["history"])
        self._began = (monotonic(), facts["done"])
        if self.found.history:
            for tell in self.on_epoch:
                tell(self.found.history)
        logger.info(
            "going on after step %d of %d, epoch %d", facts["done"], self.trainer.steps,
            len(facts["history"]) + 1,
        )  # fmt: skip
