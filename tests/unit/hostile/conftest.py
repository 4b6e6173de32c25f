"""The first jobs of a run on the hostile inputs of tests/data/bad-input, in one process."""

import csv
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pytest

from genodiff.annotations.read import read_genes
from genodiff.cohort.split_job import CohortInputs, SplitOutputs, split_job
from genodiff.features.gene_pca_job import write_chromosome_pca
from genodiff.features.tensors import FILES, write_tensors
from genodiff.formats.genotypes import iter_genes, read_samples
from genodiff.formats.split import read_split
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.genotypes.chromosomes import find_chromosomes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.matrices import write_matrices
from genodiff.genotypes.quality import Quality
from genodiff.genotypes.readers.files import genotype_files
from genodiff.qc.counts import Tally, read_counts, write_counts
from genodiff.qc.relatives import find_relatives
from genodiff.qc.summary import check

BAD_INPUT = Path(__file__).parents[2] / "data/bad-input"
# Settings that messages name, beside those of `Quality`.
THRESHOLDS = {"max_individual_missing": None, "min_snps": 1, "max_snps": None}


@dataclass
class Outcome:
    """What a run left."""

    folder: Path
    chromosomes: list[str]
    tally: Tally
    messages: str
    summary: str  # of `snakemake check`

    @property
    def split(self) -> pd.DataFrame:
        return read_split(self.folder / "split.tsv").set_index("sample")

    def dosages(self) -> dict:
        """(gene, position): dosage by individual."""
        found = {}
        for chromosome in self.chromosomes:
            path = self.folder / f"{chromosome}.parquet"
            samples = read_samples(path)
            for snps, dosage in iter_genes(path):
                for pos, row in zip(snps["pos"].to_pylist(), dosage.tolist(), strict=True):
                    found[snps["gene"][0].as_py(), pos] = dict(zip(samples, row, strict=True))
        return found

    def individuals(self) -> list[str]:
        """All individuals in the tensors, which must be readable and finite."""
        layout = Layout.read(self.folder / "layout.json")
        return [
            s for name in FILES for s in read_individuals(self.folder / f"{name}.out", layout).samples
        ]


@pytest.fixture(scope="session")
def manifest() -> dict[str, dict]:
    """Rows of the manifest by case."""
    with open(BAD_INPUT / "manifest.tsv", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file, delimiter="\t")}


@pytest.fixture
def run_case(tmp_path, caplog):
    """Function: a manifest row to its outcome; an InputError passes through. Paths may be absolute."""

    def run(row: dict) -> Outcome:
        source = row.get("source", "vcf")
        given = [str(BAD_INPUT / name) for name in row[source].split(";")]
        if len(given) > 1:
            paths = {str(i): path for i, path in enumerate(given, 1)}
        else:
            paths = dict.fromkeys(find_chromosomes(source, given[0], None), given[0])
        for path in given:
            genotype_files(source, path)
        files, genes_path = GenotypeFiles(source, paths), str(BAD_INPUT / row["genes"])
        columns = ["sample", row.get("label", "status"), None]
        phenotypes, split, tallies = str(BAD_INPUT / row["phenotypes"]), tmp_path / "split.tsv", []
        quality = Quality(0.0, row.get("max_missing", 1.0), 1e-5)
        with caplog.at_level(logging.INFO, logger="genodiff"):
            split_job(
                cohort=CohortInputs(files, None, genes_path, {}, phenotypes, columns, None),
                fractions=[0.2, 0.2], seed=0, missing=[],
                max_missing=None, outputs=SplitOutputs(
                    split, tmp_path / "genes.bed", tmp_path / "individuals.tsv", tmp_path / "facts.json"
                ),
            )  # fmt: skip
            genes = read_genes(tmp_path / "genes.bed", Tally())
            for chromosome in paths:
                matrices = tmp_path / f"{chromosome}.parquet"
                tallies.append(
                    write_matrices(
                        files=files, chromosome=chromosome, genes=genes,
                        between=row.get("between", "drop"),
                        split_path=split, matrices_path=matrices, quality=quality,
                        size=(1, None), control=None, memory_mb=2048
                    )
                )  # fmt: skip
                write_chromosome_pca(
                    genotypes_path=matrices, split_path=split,
                    models_path=tmp_path / f"{chromosome}.models",
                    scores_path=tmp_path / f"{chromosome}.scores",
                    most=8, explained=None, memory_mb=512,
                )  # fmt: skip
                write_counts(tmp_path / f"{chromosome}.counts", {chromosome: tallies[-1]})
        matrices = [tmp_path / f"{name}.parquet" for name in paths]
        find_relatives(matrices=matrices, split_path=split, output=tmp_path / "relatives.json", seed=0)
        shown = []
        models, scores = ([tmp_path / f"{c}.{part}" for c in paths] for part in ("models", "scores"))
        check(
            facts_path=tmp_path / "facts.json", relatives_path=tmp_path / "relatives.json",
            counts=[tmp_path / "individuals.tsv", *(tmp_path / f"{name}.counts" for name in paths)],
            models=models, show=shown.append, thresholds=THRESHOLDS | asdict(quality),
        )  # fmt: skip
        outputs = {name: tmp_path / f"{name}.out" for name in FILES}
        write_tensors(
            models_paths=models, scores_paths=scores, split_path=split,
            layout_path=tmp_path / "layout.json", tensor_paths=outputs,
            multiple=8, components=8, memory_mb=512,
        )  # fmt: skip
        tally = Tally.sum([read_counts(tmp_path / "individuals.tsv"), *tallies])
        return Outcome(tmp_path, list(paths), tally, caplog.text, shown[0])

    return run
