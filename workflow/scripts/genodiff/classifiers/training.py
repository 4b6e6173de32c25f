"""Train a classifier on a dataset, choose its epoch on the validation people, test it once."""

import copy
import json
import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genodiff.classifiers import build_classifier
from genodiff.devices import prepare
from genodiff.errors import InputError
from genodiff.formats.common import whole_file
from genodiff.formats.tensors import Layout, People, read_people
from genodiff.logs import logger, progress
from genodiff.metrics.accuracy import score

_TEST_BATCH = 512


@dataclass(frozen=True)
class ClassifierTraining:
    """The budget, the same for every dataset."""

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    evaluations: int  # how often the validation people are looked at


def balanced_batches(
    labels: np.ndarray, classes: int, batch_size: int, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Row numbers int64 (steps, batch_size), each class drawn equally often on average: oversampling.

    Each class's people are used up in random order before any of them comes again.
    """
    wanted = rng.permutation(np.arange(steps * batch_size) % classes)
    rows = np.empty(steps * batch_size, np.int64)
    for number in range(classes):
        members, places = np.flatnonzero(labels == number), np.flatnonzero(wanted == number)
        rounds = max(1, -(-len(places) // len(members)))
        drawn = np.concatenate([rng.permutation(members) for _ in range(rounds)])
        rows[places] = drawn[: len(places)]
    return rows.reshape(steps, batch_size)


@torch.inference_mode()
def predict(classifier: nn.Module, x: Tensor) -> Tensor:
    """Class probabilities float32 (N, C) of x (N, P, K); the classifier is left in evaluation mode."""
    classifier.eval()
    return torch.cat([classifier(batch).softmax(1) for batch in x.split(_TEST_BATCH)])


def validation_score(probabilities: Tensor, labels: Tensor, classes: int) -> tuple[float, float]:
    """Balanced accuracy, and minus the class-balanced cross-entropy to decide between equals."""
    right = (probabilities.argmax(1) == labels).double()
    own = probabilities[torch.arange(len(labels)), labels].double().clamp(min=1e-12).log()
    members = [labels == number for number in range(classes)]
    return (
        float(torch.stack([right[m].mean() for m in members]).mean()),
        float(torch.stack([own[m].mean() for m in members]).mean()),
    )


def train_classifier(
    classifier: nn.Module, x: Tensor, labels: np.ndarray, validation: tuple[Tensor, Tensor],
    training: ClassifierTraining, seed: int,
) -> tuple[int, float]:  # fmt: skip
    """Train in place with AdamW on class-balanced batches and keep the best evaluation's weights.

    `x` (N, P, K), `labels` int64 (N,); `validation` x and labels. Returns the best step and its
    balanced accuracy on the validation people.
    """
    classes, rng = int(labels.max()) + 1, np.random.default_rng(seed)
    optimizer = torch.optim.AdamW(
        classifier.parameters(), training.learning_rate, weight_decay=training.weight_decay, fused=True
    )
    rows = balanced_batches(labels, classes, training.batch_size, training.steps, rng)
    rows, targets = torch.from_numpy(rows).to(x.device), torch.from_numpy(labels).to(x.device)
    looks = set(
        np.linspace(0, training.steps, training.evaluations + 1)[1:].round().astype(int).tolist()
    )
    best, best_step, state = (-1.0, 0.0), 0, None
    for step, batch in enumerate(progress(rows, len(rows), "steps"), 1):
        classifier.train()
        loss = cross_entropy(classifier(x[batch]), targets[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step in looks:
            now = validation_score(predict(classifier, validation[0]), validation[1], classes)
            if math.isfinite(now[1]) and now > best:
                best, best_step, state = now, step, copy.deepcopy(classifier.state_dict())
    if state is None:
        raise FloatingPointError("the classifier's predictions were never finite")
    classifier.load_state_dict(state)
    return best_step, best[0]


def _labelled(people: People, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    numbers = layout.class_numbers(people.labels)
    known = numbers < len(layout.classes)
    return (people.x, numbers) if known.all() else (people.x[known], numbers[known])


def classify_job(
    layout_path: str, dataset_path: str, validation_path: str, test_path: str, output: str,
    keys: dict[str, str | int], settings: dict[str, Any], training: dict[str, Any], seed: int,
    device: str, threads: int,
) -> None:  # fmt: skip
    """Train classifier `keys["classifier"]` on a tensor file; write one JSON row: keys and score.

    Raises InputError when the dataset cannot be read as people of this layout or lacks a class.
    """
    place = prepare(device, threads)
    layout = Layout.read(layout_path)
    try:
        x, labels = _labelled(read_people(dataset_path, layout), layout)
    except (ValueError, OSError) as error:
        raise InputError(
            f"dataset {keys['dataset']!r}: {str(error).removesuffix('.')}. {dataset_path} must have the "
            "columns and labels of results/tensors/train.parquet; config/README.md shows how to write it"
        ) from error
    absent = [c for i, c in enumerate(layout.classes) if not (labels == i).any()]
    if absent:
        raise InputError(
            f"{dataset_path}: no person of class {absent[0]!r} to train a classifier on; "
            "for a dataset of ours see synthetic.label_mix and synthetic.people"
        )
    held = [_labelled(read_people(path, layout), layout) for path in (validation_path, test_path)]
    (val_x, val_y), (test_x, test_y) = (
        (torch.from_numpy(a).to(place), torch.from_numpy(b).to(place)) for a, b in held
    )
    torch.manual_seed(seed)
    shape = (layout.padded_genes, layout.components, len(layout.classes))
    classifier = build_classifier(keys["classifier"], *shape, settings).to(place)
    best_step, best = train_classifier(
        classifier, torch.from_numpy(x).to(place), labels, (val_x, val_y),
        ClassifierTraining(**training), seed,
    )  # fmt: skip
    result = score(predict(classifier, test_x).cpu().double().numpy(), test_y.cpu().numpy())
    row = keys | {"classes": len(layout.classes), "best_step": best_step} | result
    row["validation_balanced_accuracy"] = best
    logger.info("best step %d: %.4f on validation, test %s", best_step, best, result)
    write_result(output, row)


def write_result(path: str | os.PathLike, row: dict) -> None:
    """One evaluation as JSON, its keys (dataset, classifier, seed) among the values."""
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8") as file:
        json.dump(row, file, indent=1)
