"""From a VCF to SNP matrices on disk, against bare passes of the same file by cyvcf2 and bcftools.

python tests/benchmarks/vcf_to_matrix.py [--individuals N] [--snps V] [--repeats R] [--folder F]
[--scaling]

A simulated chromosome of N individuals and about V common SNPs, three quarters of them in genes, as text
VCF and as BCF. CPU seconds, minima over repeats that take turns, every pass in a process of its own; the
ratios are to `gt_types` of cyvcf2 and to `bcftools view -Ou -o /dev/null`, where bcftools is there.
With --scaling the time of 1, 2 and 4 times the SNPs and the individuals, and the exponents that fit.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from scaling import print_exponents

SNPS_PER_GENE = 32


def make_files(folder: Path, individuals: int, snps: int) -> None:
    """The chromosome as text and BCF, a split, and genes that hold three of four SNPs."""
    import numpy as np
    import pandas as pd
    from genotype_files import simulated, write_text

    from genodiff.formats.split import write_split
    from genodiff.simulation.bcf import write_bcf

    chromosome, samples = simulated(individuals, snps), [f"P{i:06d}" for i in range(individuals)]
    write_text(str(folder / "x.vcf.gz"), chromosome, samples)
    write_bcf(folder / "x.bcf", chromosome, samples)
    rng = np.random.default_rng(0)
    sets = rng.choice(
        ["train", "validation", "test", "unlabelled"], individuals, p=[0.76, 0.09, 0.1, 0.05]
    )
    labels = np.where(sets == "unlabelled", None, rng.choice(["case", "control"], individuals))
    write_split(folder / "split.tsv", pd.DataFrame({"sample": samples, "label": labels, "set": sets}))
    at = chromosome.positions
    bed = [
        f"1\t{at[i] - 1}\t{at[min(i + SNPS_PER_GENE, len(at)) - 1]}\tG{i}\n"
        for i in range(0, len(at), SNPS_PER_GENE * 4 // 3)
    ]
    (folder / "genes.bed").write_text("".join(bed))
    (folder / "genotypes").write_text(str(len(at) * individuals))


def bare_cyvcf2(path: str) -> None:
    from cyvcf2 import VCF

    for record in VCF(path):
        record.gt_types  # noqa: B018 - what makes cyvcf2 decode the genotypes


def matrices(folder: Path, path: str) -> None:
    from genodiff.annotations.read import read_genes
    from genodiff.genotypes.inputs import GenotypeFiles
    from genodiff.genotypes.matrices import write_matrices
    from genodiff.genotypes.quality import Quality
    from genodiff.qc.counts import Tally

    write_matrices(
        files=GenotypeFiles("vcf", {"1": path}), chromosome="1",
        genes=read_genes(folder / "genes.bed", Tally()), between="drop",
        split_path=folder / "split.tsv", matrices_path=folder / "m.parquet",
        quality=Quality(0.01, 0.0, 1e-5), size=(1, None), control=None, memory_mb=2048,
    )  # fmt: skip


def cpu_seconds(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def step(name: str, folder: Path, form: str) -> list[float]:
    """CPU seconds (imports left out) and peak MiB of a pass, in a new process."""
    if name == "bcftools":
        before = cpu_seconds(resource.RUSAGE_CHILDREN)
        command = ["bcftools", "view", "-Ou", "-o", os.devnull, folder / f"x.{form}"]
        subprocess.run(command, check=True)
        return [cpu_seconds(resource.RUSAGE_CHILDREN) - before, 0]
    command = [sys.executable, __file__, "--step", name, "--folder", folder, "--form", form]
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    return [float(word) for word in done.stdout.split()]


def run_step(name: str, folder: Path, form: str) -> None:
    import genodiff.annotations
    import genodiff.genotypes.matrices
    import genodiff.genotypes.readers.vcf  # noqa: F401 - so that imports are not timed

    path, start = str(folder / f"x.{form}"), cpu_seconds(resource.RUSAGE_SELF)
    if name == "cyvcf2":
        bare_cyvcf2(path)
    else:
        matrices(folder, path)
    print(
        cpu_seconds(resource.RUSAGE_SELF) - start,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10,
    )


def measure(individuals: int, snps: int, repeats: int, parent: str | None, passes: list[str]) -> dict:
    """Least CPU seconds and most MiB by (pass, format); and the number of genotypes."""
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = Path(name)
        make_files(folder, individuals, snps)
        found = {}
        for _ in range(repeats):
            for form in ("vcf.gz", "bcf"):
                for one in passes:
                    time, peak = step(one, folder, form)
                    least, most = found.get((one, form), (float("inf"), 0))
                    found[one, form] = min(least, time), max(most, peak)
        return found | {"genotypes": int((folder / "genotypes").read_text())}


def scaled(options: argparse.Namespace, individuals: int, snps: int) -> dict[str, float]:
    """Least seconds of the matrices by format."""
    found = measure(individuals, snps, options.repeats, options.folder, ["matrices"])
    # For each genotype: the simulated SNPs are not exactly as many as wanted.
    part = individuals * snps / found["genotypes"]
    return {f"time, {form}": found["matrices", form][0] * part for form in ("vcf.gz", "bcf")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--individuals", type=int, default=10_405)
    parser.add_argument("--snps", type=int, default=3_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", help="for files of the benchmark, removed at its end")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--form", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        run_step(options.step, Path(options.folder), options.form)
        return
    if options.scaling:
        print_exponents("SNPs", options.individuals, options.snps, partial(scaled, options))
        return
    passes = ["cyvcf2", "matrices", *(["bcftools"] if shutil.which("bcftools") else [])]
    found = measure(options.individuals, options.snps, options.repeats, options.folder, passes)
    print(f"{options.individuals} individuals, {found['genotypes'] // options.individuals} SNPs")
    for form in ("vcf.gz", "bcf"):
        own, peak = found["matrices", form]
        speed = found["genotypes"] / own / 1e6
        print(f"{form}: matrices {own:.2f} s, {speed:.0f} million genotypes/s, peak {peak:.0f} MiB")
        for name in passes:
            if name != "matrices":
                time = found[name, form][0]
                print(f"{form}: {name} {time:.2f} s; ratio of matrices to it {own / time:.2f}")


if __name__ == "__main__":
    main()
