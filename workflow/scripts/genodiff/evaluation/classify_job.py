"""The classify jobs of the workflow: train on a dataset, test once on the real hold-out individuals."""

from typing import Any

import numpy as np
import torch

from genodiff.evaluation.accuracy import score
from genodiff.evaluation.classifier_training import ClassifierTraining, predict, train_classifier
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.networks.classifiers import build_classifier
from genodiff.runtime.devices import prepare
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


class ClassifierEvaluation:
    """One classifier's settings, and the real individuals on whom it is chosen and tested."""

    def __init__(
        self, *, layout_path: str, validation_path: str, test_path: str, classifier: str,
        settings: dict[str, Any], training: dict[str, Any], seed: int, device: str, threads: int,
    ):  # fmt: skip
        self.place, self.layout = prepare(device, threads)[0], Layout.read(layout_path)
        self.classifier, self.settings, self.seed = classifier, settings, seed
        self.training = ClassifierTraining(**training)
        self.validation, self.test = (self._labelled(path) for path in (validation_path, test_path))

    def read(self, paths: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Individuals of tensor files together: x float32 (N, P, K), class numbers int64 (N,), of which
        C is unlabelled."""
        parts = [read_individuals(path, self.layout) for path in paths]
        numbers = np.concatenate([self.layout.class_numbers(part.labels) for part in parts])
        return parts[0].x if len(parts) == 1 else np.concatenate([part.x for part in parts]), numbers

    def with_label(self, numbers: np.ndarray) -> np.ndarray:
        """Rows int64 of individuals with a label."""
        return np.flatnonzero(numbers < len(self.layout.classes))

    def _labelled(self, path: str) -> tuple[torch.Tensor, torch.Tensor]:
        x, numbers = self.read([path])
        rows = self.with_label(numbers)
        return tuple(torch.from_numpy(part[rows]).to(self.place) for part in (x, numbers))

    def read_dataset(self, name: str, paths: list[str]) -> tuple[torch.Tensor, np.ndarray]:
        """As `read`, x on the device, with an InputError for files that cannot be read as individuals of
        this layout, and for a class that nobody has."""
        try:
            x, labels = self.read(paths)
        except (ValueError, OSError) as error:
            raise InputError(
                f"dataset {name!r}: {str(error).removesuffix('.')}. {' and '.join(paths)} must have the "
                "columns and labels of results/tensors/train.parquet; config/README.md shows how to "
                "write it"
            ) from error
        absent = [c for i, c in enumerate(self.layout.classes) if not (labels == i).any()]
        if absent:
            raise InputError(
                f"{' and '.join(paths)}: no individual of class {absent[0]!r} to train a classifier on; "
                "for a dataset of ours see synthetic.label_mix and synthetic.individuals"
            )
        return torch.from_numpy(x).to(self.place), labels

    def result(self, x: torch.Tensor, labels: np.ndarray, individuals: np.ndarray) -> dict[str, Any]:
        """Train from the same first weights on the rows `individuals` of x (N, P, K) and labels (N,);
        score on the test individuals."""
        torch.manual_seed(self.seed)
        shape = (self.layout.padded_genes, self.layout.components, len(self.layout.classes))
        classifier = build_classifier(self.classifier, *shape, self.settings).to(self.place)
        best_step, best = train_classifier(
            classifier, x, labels, self.validation, self.training, self.seed, individuals
        )
        test_x, test_y = self.test
        found = score(predict(classifier, test_x).cpu().double().numpy(), test_y.cpu().numpy())
        logger.info(
            "%d individuals: best step %d: %.4f on validation, test %s",
            len(individuals),
            best_step,
            best,
            found,
        )
        return {
            "classes": len(self.layout.classes), "n_train": len(individuals), "best_step": best_step,
            "validation_balanced_accuracy": best, **found,
        }  # fmt: skip


def classify_job(
    evaluation: ClassifierEvaluation, *, dataset_paths: list[str], output: str, row: dict[str, Any]
) -> None:
    """Train on the labelled individuals of one or several tensor files; write one JSON row: the keys of
    `row`, and the score.

    Raises InputError when a file cannot be read as individuals of this layout or a class is absent.
    """
    x, labels = evaluation.read_dataset(row["dataset"], dataset_paths)
    write_result(output, row | evaluation.result(x, labels, evaluation.with_label(labels)))
