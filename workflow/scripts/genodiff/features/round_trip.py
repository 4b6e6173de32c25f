"""Decoders of a chromosome: fitted on training individuals, and their round trip of real individuals."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from genodiff.features import pca
from genodiff.features.decoders import DECODERS
from genodiff.features.decoders.base import Decoder, Noise, Parameters
from genodiff.features.decoding import read_own_snps
from genodiff.features.gene_pca_job import training_mask
from genodiff.formats import genotypes
from genodiff.formats.common import whole_file
from genodiff.formats.decoders import decoder_name, iter_parameters, write_decoder
from genodiff.formats.decoding import MAF_BINS, write_sums
from genodiff.formats.gene_pca import iter_models
from genodiff.formats.split import read_split
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger
from genodiff.runtime.memory import data_bytes

SETS = ("training", "test")
# Bytes per SNP and individual of a block while it is decoded: floats, random numbers, calls.
_CALL_BYTES = 32
# Bytes of a block at most.
_BLOCK_BYTES = 2**26


def contingency(true: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Numbers of calls by true and decoded genotype, int64 (V, 3, 3), of dosages int8 (V, N) each.
    Missing true calls are left out."""
    both = 3 * true + decoded  # below 0 where missing
    counts = [np.count_nonzero(both == pair, axis=1) for pair in range(9)]
    return np.stack(counts, 1).reshape(len(true), 3, 3)


def measures(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Sums of `formats.decoding` for each SNP, (V,), from its `contingency`."""
    genotype = np.arange(3)
    calls = counts.sum((1, 2))
    true, decoded = counts.sum(2), counts.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [(side @ genotype) / calls for side in (true, decoded)]
        variances = [
            (side @ genotype**2) / calls - mean**2
            for side, mean in zip((true, decoded), means, strict=True)
        ]
        products = np.einsum("vij,i,j->v", counts, genotype, genotype) / calls
        r2 = (products - means[0] * means[1]) ** 2 / (variances[0] * variances[1])
    varies = variances[0] > 1e-12
    exact = np.einsum("vii->v", counts)
    return {
        "snps": (calls > 0).astype(int), "calls": calls, "exact": exact,
        "non_reference_calls": calls - counts[:, 0, 0],
        "non_reference_exact": exact - counts[:, 0, 0],
        "frequency_error": np.nan_to_num(np.abs(means[0] - means[1]) / 2),
        "heterozygotes": true[:, 1], "decoded_heterozygotes": decoded[:, 1],
        # A SNP that is decoded without variance has no correlation with the truth.
        "r2": np.where(varies & (variances[1] > 1e-12), r2, 0), "r2_snps": varies.astype(int),
    }  # fmt: skip


class RoundTrip:
    """Sums over the SNPs of a chromosome, for each decoder, set and bin of minor allele frequencies."""

    def __init__(self, sets: dict[str, np.ndarray]):
        """`sets`: bool (N,) by name."""
        self.sets = sets
        self.sums: dict[tuple[str, str, float], dict[str, float]] = {}

    def add(self, decoder: str, name: str, counts: np.ndarray, frequency: np.ndarray) -> None:
        """Add the `contingency` of SNPs with these allele frequencies (V,) in training individuals."""
        found = measures(counts)
        place = np.searchsorted(MAF_BINS, np.minimum(frequency, 1 - frequency) - 1e-9)
        for number, limit in enumerate(MAF_BINS):
            own = self.sums.setdefault((decoder, name, limit), dict.fromkeys(found, 0))
            for key, values in found.items():
                own[key] += values[place == number].sum()

    def rows(self) -> list[dict]:
        """Rows of `formats.decoding.write_sums`."""
        return [
            {"decoder": decoder, "set": name, "individuals": int(self.sets[name].sum()), "maf": limit}
            | sums
            for (decoder, name, limit), sums in self.sums.items()
        ]


def decoded_blocks(
    decoder: Decoder, model: pca.GenePca, parameters: Parameters, scores: np.ndarray,
    seed: int, number: int, block_bytes: int,
) -> Iterator[tuple[slice, np.ndarray]]:  # fmt: skip
    """Yield blocks of individuals with their dosages int8 (V, individuals)."""
    size = max(1, block_bytes // (_CALL_BYTES * len(model.mean)))
    for first in range(0, scores.shape[1], size):
        part = slice(first, min(first + size, scores.shape[1]))
        yield part, decoder.decode(model, parameters, scores[:, part], Noise(seed, number, first))


@dataclass(frozen=True)
class _Gene:
    """A gene of a chromosome, with the dosages int8 (V, N) and scores float32 (k, N) of individuals."""

    name: str
    number: int
    model: pca.GenePca
    dosage: np.ndarray
    scores: np.ndarray
    frequency: np.ndarray  # of the SNPs in `own`
    own: np.ndarray  # bool (V,): SNPs that are decoded from this gene


class _Trips:
    """The genes of a chromosome, one row group in memory at a time, and their round trips."""

    def __init__(self, genotypes_path, models_path, split_path, seed: int, memory_mb: int):
        self.paths, self.seed = (genotypes_path, models_path), seed
        samples, split = genotypes.read_samples(genotypes_path), read_split(split_path)
        self.training = training_mask(split, samples)
        held_out = set(split.loc[split["set"] == "test", "sample"])
        test = np.array([sample in held_out for sample in samples])
        self.sums = RoundTrip(dict(zip(SETS, (self.training, test), strict=True)))
        self.own = read_own_snps(models_path)
        self.block = min(_BLOCK_BYTES, data_bytes(memory_mb) // 8)

    def genes(self) -> Iterator[_Gene]:
        """Yield each gene; raises ValueError if those of matrices and models differ."""
        matrices, models = self.paths
        pairs = zip(genotypes.iter_genes(matrices), iter_models(models), strict=True)
        for number, ((snps, dosage), row) in enumerate(pairs):
            if snps["pos"].to_pylist() != row["pos"]:
                raise ValueError(f"{models}: gene {row['gene']} is not that of {matrices}")
            model, mine = pca.GenePca.of(row), self.own[number]
            frequency = snps["allele_frequency"].to_numpy()[mine].astype(float)
            scores = pca.transform(model, dosage, np.float32)
            yield _Gene(row["gene"], number, model, dosage, scores, frequency, mine)

    def add(self, name: str, decoder: Decoder, parameters: Parameters, gene: _Gene) -> None:
        """Add the round trip of a gene through the decoder of this name."""
        counts = dict.fromkeys(SETS, 0)
        for part, decoded in decoded_blocks(
            decoder, gene.model, parameters, gene.scores, self.seed, gene.number, self.block
        ):
            for key in SETS:
                who = self.sums.sets[key][part]
                counts[key] += contingency(gene.dosage[:, part][:, who], decoded[:, who])
        for key in SETS:
            self.sums.add(name, key, counts[key][gene.own], gene.frequency)

    def write(self, path: str | os.PathLike) -> None:
        """Write the sums."""
        write_sums(path, self.sums.rows())
        logger.info("%d genes, %d SNPs", len(self.own), sum(map(np.count_nonzero, self.own)))


def fit_decoders(
    *, genotypes_path: str | os.PathLike, models_path: str | os.PathLike,
    split_path: str | os.PathLike, decoder_path: str | os.PathLike, sums_path: str | os.PathLike,
    chosen: str, seed: int, memory_mb: int,
) -> None:  # fmt: skip
    """Write the parameters of the decoder `chosen`, and the sums of the round trip of every decoder.

    Raises ValueError if the genes of matrices and models differ.
    """
    trips = _Trips(genotypes_path, models_path, split_path, seed, memory_mb)
    decoders = {name: entry.load()() for name, entry in DECODERS.items()}

    def fitted() -> Iterator[tuple[str, Parameters]]:
        for gene in trips.genes():
            for name, decoder in decoders.items():
                parameters = decoder.fit(
                    gene.model, gene.dosage, gene.scores, trips.training, [seed, gene.number]
                )
                if name == chosen:
                    yield gene.name, parameters
                trips.add(name, decoder, parameters, gene)

    write_decoder(decoder_path, chosen, fitted())
    trips.write(sums_path)


def take_decoder(
    *, genotypes_path: str | os.PathLike, models_path: str | os.PathLike,
    split_path: str | os.PathLike, basis: str | os.PathLike, decoder_path: str | os.PathLike,
    sums_path: str | os.PathLike, chosen: str, seed: int, memory_mb: int,
) -> None:  # fmt: skip
    """Copy a decoder that was fitted to a panel (`basis`), and write the sums of the round trip of this
    cohort's individuals through it.

    Raises InputError if it is another one than `chosen`, and ValueError if the genes of matrices, models
    and decoder differ.
    """
    if decoder_name(basis) != chosen:
        raise InputError(
            f"features.decoder: the panel's is {decoder_name(basis)!r}, this configuration's {chosen!r}"
        )
    trips = _Trips(genotypes_path, models_path, split_path, seed, memory_mb)
    decoder, fitted = DECODERS[chosen].load()(), dict(iter_parameters(basis))
    for gene in trips.genes():
        trips.add(chosen, decoder, fitted.get(gene.name, {}), gene)
    with whole_file(decoder_path) as temporary:
        shutil.copyfile(basis, temporary)
    trips.write(sums_path)
