"""What each part of a diffusion model is worth as a denoiser: one change at a time, on the cohort of
a run.

python tests/benchmarks/denoising.py [--results DIR] [--config FILE ...] [--generator NAME]
    [--change KEY=VALUE ...] [--seeds N] [--epochs N] [--threads N] [--judge]

Trains the generator as the configuration has it, and once with each change (a setting of its network or
a key of `diffusion`; several joined by `,`; those of sampling need no training), with each seed, on the
tensors in DIR. Prints a Markdown table: the mean square error of x_0 on validation individuals by the
standard deviation of the noise, mean and standard deviation over seeds; the error on training
individuals over it, at the level where that is least; CPU seconds of an epoch. The first rows are the
denoisers that need no training.

With --judge a second table has what is drawn from each, as many individuals as labelled training
individuals, judged by validation individuals in place of the test individuals: chance-corrected recovery
of the MLP classifier (whose step they choose as well, with real individuals too), adversarial
accuracies, the strongest attack, variance over that of training individuals; the AUC of a logistic
regression, recovered as the accuracy is, which varies less; the difference of the means of the first two
classes, along that of validation individuals, and mean squared correlations of different genes of a
chromosome, both over those of training individuals; seconds of drawing. Its first row is the null:
accuracies and attack of one half of the validation individuals against the other; what is over training
individuals is 1 for these.
"""

import argparse
import json
import sys
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from sampling import CONFIG, Judge, filled, individuals

from genodiff.evaluation import METRICS
from genodiff.evaluation.base import Comparison, Sets
from genodiff.evaluation.denoising.job import SIGMAS, Restore, analytic, chosen_sets, errors
from genodiff.evaluation.neighbours.rows import rows_of
from genodiff.evaluation.neighbours.search import Budget
from genodiff.formats.tensors import Layout, read_individuals, unpack
from genodiff.generators.base import feature_origins
from genodiff.generators.denoiser import read_denoiser
from genodiff.registry import build
from genodiff.runtime.devices import prepare
from genodiff.training.train_job import TrainFiles, train_job
from genodiff.tuning import judge as tuning
from genodiff.workflow.recipes import SAMPLING

MEMORY_MB = 1024


class Drawn:
    """What is drawn, judged by validation individuals."""

    COLUMNS = (
        "recovery", "AA_truth", "AA_syn", "AA_truth, training", "AA_syn, training", "strongest attack",
        "variance", "AUC", "class difference", "linkage", "seconds",
    )  # fmt: skip

    def __init__(self, tensors: Path, config: dict, threads: int):
        self.judge = Judge(tensors, config, 1, threads)
        layout = self.judge.layout
        sets = (read_individuals(tensors / f"{n}.parquet", layout) for n in ("train", "validation"))
        settings = Comparison(**config["comparison"], attack_repeats=config["privacy"]["repeats"])
        budget = Budget(MEMORY_MB, prepare("cpu", threads)[0])
        self.validation = tuning.Judge(layout, *sets, settings, budget, 0)
        self.held, self.sets = self.validation.held, self.validation.sets
        self.chance = np.bincount(self.held[1]).max() / len(self.held[1])
        self.metrics = [
            build(METRICS, "metric", n, settings=settings, budget=budget, seed=0) for n in METRICS
        ]
        genes, chromosomes = self.sets.genes, np.array(feature_origins(layout).chromosomes)
        self.linked = (chromosomes[:, None] == chromosomes) & (genes[:, None] != genes)
        self.real = self.kept(self.judge.x[:, layout.mask()], self.judge.numbers)
        self.rows: list[str] = []

    def found(self, sets: Sets) -> list[float]:
        """The accuracies and the attack."""
        near, attacks = (metric.rows(sets) for metric in self.metrics)
        values = {(row["measure"], row["against"]): row["value"] for row in near}
        keys = [(name, against) for against in ("test", "train") for name in ("aa_truth", "aa_syn")]
        strongest = next(row["auc"] for row in attacks if row["attack"] == "strongest")
        return [*(values[key] for key in keys), strongest]

    def kept(self, x: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """AUC less that of chance, difference of classes and linkage (3,), see above, of x (N, D)."""
        difference, along = (
            own[labels == 0].mean(0) - own[labels == 1].mean(0)
            for own, labels in ((x, numbers), self.held)
        )
        correlation = np.corrcoef(x.T)[self.linked] ** 2
        auc = self.validation.areas(x, numbers)[0]
        return np.array([auc - 0.5, difference @ along, correlation.mean() - 1 / len(x)])

    def null(self) -> None:
        """The row of the null."""
        held = self.sets.test
        one, other = (held.take(np.arange(start, len(held), 2)) for start in (0, 1))
        found = self.found(replace(self.sets, test=one, dataset=other))
        self.add("null", [[1, *found, 1, 1, 1, 1, 0]])

    def one(self, folder: Path, sampling: dict) -> list[float]:
        """The values of individuals drawn so from the model in a folder."""
        x, numbers, seconds = individuals(folder, self.judge, **sampling)
        own = x[:, self.judge.mask]
        accuracy = self.judge.accuracy(x, numbers)
        recovery = (accuracy - self.chance) / (self.judge.real - self.chance)
        variance = (own.var(0) / self.judge.x[:, self.judge.mask].var(0)).mean()
        found = self.found(replace(self.sets, dataset=rows_of(own, numbers)))
        return [recovery, *found, variance, *self.kept(own, numbers) / self.real, seconds]

    def add(self, name: str, values: list[list[float]]) -> None:
        """A row: means and standard deviations over seeds."""
        means, spread = np.mean(values, 0), np.std(values, 0, ddof=1) if len(values) > 1 else None
        cells = [f"{mean:.3f}" for mean in means]
        if spread is not None:
            cells = [f"{cell} ±{sd:.3f}" for cell, sd in zip(cells, spread, strict=True)]
        self.rows.append(f"| {name} | {' | '.join(cells)} |")
        print(self.rows[-1], file=sys.stderr, flush=True)  # hours before the table


class Bench:
    """The individuals of a run, and the generator of its configuration."""

    def __init__(self, tensors: Path, entry: dict, threads: int, drawn: Drawn | None):
        self.tensors, self.entry, self.threads, self.drawn = tensors, entry, threads, drawn
        self.layout, self.seconds = Layout.read(tensors / "layout.json"), {}
        paths = [tensors / f"{name}.parquet" for name in ("train", "validation")]
        self.train, validation = (read_individuals(path, self.layout) for path in paths)
        self.sets = chosen_sets(self.train, validation, self.layout, 0)

    def measured(self, restore: Restore) -> np.ndarray:
        """Errors float64 (2, sigmas) on validation and on training individuals."""
        return np.array([row["error"] for row in errors(restore, self.sets, 0)]).reshape(2, -1)

    def analytic(self) -> None:
        """Print a row of each denoiser that needs no training."""
        for name, restore in analytic(self.train.x[:, self.layout.mask()], self.layout):
            self.row(name, self.measured(restore)[None], None)

    def trained(self, change: str, seeds: int, folder: Path) -> None:
        """Print the row of a change."""
        settings, diffusion = dict(self.entry["settings"]), dict(self.entry["diffusion"])
        for key, _, value in (part.partition("=") for part in change.split(",") if part):
            {True: diffusion, False: settings}[key in diffusion][key] = yaml.safe_load(value)
        sampling = {key: diffusion[key] for key in SAMPLING}
        found, seconds, judged = [], [], []
        for seed in range(seeds):
            own = self.network(settings, diffusion, seed, folder)
            seconds.append(self.seconds[own])
            device = prepare("cpu", self.threads)[0]
            files = str(own / "model.safetensors"), str(own / "config.json")
            denoiser = read_denoiser(*files, self.layout, [], device)
            found.append(self.measured(partial(denoiser.denoise, memory_mb=MEMORY_MB)))
            if self.drawn is not None:
                judged.append(self.drawn.one(own, sampling))
        name = change or "as configured"
        self.row(name, np.array(found), float(np.mean(seconds)))
        if self.drawn is not None:
            self.drawn.add(name, judged)

    def network(self, settings: dict, diffusion: dict, seed: int, folder: Path) -> Path:
        """The folder of a network, trained unless a change of sampling has it already."""
        training = {key: value for key, value in diffusion.items() if key not in SAMPLING}
        own = folder / sha256(json.dumps([settings, training, seed]).encode()).hexdigest()[:16]
        if own in self.seconds:
            return own
        own.mkdir()
        made = {name: str(own / name) for name in ("history", "state")}
        made |= {"weights": str(own / "model.safetensors"), "config": str(own / "config.json")}
        of_run = {name: str(self.tensors / f"{name}.parquet") for name in ("train", "validation")}
        files = TrainFiles(
            layout=str(self.tensors / "layout.json"), **of_run, **made,
            train_x=str(folder / "train.npy"), validation_x=str(folder / "validation.npy"),
        )  # fmt: skip
        start = process_time()
        train_job(
            files=files, backbone=self.entry["backbone"], settings=settings, diffusion=diffusion,
            seed=seed, device="cpu", threads=self.threads, checkpoint_minutes=1e9,
        )  # fmt: skip
        self.seconds[own] = (process_time() - start) / diffusion["epochs"]
        return own

    def row(self, name: str, found: np.ndarray, seconds: float | None) -> None:
        """Print errors (seeds, 2, sigmas)."""
        validation, ratio = found[:, 0], (found[:, 1] / found[:, 0]).mean(0)
        spread = validation.std(0, ddof=1) if len(found) > 1 else np.zeros(len(SIGMAS))
        cells = [
            f"{mean:.4f}" + (f" ±{sd:.4f}" if sd else "")
            for mean, sd in zip(validation.mean(0), spread, strict=True)
        ]
        time = "" if seconds is None else f"{seconds:.1f}"
        print(f"| {name} | {' | '.join(cells)} | {ratio.min():.2f} | {time} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--results", default="results", help="folder of a run with tensors")
    parser.add_argument("--config", nargs="+", default=[str(CONFIG / "config.yaml")])
    parser.add_argument("--generator", default="gene_mixer")
    parser.add_argument("--change", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="default: those of the configuration")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--judge", action="store_true", help="draw individuals, and judge them")
    options = parser.parse_args()
    config, tensors = filled(options.config), Path(options.results) / "tensors"
    trained = [name for name, own in config["generators"].items() if own["kind"] == "diffusion"]
    if options.generator not in trained:
        parser.error(
            f"--generator {options.generator} is none of the diffusion models that the configuration "
            f"runs: {', '.join(trained)}"
        )
    if not (tensors / "layout.json").is_file():
        parser.error(f"--results {options.results}: no file {tensors / 'layout.json'}")
    entry = config["generators"][options.generator]
    if options.epochs:
        entry["diffusion"]["epochs"] = options.epochs
    drawn = Drawn(tensors, config, options.threads) if options.judge else None
    bench = Bench(tensors, entry, options.threads, drawn)
    columns = [f"{sigma:g}" for sigma in SIGMAS]
    print(f"| change | {' | '.join(columns)} | least training / validation | s/epoch |")
    print(f"|{'---|' * (len(columns) + 3)}", flush=True)
    bench.analytic()
    if drawn is not None:
        drawn.null()
    with TemporaryDirectory() as folder:
        for name in ("train", "validation"):
            unpack(bench.tensors / f"{name}.parquet", bench.layout, Path(folder) / f"{name}.npy")
        for change in ["", *options.change]:
            bench.trained(change, options.seeds, Path(folder))
    if drawn is not None:
        print(f"\n| change | {' | '.join(Drawn.COLUMNS)} |\n|{'---|' * (len(Drawn.COLUMNS) + 1)}")
        print(*drawn.rows, sep="\n")


if __name__ == "__main__":
    main()
