"""The classify job: train on a dataset, test once on the real hold-out individuals."""

from typing import Any

import numpy as np
import torch

from genodiff.evaluation.accuracy import score
from genodiff.evaluation.classifier_training import ClassifierTraining, predict, train_classifier
from genodiff.evaluation.paired import to_text
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.networks.classifiers import build_classifier
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


class ClassifierEvaluation:
    """Settings of one classifier, and the real individuals for its validation and test."""

    def __init__(
        self, *, layout_path: str, validation_path: str, test_path: str, classifier: str,
        settings: dict[str, Any], training: dict[str, Any], seed: int, device: str, threads: int,
    ):  # fmt: skip
        self.device, self.layout = prepare(device, threads)[0], Layout.read(layout_path)
        self.classifier, self.settings, self.seed = classifier, settings, seed
        self.training = ClassifierTraining(**training)
        self.validation, self.test = (self._labelled(path) for path in (validation_path, test_path))

    def read(self, paths: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """All individuals of tensor files: x float32 (N, P, K), and class numbers int64 (N,) with C for
        unlabelled individuals."""
        parts = [read_individuals(path, self.layout) for path in paths]
        numbers = np.concatenate([self.layout.class_numbers(part.labels) for part in parts])
        return parts[0].x if len(parts) == 1 else np.concatenate([part.x for part in parts]), numbers

    def with_label(self, numbers: np.ndarray) -> np.ndarray:
        """Row numbers int64 of labelled individuals, from class numbers (N,)."""
        return np.flatnonzero(numbers < len(self.layout.classes))

    def _labelled(self, path: str) -> tuple[torch.Tensor, torch.Tensor]:
        x, numbers = self.read([path])
        rows = self.with_label(numbers)
        return tuple(torch.from_numpy(part[rows]).to(self.device) for part in (x, numbers))

    def read_dataset(self, name: str, paths: list[str]) -> tuple[torch.Tensor, np.ndarray]:
        """As `read`, with x on the device. Raises InputError for files that are not individuals of this
        layout and for a class without individuals."""
        try:
            x, labels = self.read(paths)
        except (ValueError, OSError) as error:
            raise InputError(
                f"dataset {name!r}: {str(error).removesuffix('.')}. {' and '.join(paths)} must have the "
                "columns and labels of the training individuals (tensors/train.parquet of the "
                "results); docs/extending.md shows how to write it"
            ) from error
        absent = [c for i, c in enumerate(self.layout.classes) if not (labels == i).any()]
        if absent:
            raise InputError(
                f"{' and '.join(paths)}: no individual of class {absent[0]!r} to train a classifier on; "
                "for a generated dataset see synthetic.label_mix and synthetic.individuals"
            )
        return torch.from_numpy(x).to(self.device), labels

    def result(self, x: torch.Tensor, labels: np.ndarray, individuals: np.ndarray) -> dict[str, Any]:
        """Train from initial weights of the seed on the rows `individuals` int64 of x (N, P, K) and
        labels (N,); return the score on the test individuals, and which of them are classified
        correctly, in the order of their file."""
        torch.manual_seed(self.seed)
        shape = (self.layout.padded_genes, self.layout.components, len(self.layout.classes))
        classifier = build_classifier(self.classifier, *shape, self.settings).to(self.device)
        best_step, best = train_classifier(
            classifier, x, labels, self.validation, self.training, self.seed, individuals
        )
        test_x, test_y = self.test
        probabilities, numbers = predict(classifier, test_x).cpu().double().numpy(), test_y.cpu().numpy()
        scores = score(probabilities, numbers)
        logger.info(
            "%d individuals, best step %d: balanced accuracy %.4f on validation individuals, test %s",
            len(individuals), best_step, best, scores,
        )  # fmt: skip
        return {
            "classes": len(self.layout.classes), "n_train": len(individuals), "best_step": best_step,
            "validation_balanced_accuracy": best, **scores,
            "correct": to_text(probabilities.argmax(1) == numbers),
        }  # fmt: skip


def classify_job(
    evaluation: ClassifierEvaluation, *, dataset_paths: list[str], output: str, row: dict[str, Any]
) -> None:
    """Train on the labelled individuals of one or several tensor files; write the keys of `row` and the
    score as one JSON row. Raises InputError as `ClassifierEvaluation.read_dataset` does."""
    x, labels = evaluation.read_dataset(row["dataset"], dataset_paths)
    write_result(output, row | evaluation.result(x, labels, evaluation.with_label(labels)))
