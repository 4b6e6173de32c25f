"""Simulated individuals with linkage disequilibrium and a heritable label, and metrics on them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from bed_reader import to_bed

from genodiff.evaluation.fidelity import FIDELITY
from genodiff.evaluation.fidelity.base import Block, FidelityMetric, FidelitySettings, Sites
from genodiff.evaluation.fidelity.people import CANDIDATE, TEST, TRAIN, People
from genodiff.features.gene_pca_job import write_chromosome_pca
from genodiff.formats.genotypes import write_genes
from genodiff.formats.split import write_split
from genodiff.registry import build

CLASSES = ["case", "control"]
SNPS, SPACING, GENE = 400, 4000, 20


@dataclass
class Set:
    """Dosages int8 (V, N) and class numbers (N,)."""

    dosage: np.ndarray
    labels: np.ndarray

    def take(self, rows):
        return Set(self.dosage[:, rows], self.labels[rows])


@dataclass
class Run:
    """A metric that has seen all SNPs, and its numbers by name and bin."""

    metric: FidelityMetric
    rows: dict[tuple[str, str], dict]

    def __getitem__(self, key):
        name, bin_ = key if isinstance(key, tuple) else (key, "all")
        return self.rows[name, bin_]["value"]

    @property
    def people(self):
        return self.metric.people


def mosaic(rng, individuals, founders=12, snps=SNPS, switch=0.03):
    """Dosages int8 (V, N) of individuals whose two haplotypes are mosaics of a few founders."""
    pool = np.random.default_rng(5).random((founders, snps)) < np.linspace(0.1, 0.6, snps)
    jumps = rng.random((snps, 2 * individuals)) < switch
    jumps[0] = True
    source = rng.integers(founders, size=jumps.shape)
    last = np.maximum.accumulate(np.where(jumps, np.arange(snps)[:, None], 0), 0)
    own = np.take_along_axis(source, last, 0)
    haplotypes = pool[own, np.arange(snps)[:, None]]
    return (haplotypes[:, ::2].astype(np.int8) + haplotypes[:, 1::2]).astype(np.int8)


@pytest.fixture
def draw_set():
    """Function: generator of random numbers and number of individuals to a Set; a few SNPs raise the
    liability of being a case."""

    def draw(rng, individuals, **more):
        dosage = mosaic(rng, individuals, **more)
        liability = dosage[10::60].sum(0) + rng.normal(size=individuals)
        return Set(dosage, (liability < np.median(liability)).astype(np.int64))

    return draw


@pytest.fixture
def sets(draw_set):
    """400 training and 100 test individuals."""
    rng = np.random.default_rng(0)
    return {TRAIN: draw_set(rng, 400), TEST: draw_set(rng, 100)}


@pytest.fixture
def compare():
    """Function: name of a metric and sets, with or without candidates, to a Run."""

    def run(name, sets, classes=CLASSES, control="control", rows=37, repeats=6, **settings):
        bounds = {"individuals": 300, "snps": 1000, "focal_snps": 1000, "memory_mb": 1024} | settings
        labels = [sets[key].labels if key in sets else None for key in (TRAIN, TEST, CANDIDATE)]
        people = People(classes, control, *labels, repeats, bounds["individuals"], 3)
        train = sets[TRAIN].dosage
        snps = len(train)
        sites = Sites(
            np.arange(snps) // (snps // 2), np.arange(snps) % (snps // 2) * SPACING + 1,
            np.arange(snps) // GENE, np.where(train < 0, 0, train).sum(1) / (2 * (train >= 0).sum(1)),
        )  # fmt: skip
        metric = build(
            FIDELITY, "metric", name, people=people, sites=sites, seed=0,
            settings=FidelitySettings(repeats=repeats, **bounds),
        )  # fmt: skip
        dosages = {key: own.dosage for key, own in sets.items()}
        dosages.setdefault(CANDIDATE, dosages[TEST])
        ends = sorted({*range(0, snps, rows), snps // 2, snps})
        for start, stop in pairwise(ends):
            part = slice(start, stop)
            block = {key: own[part] for key, own in dosages.items()}
            metric.add(Block(start, sites.take(part), block, people))
        return Run(metric, {(row["number"], row["bin"]): row for row in metric.numbers()})

    return run


@pytest.fixture
def every():
    """Names of all metrics."""
    return list(FIDELITY)


@dataclass
class Files:
    """Files of a cohort: real dosages (V, N) by chromosome at sorted sites, and paths."""

    sites: list[list[tuple[int, str, str]]]
    dosage: list[np.ndarray]
    matrices: list[str]
    models: list[str]
    split: str
    samples: list[str]


@pytest.fixture
def write_cohort(tmp_path):
    """Function: for each chromosome its sites (sorted), dosages (V, N), and rows of each gene; and the
    split (frame), to Files. A SNP may be in several genes."""

    def write(chromosomes, split):
        samples = split["sample"].tolist()
        training = (split["set"] == "train").to_numpy()
        files = Files([], [], [], [], str(tmp_path / "split.tsv"), samples)
        write_split(files.split, split)
        for name, (sites, dosage, genes) in chromosomes.items():
            paths = [str(tmp_path / f"{name}.{part}.parquet") for part in ("genes", "models", "scores")]
            tables = []
            for gene, rows in genes.items():
                columns = {
                    "gene": [gene] * len(rows), "chrom": [name] * len(rows),
                    "id": [f"rs{sites[r][0]}" for r in rows],
                    **{k: [sites[r][i] for r in rows] for i, k in enumerate(("pos", "ref", "alt"))},
                    "allele_frequency": dosage[rows][:, training].mean(1) / 2,
                    "missing_rate": np.zeros(len(rows)),
                }  # fmt: skip
                tables.append((columns, np.ascontiguousarray(dosage[rows])))
            write_genes(paths[0], samples, tables)
            write_chromosome_pca(
                genotypes_path=paths[0], split_path=files.split, models_path=paths[1],
                scores_path=paths[2], most=2, explained=None, memory_mb=512,
            )  # fmt: skip
            files.sites.append(sites)
            files.dosage.append(dosage)
            files.matrices.append(paths[0])
            files.models.append(paths[1])
        return files

    return write


@pytest.fixture
def write_decoded(tmp_path):
    """Function: sites by chromosome and dosages (V, N) of them together, to the path of a .bed."""

    def write(sites, dosage, name="decoded"):
        path = tmp_path / f"{name}.bed"
        flat = [(str(c + 1), *site) for c, own in enumerate(sites) for site in own]
        chromosome, position, ref, alt = zip(*flat, strict=True)
        to_bed(
            path, np.ascontiguousarray(dosage.T),
            {
                "chromosome": list(chromosome), "bp_position": list(position),
                "sid": [f"rs{p}" for p in position], "allele_1": list(alt), "allele_2": list(ref),
                "iid": [f"SYN{n:06d}" for n in range(dosage.shape[1])],
            },
        )  # fmt: skip
        return str(path)

    return write
