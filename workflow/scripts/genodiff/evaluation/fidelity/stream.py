"""Blocks of SNPs with the dosages of real and of synthetic individuals, in the order of chromosome and
position. A SNP of several genes comes once, from the gene that it is decoded from."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from bed_reader import open_bed

from genodiff.evaluation.fidelity.base import Block, Sites
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN, People
from genodiff.features.decoding import read_own_snps
from genodiff.formats.genotypes import iter_genes, read_snps
from genodiff.formats.plink1 import count_samples, read_bim

# Bytes per SNP and individual of a block: dosages and their numbers as floats.
_CALL_BYTES = 16


class Matrices:
    """The kept SNPs of all chromosomes, each once."""

    def __init__(self, matrices: Sequence[str | os.PathLike], models: Sequence[str | os.PathLike]):
        """Paths of the genotypes and of the models of each chromosome, in the configuration's order.
        Raises ValueError if their genes differ."""
        self._paths = list(matrices)
        # Of each chromosome: for each gene, which SNPs are its own, and their places on the chromosome.
        self._own: list[list[tuple[np.ndarray, np.ndarray]]] = []
        self.names: list[str] = []  # of the chromosomes
        parts, self.keys, genes = [], [], 0
        for number, (path, models_path) in enumerate(zip(matrices, models, strict=True)):
            rows, own = read_snps(path), read_own_snps(models_path)
            if [len(row["pos"]) for row in rows] != list(map(len, own)):
                raise ValueError(f"{models_path}: its genes are not those of {path}")
            self.names.append(rows[0]["chrom"][0] if rows else "")
            columns = {
                name: np.concatenate(
                    [np.asarray(row[name])[mine] for row, mine in zip(rows, own, strict=True)] or [[]]
                )
                for name in ("pos", "ref", "alt", "allele_frequency")
            }
            sizes = [int(mine.sum()) for mine in own]
            gene = np.repeat(np.arange(genes, genes + len(own)), sizes)
            genes += len(own)
            order = np.lexsort((columns["alt"], columns["ref"], columns["pos"]))
            place = np.argsort(order)
            self._own.append(list(zip(own, np.split(place, np.cumsum(sizes))[:-1], strict=True)))
            self.keys.append([columns[name][order] for name in ("pos", "ref", "alt")])
            parts.append(
                Sites(
                    np.full(len(order), number), columns["pos"][order].astype(np.int64), gene[order],
                    columns["allele_frequency"][order].astype(float),
                )
            )  # fmt: skip
        self.sites = Sites(
            *(np.concatenate([getattr(p, name) for p in parts]) for name in Sites.__dataclass_fields__)
        )

    def sorted_rows(self, individuals: np.ndarray, rows: int) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield the number of the chromosome, the number of the first SNP on it (both from 0) and
        dosages int8 (V, n) of the `individuals` int (n,) at at most `rows` consecutive SNPs.

        A row group of genes is in memory, and what waits for SNPs of genes that lie within another.
        """
        for chromosome, (path, own) in enumerate(zip(self._paths, self._own, strict=True)):
            later = np.array([places.min(initial=2**62) for _, places in own] + [2**62])
            later = np.minimum.accumulate(later[::-1])[::-1][1:]
            waiting, places, first = [], [], 0
            for number, ((mine, at), (_, dosage)) in enumerate(zip(own, iter_genes(path), strict=True)):
                waiting.append(dosage[np.ix_(mine, individuals)])
                places.append(at)
                last = number == len(own) - 1
                if not last and sum(map(len, places)) < rows:
                    continue
                held, at = np.concatenate(waiting), np.concatenate(places)
                order = np.argsort(at)
                ready = order[at[order] < later[number]]
                for start in range(0, len(ready), rows):
                    yield chromosome, first + start, held[ready[start : start + rows]]
                first += len(ready)
                left = np.setdiff1d(order, ready)
                waiting, places = [held[left]], [at[left]]

    def at(self, chosen: np.ndarray, individuals: np.ndarray) -> np.ndarray:
        """Dosages int8 (n, S) of the `individuals` int (n,) at the S SNPs `chosen`, bool (V,)."""
        out, start = np.empty((len(individuals), chosen.sum()), np.int8), 0
        column = np.cumsum(chosen) - 1
        for path, own, keys in zip(self._paths, self._own, self.keys, strict=True):
            for (mine, places), (_, dosage) in zip(own, iter_genes(path), strict=True):
                wanted = chosen[start + places]
                rows = np.flatnonzero(mine)[wanted]
                out[:, column[start + places[wanted]]] = dosage[np.ix_(rows, individuals)].T
            start += len(keys[0])
        return out


class Decoded:
    """Genotypes of synthetic individuals in PLINK 1 files, matched with the kept SNPs."""

    def __init__(
        self, bed_path: str | os.PathLike, keys: list[list[np.ndarray]], individuals: int,
        used: Sequence[int] | None = None,
    ):  # fmt: skip
        """`keys`: positions, REF and ALT of each chromosome, sorted; `used`: rows of the individuals
        that are read, by default all. Raises ValueError if the .bim has other SNPs, or the .fam another
        number of individuals."""
        path = Path(bed_path)
        bim, found = read_bim(path.with_suffix(".bim")), count_samples(path.with_suffix(".fam"))
        if found != individuals:
            raise ValueError(f"{path}: {found} individuals, but {individuals} labels")
        if len(bim) != sum(len(own[0]) for own in keys):
            raise ValueError(f"{path}: {len(bim)} SNPs, not those of the cohort")
        self._path, self._rows, start = path, [], 0
        # Reading everybody is faster than naming them.
        everybody = used is None or len(used) == individuals
        self._used = np.s_[:] if everybody else np.asarray(used, int)
        for own in keys:
            part = bim.iloc[start : start + len(own[0])]
            order = np.lexsort((part["alt"], part["ref"], part["pos"]))
            for name, values in zip(("pos", "ref", "alt"), own, strict=True):
                if not np.array_equal(part[name].to_numpy()[order], values):
                    raise ValueError(f"{path}: its SNPs are not those of the cohort, in its order")
            self._rows.append(start + order)
            start += len(part)
        self._bed = open_bed(path, individuals, len(bim), skip_format_check=True)

    def read(self, chromosome: int, rows: slice | np.ndarray) -> np.ndarray:
        """Dosages int8 (V, n) of the used individuals at SNPs of a chromosome, a slice or numbers of
        them; raises ValueError if a call is missing."""
        wanted = self._rows[chromosome][rows]
        index = (self._used, wanted)
        dosage = self._bed.read(index, dtype="int8", order="F", num_threads=1).T
        if dosage.size and dosage.min() < 0:
            raise ValueError(f"{self._path}: a synthetic individual lacks a call")
        return dosage


def blocks(
    matrices: Matrices, columns: dict[str, np.ndarray], decoded: Decoded | None, people: People,
    memory_mb: float,
) -> Iterator[Block]:  # fmt: skip
    """Yield all SNPs, block by block; a block takes a quarter of `memory_mb`.

    `columns`: of the training and the test individuals in the matrices; `decoded`: None for the null,
    whose candidates are the test individuals.
    """
    individuals = sum(len(people.groups[name].labels) for name in people.groups)
    rows = max(1, int(memory_mb * 2**20) // 4 // (_CALL_BYTES * individuals))
    real = np.concatenate([columns[TRAIN], columns[TEST]])
    starts = np.searchsorted(matrices.sites.chromosome, np.arange(len(matrices.keys)))
    for chromosome, first, dosage in matrices.sorted_rows(real, rows):
        train, test = np.split(dosage, [len(columns[TRAIN])], axis=1)
        part = slice(first, first + len(dosage))
        own = test if decoded is None else decoded.read(chromosome, part)
        at = int(starts[chromosome]) + first
        yield Block(
            at, matrices.sites.take(slice(at, at + len(dosage))),
            {TRAIN: train, TEST: test, CANDIDATE: own}, people,
        )  # fmt: skip
