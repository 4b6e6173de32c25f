"""The chain from genotypes to tensors on small made data."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam
import pytest

from genodiff.annotations.read import read_genes
from genodiff.features.gene_pca_job import write_chromosome_pca
from genodiff.features.tensors import write_tensors
from genodiff.formats.split import write_split
from genodiff.formats.tensors import Layout
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import write_matrices
from genodiff.genotypes.quality import Quality
from genodiff.qc.counts import Tally, write_counts

MEMORY_MB = 512
CALLS = np.array(["./.", "0/0", "0/1", "1/1"])  # by dosage + 1


@dataclass
class Chain:
    """Paths of a chain's files."""

    matrices: list[Path]
    counts: list[Path]
    models: list[Path]
    scores: list[Path]
    layout: Path
    tensors: dict[str, Path]


def write_genotypes(path, chromosome, positions, dosage, samples):
    """A bgzipped, indexed VCF of dosages (V, N), -1 missing."""
    fixed = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
    lines = ["##fileformat=VCFv4.2", f"##contig=<ID={chromosome}>"]
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    lines.append(fixed + "\t".join(samples))
    for position, row in zip(positions, dosage, strict=True):
        calls = "\t".join(CALLS[row + 1])
        lines.append(f"{chromosome}\t{position}\t.\tA\tC\t.\t.\t.\tGT\t{calls}")
    with pysam.BGZFile(str(path), "w") as out:
        out.write(("\n".join(lines) + "\n").encode())
    pysam.tabix_index(str(path), preset="vcf", keep_original=True)


@pytest.fixture(scope="session")
def write_vcf():
    """Function: see `write_genotypes`."""
    return write_genotypes


@pytest.fixture(scope="session")
def run_chain():
    """Function: genotypes by chromosome {name: (positions, dosages (V, N))}, BED lines and a split
    frame to all files of the chain in a folder."""

    def run(folder, chromosomes, bed, split, samples, quality=(0.01, 0.0), most=8, multiple=4):
        folder.mkdir()
        (folder / "genes.bed").write_text(bed)
        write_split(folder / "split.tsv", split)
        chain = Chain([], [], [], [], folder / "layout.json", {})
        for name, (positions, dosage) in chromosomes.items():
            vcf = folder / f"{name}.vcf.gz"
            write_genotypes(vcf, name, positions, dosage, samples)
            paths = [folder / f"{name}.{part}" for part in ("genotypes", "counts", "models", "scores")]
            genes = read_genes(folder / "genes.bed", Tally())
            tally = write_matrices(
                files=GenotypeFiles("vcf", {name: str(vcf)}), chromosome=name, genes=genes,
                between="drop", split_path=folder / "split.tsv",
                matrices_path=paths[0],
                quality=Quality(*quality), size=(1, None), control=None, memory_mb=2048,
            )  # fmt: skip
            write_counts(paths[1], {name: tally})
            write_chromosome_pca(
                genotypes_path=paths[0],
                split_path=folder / "split.tsv",
                models_path=paths[2],
                scores_path=paths[3],
                most=most,
                explained=None,
                memory_mb=MEMORY_MB,
            )
            for found, path in zip(
                (chain.matrices, chain.counts, chain.models, chain.scores), paths, strict=True
            ):
                found.append(path)
        chain.tensors = {name: folder / f"{name}.parquet" for name in ("train", "validation", "test")}
        write_tensors(
            models_paths=[*map(str, chain.models)], scores_paths=[*map(str, chain.scores)],
            split_path=folder / "split.tsv", layout_path=chain.layout, tensor_paths=chain.tensors,
            multiple=multiple, components=most, memory_mb=MEMORY_MB,
        )  # fmt: skip
        assert Layout.read(chain.layout)
        return chain

    return run
