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
            CohortInputs(files, "GRCh37", str(genes_path), {}, str(phenotypes), columns, None),
            [0.1, 0.1], 0, [], None, SplitOutputs(
                split, folder / "genes.bed", folder / "individuals.tsv", folder / "facts.json"
            ),
        )  # fmt: skip
        genes, models, scores = read_genes(folder / "genes.bed", Tally()), [], []
        for chromosome in paths:
            matrices = folder / f"{chromosome}.parquet"
            tally = write_matrices(
                files,
                chromosome,
                genes,
                "drop",
                split,
                matrices,
                Quality(*thresholds),
                (1, None),
                None,
                2048,
            )
            write_counts(folder / f"{chromosome}.counts.tsv", {chromosome: tally})
            models.append(folder / f"{chromosome}.models")
            scores.append(folder / f"{chromosome}.scores")
            write_chromosome_pca(matrices, split, models[-1], scores[-1], 8, None, 2048)
        outputs = {name: folder / f"{name}.tensors" for name in FILES}
        write_tensors(models, scores, split, folder / "layout.json", outputs, 32, 8, 2048)
        return folder

    return run
