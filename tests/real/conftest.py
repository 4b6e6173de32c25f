"""Real genotypes beside the project, and the preprocessing of them in one process."""

from pathlib import Path

import pytest

from genodiff.annotations.read import read_genes
from genodiff.cohort.split_job import CohortInputs, SplitOutputs, split_job
from genodiff.features.gene_pca_job import write_chromosome_pca
from genodiff.features.tensors import FILES, write_tensors
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import write_matrices
from genodiff.genotypes.quality import Quality
from genodiff.qc.counts import Tally, write_counts


@pytest.fixture(scope="session")
def shared(repository) -> Path:
    """The folder of the real genotypes; skips where it is not there."""
    folder = repository.parent / "shared/data"
    if not folder.is_dir():
        pytest.skip("no shared/data beside the project")
    return folder


@pytest.fixture(scope="session")
def preprocess():
    """Function: genotypes (source, path of each chromosome), genes, phenotypes, column of labels, and a
    folder, to the files written there."""

    def run(source, paths, genes_path, phenotypes, label, folder, thresholds=(0.01, 0.0)):
        folder.mkdir(parents=True)
        files, split = GenotypeFiles(source, paths), folder / "split.tsv"
        columns = ["sample", label, None]
        split_job(
            cohort=CohortInputs(files, "GRCh37", str(genes_path), {}, str(phenotypes), columns, None),
            fractions=[0.1, 0.1], seed=0, missing=[], max_missing=None, outputs=SplitOutputs(
                split, folder / "genes.bed", folder / "individuals.tsv", folder / "facts.json"
            ),
        )  # fmt: skip
        genes, models, scores = read_genes(folder / "genes.bed", Tally()), [], []
        for chromosome in paths:
            matrices = folder / f"{chromosome}.parquet"
            tally = write_matrices(
                files=files,
                chromosome=chromosome,
                genes=genes,
                between="drop",
                split_path=split,
                matrices_path=matrices,
                quality=Quality(*thresholds),
                size=(1, None),
                control=None,
                memory_mb=2048,
            )
            write_counts(folder / f"{chromosome}.counts.tsv", {chromosome: tally})
            models.append(folder / f"{chromosome}.models")
            scores.append(folder / f"{chromosome}.scores")
            write_chromosome_pca(
                genotypes_path=matrices,
                split_path=split,
                models_path=models[-1],
                scores_path=scores[-1],
                most=8,
                explained=None,
                memory_mb=2048,
            )
        outputs = {name: folder / f"{name}.tensors" for name in FILES}
        write_tensors(
            models_paths=models,
            scores_paths=scores,
            split_path=split,
            layout_path=folder / "layout.json",
            tensor_paths=outputs,
            multiple=32,
            components=8,
            memory_mb=2048,
        )
        return folder

    return run
