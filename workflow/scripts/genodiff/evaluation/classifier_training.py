"""Training of a classifier, with its best evaluation on the validation individuals."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from genodiff.evaluation.batches import Batches
from genodiff.networks.classifiers import TEST_BATCH
from genodiff.runtime.logs import logger, progress
from genodiff.runtime.signals import Stopped
from genodiff.training.checkpoint import (
    Checkpoints,
    State,
    by_prefix,
    named,
    optimizer_tensors,
    restore_optimizer,
)


@dataclass(frozen=True)
class ClassifierTraining:
    """The training budget, the same for every dataset."""

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    evaluations: int  # number of evaluations on the validation individuals


def balanced_batches(
    labels: np.ndarray, classes: int, batch_size: int, steps: int, rng: np.random.Generator,
    files: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Row numbers int64 (steps, batch_size) with each class equally frequent on average (oversampling),
    from `labels` int (N,), and within a class each of the `files`, int (N,), that has individuals of it.

    All individuals of a class and file are drawn in random order before one of them is drawn again.
    """
    wanted = rng.permutation(np.arange(steps * batch_size) % classes)
    rows = np.empty(steps * batch_size, np.int64)
    files = np.zeros(len(labels), np.int64) if files is None else files
    for number in range(classes):
        entries = np.flatnonzero(wanted == number)
        sources = np.unique(files[labels == number])
        if not len(sources):
            raise ValueError(f"no individual of class {number}")
        for turn, source in enumerate(sources):
            own = entries[turn :: len(sources)]
            members = np.flatnonzero((labels == number) & (files == source))
            rounds = max(1, -(-len(own) // len(members)))
            drawn = np.concatenate([rng.permutation(members) for _ in range(rounds)])
            rows[own] = drawn[: len(own)]
    return rows.reshape(steps, batch_size)


@torch.inference_mode()
def predict(classifier: nn.Module, x: Tensor) -> Tensor:
    """Class probabilities float32 (N, C) of x (N, P, K); sets the classifier to evaluation mode."""
    classifier.eval()
    return torch.cat([classifier(batch).softmax(1) for batch in x.split(TEST_BATCH)])


def validation_score(probabilities: Tensor, labels: Tensor, classes: int) -> tuple[float, float]:
    """Balanced accuracy, and the negative class-balanced cross-entropy as a tie-breaker, of
    `probabilities` (N, C) for `labels` (N,)."""
    correct = (probabilities.argmax(1) == labels).double()
    logs = probabilities[torch.arange(len(labels)), labels].double().clamp(min=1e-12).log()
    members = [labels == number for number in range(classes)]
    accuracy, likelihood = (
        float(torch.stack([values[m].mean() for m in members]).mean()) for values in (correct, logs)
    )
    return accuracy, likelihood


@dataclass
class _Best:
    """The best evaluation so far: balanced accuracy and its tie-breaker, step, weights."""

    score: tuple[float, float] = (-1.0, 0.0)
    step: int = 0
    weights: dict[str, Tensor] = field(default_factory=dict)


class _Interruptible:
    """Saves the state of the training of `classifier` by `optimizer`, and goes on from it. Classifiers
    draw no random numbers, and the individuals of each step are drawn before the first one."""

    def __init__(
        self, classifier: nn.Module, optimizer: Optimizer, checkpoints: Checkpoints | None,
        stop: Callable[[], bool],
    ):  # fmt: skip
        self.classifier, self.optimizer = classifier, optimizer
        self.checkpoints, self.stop = checkpoints, stop

    def resumed(self) -> tuple[int, _Best]:
        """Steps that were done before, and the best evaluation of these."""
        state = self.checkpoints.load() if self.checkpoints is not None else None
        if state is None:
            return 0, _Best()
        parts = by_prefix(state.tensors)
        self.classifier.load_state_dict(parts["weights"])
        restore_optimizer(self.optimizer, parts["optimizer"])
        done, step, *score = (state.facts[name] for name in ("done", "step", "accuracy", "likelihood"))
        logger.info("going on after step %d", done)
        best = {name: value.clone() for name, value in parts["best"].items()}
        return done, _Best(tuple(score), step, best)

    def after_step(self, done: int, best: _Best) -> None:
        """Save the state if it is time to; raises Stopped after a request to stop."""
        stop = self.stop()
        if self.checkpoints is not None and (stop or self.checkpoints.due()):
            tensors = named("weights", self.classifier.state_dict()) | named("best", best.weights)
            tensors |= named("optimizer", optimizer_tensors(self.optimizer))
            accuracy, likelihood = best.score
            facts = {"done": done, "step": best.step, "accuracy": accuracy, "likelihood": likelihood}
            self.checkpoints.save(State(tensors, facts))
        if stop:
            where = f"its state is in {self.checkpoints.folder}" if self.checkpoints else "none is kept"
            raise Stopped(
                f"stopped on request after step {done}; {where}: run the same command to go on"
            )


def train_classifier(
    classifier: nn.Module, x: Tensor | Batches, labels: np.ndarray, validation: tuple[Tensor, Tensor],
    training: ClassifierTraining, seed: int, checkpoints: Checkpoints | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[int, float]:  # fmt: skip
    """Train in place with AdamW on batches with as many of each class, and of each file of a dataset of
    two files, and keep the weights of the best evaluation.

    `x` (N, P, K), or what gives these by row number, and `labels` int64 (N,), none unlabelled;
    `validation`: x and labels. The training goes on from a state in `checkpoints`, if there is one;
    `stop` returns True if it is to save its state and end. Returns the best step and its balanced
    accuracy on the validation individuals.

    Raises FloatingPointError if the predictions were never finite, Stopped after a request to stop, and
    InputError for a state that cannot be read or is that of another training, and for a full disk.
    """
    classes, rng = int(labels.max()) + 1, np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(
        classifier.parameters(), training.learning_rate, weight_decay=training.weight_decay, fused=True
    )
    files = x.files if isinstance(x, Batches) else None
    numbers = balanced_batches(labels, classes, training.batch_size, training.steps, rng, files)
    rows, targets = torch.from_numpy(numbers).to(x.device), torch.from_numpy(labels).to(x.device)
    evaluated = set(
        np.linspace(0, training.steps, training.evaluations + 1)[1:].round().astype(int).tolist()
    )
    state = _Interruptible(classifier, optimizer, checkpoints, stop)
    done, best = state.resumed()
    device = validation[0].device
    for step, batch in enumerate(progress(rows[done:], len(rows), "steps", done), done + 1):
        classifier.train()
        loss = cross_entropy(classifier(x[batch]), targets[batch].to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step in evaluated:
            now = validation_score(predict(classifier, validation[0]), validation[1], classes)
            if math.isfinite(now[1]) and now > best.score:
                best = _Best(now, step, copy.deepcopy(classifier.state_dict()))
        state.after_step(step, best)
    if not best.weights:
        raise FloatingPointError("the classifier's predictions were never finite")
    classifier.load_state_dict(best.weights)
    return best.step, best.score[0]
