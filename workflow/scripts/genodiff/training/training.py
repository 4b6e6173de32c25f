"""Training of a backbone, from the first step or a checkpoint, to its best epoch by validation loss."""

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
from genodiff.training.checkpoint import Checkpoints, State, by_prefix, named
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
    """One training: its steps, its best epoch and history so far, and its checkpoints.

    checkpoints: None to save none; stop: returns True if the training is to save its state and end;
    on_epoch: functions that are called with the history after each epoch.
    """

    def __init__(
        self, trainer: Trainer, training: Cohort, validation: Cohort,
        checkpoints: Checkpoints | None = None, stop: Callable[[], bool] = lambda: False,
        on_epoch: Sequence[Callable[[list[dict]], None]] = (),
    ):  # fmt: skip
        self.trainer, self.training, self.validation = trainer, training, validation
        self.checkpoints, self.stop, self.on_epoch = checkpoints, stop, on_epoch
        self.result = Trained()
        self._began = (monotonic(), 0)  # time, step

    def run(self) -> Trained:
        """Train to the end; the backbone then holds the weights of the best epoch.

        Raises InputError if a loss or weight is not finite, and Stopped after a request to stop.
        """
        self._resume()
        trainer, epochs = self.trainer, self.trainer.settings.epochs
        steps = progress(self._steps(epochs), trainer.steps, "training steps", trainer.done, self._note)
        for _ in steps:
            pass
        logger.info("best epoch %d, validation loss %.4f", self.result.best_epoch, self.result.best_loss)
        trainer.backbone.load_state_dict(self.result.state)
        return self.result

    def _steps(self, epochs: int) -> Iterator[None]:
        for epoch in range(len(self.result.history) + 1, epochs + 1):
            for _ in self.trainer.train_epoch(self.training, epoch):
                self._after_step()
                yield
            self._end_epoch(epoch)
            if self._out_of_patience(epoch):
                return

    def _out_of_patience(self, epoch: int) -> bool:
        """Whether the training ends after this epoch, before its last one. All processes have the same
        validation loss, so that they agree."""
        patience, epochs = self.trainer.settings.patience, self.trainer.settings.epochs
        if patience is None or epoch - self.result.best_epoch < patience or epoch == epochs:
            return False
        logger.info(
            "training ends after epoch %d of %d: the validation loss has not fallen for %d epochs, as "
            "diffusion.patience says", epoch, epochs, patience,
        )  # fmt: skip
        return True

    def _after_step(self) -> None:
        stop = self.stop()
        saves = self.checkpoints is not None and self.trainer.group.rank == 0
        if saves and (stop or self.checkpoints.due()):
            self._save()
        if stop:
            where = (
                f"its state is in {self.checkpoints.folder}" if self.checkpoints else "nothing is kept"
            )
            raise Stopped(
                f"stopped on request after step {self.trainer.done} of {self.trainer.steps}; "
                f"{where}: run the same command to go on"
            )

    def _end_epoch(self, epoch: int) -> None:
        trainer, result = self.trainer, self.result
        loss, error = trainer.take_totals()
        validation_loss, validation_error, by_noise, linear = trainer.validate(self.validation)
        if not (math.isfinite(loss) and math.isfinite(validation_loss)):
            self._diverged(epoch, f"loss {loss}, validation loss {validation_loss}")
        result.history.append(
            {
                "epoch": epoch,
                "individuals_seen": epoch * len(self.training),
                "learning_rate": trainer.learning_rate(trainer.done - 1),
                "train_loss": loss,
                "validation_loss": validation_loss,
                "train_reconstruction_error": error,
                "validation_reconstruction_error": validation_error,
                "validation_error_by_noise": by_noise,
                "linear_error_by_noise": linear,
                "mixing": trainer.mixing(),
            }
        )
        if validation_loss < result.best_loss:
            result.best_loss, result.best_epoch = validation_loss, epoch
            result.state = {}  # the last best leaves memory first
            result.state = {name: v.clone() for name, v in trainer.eval_model.state_dict().items()}
        for function in self.on_epoch:
            function(result.history)
        if epoch == 1 or epoch % max(1, trainer.settings.epochs // 10) == 0:
            logger.info(
                "epoch %d: loss %.4f, validation %.4f (%.3f of it), reconstruction error %.4f, "
                "validation %.4f", epoch, loss, validation_loss, validation_loss / loss, error,
                validation_error,
            )  # fmt: skip

    def _diverged(self, epoch: int, values: str) -> NoReturn:
        kept = ""
        if self.checkpoints is not None and self.checkpoints.folder.exists():
            kept = f", and delete {self.checkpoints.folder}, where the last good state is"
        raise InputError(
            f"epoch {epoch}: {values}: training has diverged; lower diffusion.learning_rate or raise "
            f"diffusion.warmup_steps{kept}"
        )

    def _note(self) -> str:
        """Epoch, mean loss of the epoch so far, and speed, for the progress bar and the log."""
        trainer = self.trainer
        began, first = self._began
        individuals = (trainer.done - first) * trainer.settings.batch_size
        loss, _, count = trainer.totals.tolist()
        mean = f", loss {loss / count:.4f}" if count else ""
        epoch, patience = min(len(self.result.history) + 1, trainer.settings.epochs), ""
        if trainer.settings.patience is not None:
            last = self.result.best_epoch + trainer.settings.patience
            if last < trainer.settings.epochs:
                patience = f" (the last is {last} unless the validation loss falls)"
        speed = individuals / max(monotonic() - began, 1e-9)
        return f"epoch {epoch}{patience}{mean}, {speed:.4g} individuals/s"

    def _save(self) -> None:
        trainer, result = self.trainer, self.result
        # The weights may not be finite although the loss before them was.
        values = [trainer.totals, *trainer.backbone.parameters()]
        if not all(torch.isfinite(value).all() for value in values):
            self._diverged(len(result.history) + 1, "loss or weights are not finite")
        best = named("best", result.state)
        facts = {
            "done": trainer.done, "history": result.history, "best_epoch": result.best_epoch,
            # JSON has no infinity.
            "best_loss": result.best_loss if result.best_epoch else None,
        }  # fmt: skip
        self.checkpoints.save(State(trainer.state() | best, facts))

    def _resume(self) -> None:
        state = self.checkpoints.load() if self.checkpoints is not None else None
        if state is None:
            return
        facts = state.facts
        self.trainer.load_state(state.tensors, facts["done"])
        best = by_prefix(state.tensors)["best"]
        loss = facts["best_loss"] if facts["best_epoch"] else math.inf
        device = self.trainer.mask.device
        best = {name: value.to(device, copy=True) for name, value in best.items()}
        self.result = Trained(best, facts["best_epoch"], loss, facts["history"])
        self._began = (monotonic(), facts["done"])
        if self.result.history:
            for function in self.on_epoch:
                function(self.result.history)
        logger.info(
            "going on after step %d of %d, epoch %d", facts["done"], self.trainer.steps,
            len(facts["history"]) + 1,
        )  # fmt: skip
