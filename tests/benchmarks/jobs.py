"""CPU seconds and memory of the jobs from the tensors on, each in a process of its own.

python tests/benchmarks/jobs.py [--individuals N] [--genes G] [--backbone NAME] [--scaling]

Random tensors of G genes (8 components, about half of them unmasked) and N training individuals; a tenth
as many are validation and as many test individuals. An epoch of training, sampling N individuals, an
epoch's steps of a classifier, the nearest neighbours of Tables 2 and 3, and all attacks on components,
without a network. With --scaling at 1, 2 and 4 times the genes and the individuals, and the exponents
that fit. Start-up of Python and imports are included.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from scaling import print_exponents

COMPONENTS, CHROMOSOMES, CLASSES = 8, 22, ["case", "control"]
SETS = {"train": 1.0, "validation": 0.1, "test": 0.1}
MEMORY_MB = 4096
# As Snakemake sets them for a job of one thread.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def write(folder: Path, individuals: int, genes: int) -> None:
    """Tensor files and layout of random individuals, whose classes differ a little."""
    import numpy as np

    from genodiff.formats.tensors import (
        GeneFeatures,
        Individuals,
        Layout,
        synthetic_samples,
        unpack,
        write_individuals,
    )

    rng = np.random.default_rng(0)
    counts = rng.choice([1, 4, 7], genes, p=[0.3, 0.3, 0.4])
    features = [
        GeneFeatures(
            f"g{i}", str(1 + i * CHROMOSOMES // genes), 8, [0.0] * n, [1.0] * n, 10**5 * (1 + i)
        )
        for i, n in enumerate(counts.tolist())
    ]
    layout = Layout(features, -(-genes // 64) * 64, COMPONENTS, CLASSES)
    layout.write(folder / "layout.json")
    mask = layout.mask()

    def blocks(count: int):
        for start in range(0, count, 256):
            size = min(256, count - start)
            numbers = rng.permutation(np.arange(start, start + size) % 2)
            x = rng.standard_normal((size, *mask.shape), np.float32) + 0.05 * numbers[:, None, None]
            labels = [CLASSES[n] for n in numbers]
            yield Individuals(synthetic_samples(start, size), labels, (x * mask).astype(np.float32))

    for name, share in SETS.items():
        write_individuals(folder / f"{name}.parquet", layout, blocks(round(share * individuals)))
        unpack(folder / f"{name}.parquet", layout, folder / f"{name}.npy")


def train(folder: Path, options: argparse.Namespace) -> None:
    from genodiff.networks.backbones import BACKBONES
    from genodiff.training.train_job import TrainFiles, train_job
    from genodiff.workflow.recipes import resolve

    names = {name: str(folder / f"{name}.parquet") for name in ("train", "validation")}
    arrays = {f"{name}_x": str(folder / f"{name}.npy") for name in ("train", "validation")}
    files = TrainFiles(
        layout=str(folder / "layout.json"), **names, **arrays, weights=str(folder / "model.safetensors"),
        config=str(folder / "config.json"), history=str(folder / "history.parquet"),
        state=str(folder / "state"),
    )  # fmt: skip
    train_job(
        files=files, backbone=options.backbone, seed=0, device="cpu", threads=1,
        settings=BACKBONES[options.backbone].settings().model_dump(), checkpoint_minutes=60,
        diffusion=resolve({"recipe": "best", "epochs": 1}),
    )  # fmt: skip


def draw(folder: Path, _: argparse.Namespace) -> None:
    from genodiff.cohort.label_mix import SyntheticSize
    from genodiff.generators.base import Resources
    from genodiff.generators.draw_job import draw_job
    from genodiff.workflow.recipes import SAMPLING, resolve

    recipe = resolve({"recipe": "best"})
    draw_job(
        layout_path=str(folder / "layout.json"), labels_path=str(folder / "train.parquet"),
        weights_path=str(folder / "model.safetensors"), config_path=str(folder / "config.json"),
        output=str(folder / "drawn.parquet"), size=SyntheticSize(None, 1, None), seed=0,
        overrides={"sampling": {key: recipe[key] for key in SAMPLING}}, resources=Resources(),
        plugins=[],
    )  # fmt: skip


def classify(folder: Path, options: argparse.Namespace) -> None:
    from genodiff.evaluation.classify_job import ClassifierEvaluation, classify_job
    from genodiff.networks.classifiers import CLASSIFIERS

    training = {"batch_size": 32, "learning_rate": 1e-4, "weight_decay": 0.01, "evaluations": 1}
    evaluation = ClassifierEvaluation(
        layout_path=str(folder / "layout.json"), validation_path=str(folder / "validation.parquet"),
        test_path=str(folder / "test.parquet"), classifier="mlp", seed=0, device="cpu",
        settings=CLASSIFIERS["mlp"].settings().model_dump(),
        training=training | {"steps": options.individuals // 32}, threads=1,
    )  # fmt: skip
    classify_job(
        evaluation, dataset_paths=[str(folder / "train.parquet")], memory_mb=MEMORY_MB, code="",
        output=str(folder / "classified.json"), row={"dataset": "real"}, checkpoint_minutes=60,
    )  # fmt: skip


def compare(metric: str, folder: Path, _: argparse.Namespace) -> None:
    from genodiff.evaluation.base import Comparison
    from genodiff.evaluation.compare_job import compare_job

    names = ("train", "test", "drawn")
    train_path, test_path, dataset_path = (str(folder / f"{name}.parquet") for name in names)
    compare_job(
        layout_path=str(folder / "layout.json"), train_path=train_path, test_path=test_path,
        dataset_path=dataset_path, output=str(folder / f"{metric}.json"), metric=metric,
        row={"dataset": "drawn", "seed": 0}, null=False, seed=0, device="cpu", threads=1,
        settings=Comparison(10, 10, 0.1, 5, MEMORY_MB),
        reference_path=str(folder / "validation.parquet") if metric == "privacy" else None,
    )  # fmt: skip


JOBS = {
    "train": train, "draw": draw, "classify": classify,
    "neighbours": partial(compare, "neighbours"), "privacy": partial(compare, "privacy"),
}  # fmt: skip


def measure(options: argparse.Namespace, individuals: int, genes: int) -> dict[str, float]:
    """CPU seconds by job, which are printed with the peak memory."""
    found, said = {}, []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        write(Path(folder), individuals, genes)
        for job in JOBS:
            own = ["--job", job, "--folder", folder, "--backbone", options.backbone]
            own += ["--individuals", individuals]
            command = [sys.executable, __file__, *map(str, own)]
            done = subprocess.run(
                command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD
            )
            found[job], peak = (float(word) for word in done.stdout.split()[-2:])
            said.append(f"{job} {found[job]:.1f} s ({peak:.0f} MiB)")
    print(f"{individuals} individuals, {genes} genes: {', '.join(said)}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--individuals", type=int, default=1000)
    parser.add_argument("--genes", type=int, default=1000)
    parser.add_argument("--backbone", default="unet_mlp")
    parser.add_argument("--folder", default=".", help="for files of the benchmark, removed at its end")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        JOBS[options.job](Path(options.folder), options)
        print(process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)
    elif options.scaling:
        print_exponents("genes", options.individuals, options.genes, partial(measure, options))
    else:
        measure(options, options.individuals, options.genes)


if __name__ == "__main__":
    main()
