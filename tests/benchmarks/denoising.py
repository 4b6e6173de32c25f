"""What each part of a diffusion model is worth as a denoiser: one change at a time, on the cohort of
a run.

python tests/benchmarks/denoising.py [--results DIR] [--config FILE ...] [--generator NAME]
    [--change KEY=VALUE ...] [--seeds N] [--epochs N] [--threads N]

Trains the generator as the configuration has it, and once with each change (a setting of its network or
a key of `diffusion`; several joined by `,`), with each seed, on the tensors in DIR. Prints a Markdown
table: the mean square error of x_0 on validation individuals by the standard deviation of the noise,
mean and standard deviation over seeds; the error on training individuals over it, at the level where
that is least; CPU seconds of an epoch. The first rows are the denoisers that need no training.
"""

import argparse
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from sampling import CONFIG, filled

from genodiff.evaluation.denoising.job import SIGMAS, Restore, analytic, chosen_sets, errors
from genodiff.formats.tensors import Layout, read_individuals, unpack
from genodiff.generators.denoiser import read_denoiser
from genodiff.runtime.devices import prepare
from genodiff.training.train_job import TrainFiles, train_job

MEMORY_MB = 1024


class Bench:
    """The individuals of a run, and the generator of its configuration."""

    def __init__(self, tensors: Path, entry: dict, threads: int):
        self.tensors, self.entry, self.threads = tensors, entry, threads
        self.layout = Layout.read(tensors / "layout.json")
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
        found, seconds = [], []
        for seed in range(seeds):
            own = {name: str(folder / name) for name in ("weights", "config", "history", "state")}
            of_run = {name: str(self.tensors / f"{name}.parquet") for name in ("train", "validation")}
            files = TrainFiles(
                layout=str(self.tensors / "layout.json"), **of_run, **own,
                train_x=str(folder / "train.npy"), validation_x=str(folder / "validation.npy"),
            )  # fmt: skip
            start = process_time()
            train_job(
                files=files, backbone=self.entry["backbone"], settings=settings, diffusion=diffusion,
                seed=seed, device="cpu", threads=self.threads, checkpoint_minutes=1e9,
            )  # fmt: skip
            seconds.append((process_time() - start) / diffusion["epochs"])
            device = prepare("cpu", self.threads)[0]
            denoiser = read_denoiser(files.weights, files.config, self.layout, [], device)
            found.append(self.measured(partial(denoiser.denoise, memory_mb=MEMORY_MB)))
        self.row(change or "as configured", np.array(found), float(np.mean(seconds)))

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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", default="results", help="folder of a run with tensors")
    parser.add_argument("--config", nargs="+", default=[str(CONFIG / "config.yaml")])
    parser.add_argument("--generator", default="gene_mixer")
    parser.add_argument("--change", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="default: those of the configuration")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    entry = filled(options.config)["generators"][options.generator]
    if options.epochs:
        entry["diffusion"]["epochs"] = options.epochs
    bench = Bench(Path(options.results) / "tensors", entry, options.threads)
    columns = [f"{sigma:g}" for sigma in SIGMAS]
    print(f"| change | {' | '.join(columns)} | least training / validation | s/epoch |")
    print(f"|{'---|' * (len(columns) + 3)}", flush=True)
    bench.analytic()
    with TemporaryDirectory() as folder:
        for name in ("train", "validation"):
            unpack(bench.tensors / f"{name}.parquet", bench.layout, Path(folder) / f"{name}.npy")
        for change in ["", *options.change]:
            bench.trained(change, options.seeds, Path(folder))


if __name__ == "__main__":
    main()
