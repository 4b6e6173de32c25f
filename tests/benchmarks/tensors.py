"""Time and memory of the tensor step, each in a process of its own.

python tests/benchmarks/tensors.py [--individuals N] [--genes G] [--memory-mb M] [--folder F] [--scaling]

Writes random scores of G genes (1, 4 or 8 components) and N individuals, 22 chromosomes, then their
tensors. With --scaling the time of 1, 2 and 4 times the genes and the individuals, and the exponents
that fit.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from scaling import print_exponents

CHROMOSOMES = 22
COUNTS, SHARES = (1, 4, 8), (0.1, 0.45, 0.45)
SETS = ("train",) * 16 + ("validation",) * 2 + ("test",) * 2


def paths(folder: Path, part: str) -> list[str]:
    return [str(folder / f"{i}.{part}") for i in range(CHROMOSOMES)]


def random_genes(genes: int, individuals: int, seed: int):
    """Models and scores of a chromosome."""
    import numpy as np

    rng = np.random.default_rng(seed)
    for i, k in enumerate(rng.choice(COUNTS, genes, p=SHARES)):
        snps = {1: 3, 4: 12, 8: 45}[int(k)]
        model = {
            "gene": f"g{i}", "chrom": str(seed), "pos": list(range(snps)), "id": ["."] * snps,
            "ref": ["A"] * snps, "alt": ["C"] * snps, "mean": np.ones(snps),
            "loadings": np.ones((k, snps)).tolist(),
            "explained_variance": np.ones(k), "total_variance": float(snps), "imputed_calls": 0,
            "score_mean": rng.standard_normal(k), "score_deviation": 1 + rng.random(k),
        }  # fmt: skip
        yield model, rng.standard_normal((k, individuals), np.float32)


def write_scores(folder: Path, individuals: int, genes: int, memory_mb: int) -> None:
    """22 chromosomes and a split."""
    import numpy as np
    import pandas as pd

    from genodiff.formats.gene_pca import row_group_bytes, write_gene_pca
    from genodiff.formats.split import write_split

    samples = [f"P{i:06d}" for i in range(individuals)]
    sets = np.random.default_rng(0).choice(SETS, individuals)
    label = np.where(np.arange(individuals) % 2, "case", "control")
    write_split(folder / "split.tsv", pd.DataFrame({"sample": samples, "label": label, "set": sets}))
    ends = [genes * i // CHROMOSOMES for i in range(CHROMOSOMES + 1)]
    files = zip(paths(folder, "models"), paths(folder, "scores"), strict=True)
    for i, (models, scores) in enumerate(files):
        made = random_genes(ends[i + 1] - ends[i], individuals, i)
        write_gene_pca(models, scores, samples, made, row_group_bytes(memory_mb))


def write_them(folder: Path, memory_mb: int) -> None:
    from genodiff.features.tensors import FILES, write_tensors

    tensors = {name: str(folder / f"{name}.parquet") for name in FILES}
    layout, split = folder / "layout.json", folder / "split.tsv"
    write_tensors(
        models_paths=paths(folder, "models"),
        scores_paths=paths(folder, "scores"),
        split_path=split,
        layout_path=layout,
        tensor_paths=tensors,
        multiple=2048,
        components=8,
        memory_mb=memory_mb,
    )


def step(name: str, folder: Path, options: argparse.Namespace) -> list[float]:
    """Seconds and peak MiB of a step in a new process."""
    own = ["--step", name, "--folder", folder, "--memory-mb", options.memory_mb]
    own += ["--individuals", options.individuals, "--genes", options.genes]
    command = [sys.executable, __file__, *map(str, own)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def measure(options: argparse.Namespace, repeats: int = 1) -> float:
    """Prints and returns the least time of the tensor step."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        wrote, wrote_peak = step("scores", Path(folder), options)
        found = [step("tensors", Path(folder), options) for _ in range(repeats)]
        size = sum(file.stat().st_size for file in Path(folder).glob("*.parquet")) / 2**30
    least, peak = min(t for t, _ in found), max(peak for _, peak in found)
    print(
        f"{options.individuals} individuals, {options.genes} genes: scores written in {wrote:.1f} s "
        f"({wrote_peak:.0f} MiB), tensors in {least:.1f} s ({peak:.0f} MiB), {size:.2f} GiB of tensors",
        flush=True,
    )
    return least


def scaled(options: argparse.Namespace, individuals: int, genes: int) -> dict[str, float]:
    options.individuals, options.genes = individuals, genes
    return {"time": measure(options, repeats=3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--individuals", type=int, default=10_405)
    parser.add_argument("--genes", type=int, default=18_279)
    parser.add_argument("--memory-mb", type=int, default=2048, help="features.memory_mb")
    parser.add_argument("--folder", default=".", help="for files of the benchmark, removed at its end")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--step", choices=["scores", "tensors"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = Path(options.folder)
    if options.step is None:
        if options.scaling:
            print_exponents("genes", options.individuals, options.genes, partial(scaled, options))
        else:
            measure(options)
        return
    if options.step == "scores":
        start = perf_counter()
        write_scores(folder, options.individuals, options.genes, options.memory_mb)
    else:
        import genodiff.features.tensors  # noqa: F401 - so that the imports are not timed

        start = perf_counter()
        write_them(folder, options.memory_mb)
    print(perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)


if __name__ == "__main__":
    main()
