"""Training of a classifier, with its best evaluation on the validation individuals."""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genodiff.networks.classifiers import TEST_BATCH
from genodiff.runtime.logs import progress


@dataclass(frozen=True)
class ClassifierTraining:
    """The training budget, the same for every dataset."""

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    evaluations: int  # number of evaluations on the validation individuals


def balanced_batches(
    labels: np.ndarray, classes: int, batch_size: int, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Row numbers int64 (steps, batch_size) with each class equally frequent on average (oversampling),
    from `labels` int (N,).

    All individuals of a class are drawn in random order before one of them is drawn again.
    """
    wanted = rng.permutation(np.arange(steps * batch_size) % classes)
    rows = np.empty(steps * batch_size, np.int64)
    for number in range(classes):
        members, entries = np.flatnonzero(labels == number), np.flatnonzero(wanted == number)
        rounds = max(1, -(-len(entries) // len(members)))
        drawn = np.concatenate([rng.permutation(members) for _ in range(rounds)])
        rows[entries] = drawn[: len(entries)]
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


def train_classifier(
    classifier: nn.Module, x: Tensor, labels: np.ndarray, validation: tuple[Tensor, Tensor],
    training: ClassifierTraining, seed: int, individuals: np.ndarray | None = None,
) -> tuple[int, float]:  # fmt: skip
    """Train in place with AdamW on class-balanced batches and keep the weights of the best evaluation.

    `x` (N, P, K), `labels` int64 (N,); `individuals` int64, the rows to train on (None: all), which are
    not copied; `validation`: x and labels. Returns the best step and its balanced accuracy on the
    validation individuals. Raises FloatingPointError if the predictions were never finite.
    """
    individuals = np.arange(len(labels)) if individuals is None else individuals
    classes, rng = int(labels[individuals].max()) + 1, np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(
        classifier.parameters(), training.learning_rate, weight_decay=training.weight_decay, fused=True
    )
    rows = individuals[
        balanced_batches(labels[individuals], classes, training.batch_size, training.steps, rng)
    ]
    rows, targets = torch.from_numpy(rows).to(x.device), torch.from_numpy(labels).to(x.device)
    evaluated = set(
        np.linspace(0, training.steps, training.evaluations + 1)[1:].round().astype(int).tolist()
    )
    best, best_step, state = (-1.0, 0.0), 0, None
    for step, batch in enumerate(progress(rows, len(rows), "steps"), 1):
        classifier.train()
        loss = cross_entropy(classifier(x[batch]), targets[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step in evaluated:
            now = validation_score(predict(classifier, validation[0]), validation[1], classes)
            if math.isfinite(now[1]) and now > best:
                best, best_step, state = now, step, copy.deepcopy(classifier.state_dict())
    if state is None:
        raise FloatingPointError("the classifier's predictions were never finite")
    classifier.load_state_dict(state)
    return best_step, best[0]
