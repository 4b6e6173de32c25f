"""The classify job: train on a dataset, test once on the real hold-out individuals."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genodiff.evaluation.accuracy import score
from genodiff.evaluation.batches import Batches, read_batches
from genodiff.evaluation.classifier_training import ClassifierTraining, predict, train_classifier
from genodiff.evaluation.paired import to_text
from genodiff.formats.common import file_hash
from genodiff.formats.results import write_result
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.networks.classifiers import build_classifier
from genodiff.runtime.devices import keep_memory, prepare
from genodiff.runtime.errors import InputError
from genodiff.runtime.locks import only_process
from genodiff.runtime.logs import logger
from genodiff.runtime.signals import watch_stop
from genodiff.training.checkpoint import Checkpoints, disk_advice


class ClassifierEvaluation:
    """Settings of one classifier, and the real individuals for its validation and test."""

    def __init__(
        self, *, layout_path: str, validation_path: str, test_path: str, classifier: str,
        settings: dict[str, Any], training: dict[str, Any], seed: int, device: str, threads: int,
    ):  # fmt: skip
        self.device, self.layout = prepare(device, threads)[0], Layout.read(layout_path)
        keep_memory(self.device)
        self.identity = {
            "classifier": classifier, "settings": settings, "training": training, "seed": seed,
            "torch": torch.__version__,
        }  # fmt: skip
        self.files = layout_path, validation_path
        self.classifier, self.settings, self.seed = classifier, settings, seed
        self.training = ClassifierTraining(**training)
        self.validation, self.test = (self._labelled(path) for path in (validation_path, test_path))

    def _labelled(self, path: str) -> tuple[Tensor, Tensor]:
        """x float32 (N, P, K) and class numbers int64 (N,) of labelled individuals, on the device."""
        own = read_individuals(path, self.layout)
        numbers = self.layout.class_numbers(own.labels)
        rows = np.flatnonzero(numbers < len(self.layout.classes))
        return tuple(torch.from_numpy(part[rows]).to(self.device) for part in (own.x, numbers))

    def read_dataset(
        self, name: str, paths: list[str], memory_mb: float, folder: str | os.PathLike
    ) -> Batches:
        """The labelled individuals of tensor files; more than about `memory_mb` MiB of them are written
        to a scratch file in `folder`. Raises InputError for files that are not individuals of this
        layout and for a class without individuals."""
        try:
            found = read_batches(paths, self.layout, self.device, memory_mb, folder)
        except (ValueError, OSError) as error:
            raise InputError(
                f"dataset {name!r}: {str(error).removesuffix('.')}. {' and '.join(paths)} must have the "
                "columns and labels of the training individuals (tensors/train.parquet of the "
                "results); docs/extending.md shows how to write it"
            ) from error
        absent = [c for i, c in enumerate(self.layout.classes) if not (found.labels == i).any()]
        if absent:
            raise InputError(
                f"{' and '.join(paths)}: no individual of class {absent[0]!r} to train a classifier on; "
                "for a generated dataset see synthetic.label_mix and synthetic.individuals"
            )
        return found

    def checkpoints(self, state: str, paths: list[str], code: str, minutes: float) -> Checkpoints:
        """Checkpoints in the folder `state` of the training on tensor files by this `code`; a state of
        another training is not worth an error here, and is left."""
        hashes = {path: file_hash(path) for path in (*self.files, *paths)}
        return Checkpoints(state, self.identity | {"code": code, "files": hashes}, minutes, anew=True)

    def result(
        self, x: Tensor | Batches, labels: np.ndarray, checkpoints: Checkpoints | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:  # fmt: skip
        """Train from initial weights of the seed on x (N, P, K) and labels int64 (N,), or from a state
        in `checkpoints`; return the score on the test individuals, and which of them are classified
        correctly, in the order of their file. Raises as `train_classifier` does."""
        torch.manual_seed(self.seed)
        shape = (self.layout.padded_genes, self.layout.components, len(self.layout.classes))
        classifier = build_classifier(self.classifier, *shape, self.settings).to(self.device)
        best_step, best = train_classifier(
            classifier, x, labels, self.validation, self.training, self.seed, checkpoints, stop
        )
        test_x, test_y = self.test
        probabilities, numbers = predict(classifier, test_x).cpu().double().numpy(), test_y.cpu().numpy()
        scores = score(probabilities, numbers)
        logger.info(
            "%d individuals, best step %d: balanced accuracy %.4f on validation individuals, test %s",
            len(labels), best_step, best, scores,
        )  # fmt: skip
        return {
            "classes": len(self.layout.classes), "n_train": len(labels), "best_step": best_step,
            "validation_balanced_accuracy": best, **scores,
            "correct": to_text(probabilities.argmax(1) == numbers),
        }  # fmt: skip


def classify_job(
    evaluation: ClassifierEvaluation, *, dataset_paths: list[str], output: str, row: dict[str, Any],
    memory_mb: float, code: str, checkpoint_minutes: float,
) -> None:  # fmt: skip
    """Train on the labelled individuals of one or two tensor files; write the keys of `row` and the
    score as one JSON row. `memory_mb`: bound of the memory of individuals, beyond which there is a
    scratch file beside the output. An interrupted training is kept in `{output}.state`, and the same
    call goes on from there, unless data, settings or `code`, a hash, are others.

    Raises InputError as `ClassifierEvaluation.read_dataset` does, if another process has the folder, and
    if the disk is full; Stopped after SIGTERM or Ctrl-C."""
    state = f"{output}.state"
    found = evaluation.read_dataset(row["dataset"], dataset_paths, memory_mb, os.path.dirname(output))
    with only_process(state), disk_advice(state), watch_stop() as stop:
        checkpoints = evaluation.checkpoints(state, dataset_paths, code, checkpoint_minutes)
        write_result(output, row | evaluation.result(found, found.labels, checkpoints, stop))
        checkpoints.clear()
