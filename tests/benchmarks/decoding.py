"""Decoders on a finished run: the round trip of its real individuals, and their speed.

python tests/benchmarks/decoding.py --results results [--components K] [--explained SHARE]

Fits the principal components anew with these settings, from the matrices in results/genotypes. Beside
the columns of decoding.tsv: variance of the decoded dosages over the true ones, the correlation of
r2 between the SNPs of a gene (decoded against true) and its mean difference, the share of SNPs that
vary and are decoded without variance, all of test individuals; and the seconds of decoding everybody
over those of the PCA transform, in blocks as the job has them.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow/scripts"))

from genodiff.features import pca
from genodiff.features.decoders import DECODERS
from genodiff.features.gene_pca_job import training_mask, write_chromosome_pca
from genodiff.features.round_trip import decoded_blocks, fit_decoders
from genodiff.formats import genotypes
from genodiff.formats.decoding import read_decoding, write_decoding
from genodiff.formats.split import read_split

MEMORY_MB, BLOCK = 2048, 2**26


def linkage(dosage: np.ndarray) -> np.ndarray:
    """r2 of all pairs of SNPs, NaN without variance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.corrcoef(dosage) ** 2)[np.triu_indices(len(dosage), 1)]


def extremes(genes: list, decoders: dict) -> None:
    """Print the measures that decoding.tsv lacks."""
    for name in decoders:
        ratio, pairs, lost, varying, seconds, transform = [], [], 0, 0, 0.0, 0.0
        for number, (dosage, training, test, most, explained) in enumerate(genes):
            model = pca.fit(dosage, most, explained, training)
            start = perf_counter()
            scores = pca.transform(model, dosage, np.float32)
            transform += perf_counter() - start
            parameters = decoders[name].fit(model, dosage, scores, training, [0, number])
            start = perf_counter()
            blocks = decoded_blocks(decoders[name], model, parameters, scores, 0, number, BLOCK)
            parts = [decoded for _, decoded in blocks]
            seconds += perf_counter() - start
            true, decoded = dosage[:, test].astype(float), np.concatenate(parts, 1)[:, test]
            ratio.append([decoded.var(1).sum(), true.var(1).sum()])
            lost += int(((true.var(1) > 0) & (decoded.var(1) == 0)).sum())
            varying += int((true.var(1) > 0).sum())
            if len(true) > 1:
                pairs.append(np.stack([linkage(true), linkage(decoded)]))
        decoded, true = np.sum(ratio, 0)
        both = np.concatenate(pairs, 1)
        both = both[:, np.isfinite(both).all(0)]
        print(
            f"{name}\tvariance {decoded / true:.3f}\tLD r {np.corrcoef(both)[0, 1]:.3f}\tbias "
            f"{(both[1] - both[0]).mean():+.4f}\tlost {lost / varying:.2%}\tseconds {seconds:.2f}\t"
            f"over transform {seconds / transform:.1f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--components", type=int, default=8)
    parser.add_argument("--explained", type=float, default=None)
    options = parser.parse_args()
    split, sums, genes = options.results / "split.tsv", [], []
    with tempfile.TemporaryDirectory() as folder:
        for matrices in sorted((options.results / "genotypes").glob("*.parquet")):
            at = Path(folder) / matrices.stem
            files = [f"{at}.{part}" for part in ("models", "scores", "decoder", "sums")]
            write_chromosome_pca(
                genotypes_path=matrices, split_path=split, models_path=files[0], scores_path=files[1],
                most=options.components, explained=options.explained, memory_mb=MEMORY_MB,
            )  # fmt: skip
            fit_decoders(
                genotypes_path=matrices, models_path=files[0], split_path=split, decoder_path=files[2],
                sums_path=files[3], chosen="round", seed=0, memory_mb=MEMORY_MB,
            )  # fmt: skip
            sums.append(files[3])
            samples, sets = (
                genotypes.read_samples(matrices),
                read_split(split).set_index("sample")["set"],
            )
            training = training_mask(read_split(split), samples)
            test = (sets[samples] == "test").to_numpy()
            genes += [
                (dosage.copy(), training, test, options.components, options.explained)
                for _, dosage in genotypes.iter_genes(matrices)
            ]
        write_decoding(f"{folder}/decoding.tsv", sums, "round")
        print(read_decoding(f"{folder}/decoding.tsv").to_string(), flush=True)
    extremes(genes, {name: entry.load()() for name, entry in DECODERS.items()})


if __name__ == "__main__":
    main()
