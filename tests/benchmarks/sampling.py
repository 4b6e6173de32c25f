"""Samplers and their numbers of steps: time, and how good the individuals are, on a run of the workflow.

python tests/benchmarks/sampling.py [--results DIR] [--config FILE ...] [--generators NAME ...]
    [--steps N ...] [--samplers NAME ...] [--grids NAME ...] [--churn X] [--seeds N] [--threads N]

Reads the tensors and the models (seed 0) in DIR. Every dataset has as many individuals as there are
labelled training individuals, in their label mix. Prints a Markdown table for each generator: mean
absolute error of the mean and of the standard deviation (SD) of unmasked features against the training
individuals; accuracy of the MLP classifier over that of the real individuals (recovery), mean over
seeds; how often an individual's nearest neighbour is of its own set, 0.5 being best. Accuracies are
those of validation individuals, so that nothing is chosen by test individuals; since they also choose
the classifier's step, accuracies are a little higher than on others, with real individuals too.
"""

import argparse
import sys
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
import yaml
from snakemake.utils import update_config

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from genodiff.cohort.label_mix import SyntheticSize, choose_labels
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.evaluation.accuracy import recovery
from genodiff.evaluation.classify_job import ClassifierEvaluation
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget
from genodiff.evaluation.nn_adversarial import compare, summary
from genodiff.formats.models import read_config, read_tensors
from genodiff.formats.tensors import read_individuals
from genodiff.generators.base import Resources
from genodiff.generators.diffusion import Diffusion
from genodiff.runtime.devices import prepare
from genodiff.workflow.settings import load

CONFIG = Path(__file__).parents[2] / "config"
STEPS = (1000, 250, 100, 50, 25, 15, 10)
MEMORY_MB = 1024
# Of all samplers.
FIXED = {"eta": 0.0, "guidance": 1.0}
COLUMNS = (
    "sampler", "grid", "steps", "seconds", "error of means", "of SDs", "accuracy", "recovery",
    "AA_truth", "AA_syn",
)  # fmt: skip


def filled(paths: list[str]) -> dict[str, Any]:
    """The complete configuration of files on top of one another."""
    config = {}
    for path in paths:
        update_config(config, yaml.safe_load(Path(path).read_text()))
    return load(config)


class Judge:
    """The real individuals of a run, and what is measured against them."""

    def __init__(self, tensors: Path, config: dict[str, Any], seeds: int, threads: int):
        self.threads = threads
        self.evaluations = [
            ClassifierEvaluation(
                layout_path=str(tensors / "layout.json"), classifier="mlp",
                **dict.fromkeys(("test_path", "validation_path"), str(tensors / "validation.parquet")),
                settings=config["classifier_settings"]["mlp"], training=config["classifier_training"],
                seed=seed, device="cpu", threads=threads,
            )
            for seed in range(seeds)
        ]  # fmt: skip
        first = self.evaluations[0]
        self.layout, own = first.layout, read_individuals(tensors / "train.parquet", first.layout)
        numbers = self.layout.class_numbers(own.labels)
        known = numbers < len(self.layout.classes)
        self.x, self.numbers = own.x[known], numbers[known]
        self.mask = self.layout.mask()
        self.rows = rows_of(self.x[:, self.mask], self.numbers)
        self.real = self.accuracy(self.x, self.numbers)

    def accuracy(self, x: np.ndarray, numbers: np.ndarray) -> float:
        """Mean accuracy over the classifier's seeds on the real validation individuals."""
        whole = torch.from_numpy(x), numbers
        return float(np.mean([e.result(*whole)["accuracy"] for e in self.evaluations]))

    def row(self, x: np.ndarray, numbers: np.ndarray) -> list[float]:
        """COLUMNS after the seconds."""
        own, real = x[:, self.mask].astype(float), self.x[:, self.mask].astype(float)
        errors = [np.abs(f(own, 0) - f(real, 0)).mean() for f in (np.mean, np.std)]
        accuracy = self.accuracy(x, numbers)
        budget = Budget(MEMORY_MB, torch.device("cpu"))
        near = summary(compare(self.rows, rows_of(x[:, self.mask], numbers), 1, budget))
        shares = near["aa_truth"][0], near["aa_syn"][0]
        return [*errors, accuracy, recovery(accuracy, self.real), *shares]

    def labels(self) -> np.ndarray:
        """Class numbers of the individuals to sample."""
        names = [self.layout.classes[number] for number in self.numbers]
        chosen = choose_labels(names, self.layout.classes, SyntheticSize(None, 1, None))
        return self.layout.class_numbers(chosen)


def individuals(folder: Path, judge: Judge, **sampling: Any) -> tuple[np.ndarray, np.ndarray, float]:
    """x and class numbers of individuals drawn from a model, and the seconds that drawing them took."""
    settings = read_config(folder / "config.json").settings
    generator = Diffusion(judge.layout, **settings, sampling=sampling)
    model, resources = read_tensors(folder / "model.safetensors"), Resources(threads=judge.threads)
    start = perf_counter()
    batches = list(generator.draw(model, judge.labels(), 0, resources))
    x, numbers = (np.concatenate(part) for part in zip(*batches, strict=True))
    return x, numbers, perf_counter() - start


def table(
    folder: Path, judge: Judge, samplers: list[str], steps: list[int], grids: list[str], churn: float
) -> None:
    """Print a model's rows: every sampler and grid with those numbers of `steps` that the schedule has.
    All steps are on one grid only."""
    recipe = read_config(folder / "config.json").settings["diffusion"]
    schedule = recipe["schedule"]
    print(f"\n{folder.parent.name}, {recipe['prediction']} predicted, ")
    print(f"{schedule['name']} schedule of {schedule['steps']} steps:\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    numbers = [n for n in sorted(steps, reverse=True) if n <= schedule["steps"]]
    for name, grid, count in product(samplers, grids, numbers):
        if count == schedule["steps"] and grid != grids[0]:
            continue
        own = {"sampler": name, "sampler_steps": count, "sampler_grid": grid, "churn": churn} | FIXED
        row = f"| {SAMPLERS[name].title} | {grid} | {count} |"
        try:
            x, labels, seconds = individuals(folder, judge, **own)
        except FloatingPointError as error:
            print(f"{row} {error} |", flush=True)
            continue
        means, sds, *others = judge.row(x, labels)
        cells = [f"{seconds:.1f}", f"{means:.4f}", f"{sds:.4f}", *(f"{v:.3f}" for v in others)]
        print(f"{row} {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", default="results", help="folder of a finished run")
    parser.add_argument("--config", nargs="+", default=[str(CONFIG / "config.yaml")])
    parser.add_argument("--generators", nargs="+", help="default: all that the run has trained")
    parser.add_argument("--samplers", nargs="+", default=list(SAMPLERS), choices=SAMPLERS)
    parser.add_argument("--grids", nargs="+", default=["time"], choices=["time", "karras"])
    parser.add_argument("--churn", type=float, default=0.0, help="of the samplers that have it")
    parser.add_argument("--steps", nargs="+", type=int, default=STEPS)
    parser.add_argument("--seeds", type=int, default=3, help="of the classifier")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    results = Path(options.results)
    prepare("cpu", options.threads)
    judge = Judge(results / "tensors", filled(options.config), options.seeds, options.threads)
    print(
        f"{len(judge.x)} labelled training individuals, {judge.mask.sum()} unmasked features; accuracy "
        f"of MLP with real individuals, on validation individuals: {judge.real:.3f} "
        f"(mean over {options.seeds} seeds)"
    )
    trained = sorted((results / "models").glob("*/seed0/history.parquet"))
    for name in options.generators or [path.parts[-3] for path in trained]:
        folder = results / "models" / name / "seed0"
        table(folder, judge, options.samplers, options.steps, options.grids, options.churn)


if __name__ == "__main__":
    main()
