"""Features of a public panel: no private individual has a part in them, nor in those of another one."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from genodiff.features.matching import match_chromosome
from genodiff.features.projection import project_chromosome
from genodiff.features.projection_check import check_basis
from genodiff.features.round_trip import fit_decoders, take_decoder
from genodiff.features.tensors import FILES, write_tensors
from genodiff.formats.decoding import SUM_COLUMNS
from genodiff.formats.split import read_kept, write_split
from genodiff.formats.tensors import Layout, read_individuals
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.runtime.errors import InputError

PANEL, PRIVATE = [f"r{i}" for i in range(80)], [f"p{i}" for i in range(60)]
POSITIONS = {"1": list(range(1, 31)), "2": list(range(1, 9))}
BED = "1\t0\t12\tA\n1\t12\t40\tB\n2\t0\t40\tC\n"


def split(samples, labels):
    sets = ["train", "train", "validation", "test", "unlabelled"] * (len(samples) // 5)
    own = [None if s == "unlabelled" else labels[i % 2] for i, s in enumerate(sets)]
    return pd.DataFrame({"sample": samples, "label": pd.Series(own, dtype=object), "set": sets})


def dosages(individuals, seed):
    """The same allele frequencies with each seed; 3% of calls are missing."""
    rng, found = np.random.default_rng(seed), {}
    for name, positions in POSITIONS.items():
        share = np.random.default_rng(9).uniform(0.2, 0.8, (len(positions), 1))
        dosage = rng.binomial(2, share, (len(positions), individuals))
        dosage[rng.random(dosage.shape) < 0.03] = -1
        found[name] = dosage
    return found


@pytest.fixture(scope="module")
def panel(tmp_path_factory, run_chain):
    """A run on the panel, with its decoders."""
    folder = tmp_path_factory.mktemp("panel") / "run"
    genotypes = {name: (POSITIONS[name], own) for name, own in dosages(80, 0).items()}
    chain = run_chain(folder, genotypes, BED, split(PANEL, "fm"), PANEL, quality=(0.01, 1.0))
    chain.decoders = [folder / f"{name}.decoder" for name in POSITIONS]
    for matrices, models, decoder in zip(chain.matrices, chain.models, chain.decoders, strict=True):
        fit_decoders(
            genotypes_path=matrices, models_path=models, split_path=folder / "split.tsv",
            decoder_path=decoder, sums_path=folder / "sums", chosen="thresholds", seed=0,
            memory_mb=512,
        )  # fmt: skip
    return chain


@dataclass
class Made:
    layout: Layout
    x: dict[str, np.ndarray]
    labels: dict[str, list]
    decoders: list[bytes]
    sums: pd.DataFrame


@pytest.fixture
def private(tmp_path_factory, panel, write_vcf):
    """Function: a private cohort in the features of the panel."""

    def make(genotypes):
        tmp_path = tmp_path_factory.mktemp("own")
        write_split(tmp_path / "split.tsv", split(PRIVATE, ["case", "control"]))
        scores, models, decoders = [], [], []
        for number, (name, dosage) in enumerate(genotypes.items()):
            vcf, matched = tmp_path / f"{name}.vcf.gz", tmp_path / f"{name}.matched"
            write_vcf(vcf, name, POSITIONS[name], dosage, PRIVATE)
            match_chromosome(
                files=GenotypeFiles("vcf", {name: str(vcf)}), chromosome=name,
                samples=read_kept(tmp_path / "split.tsv")["sample"].tolist(),
                matrices_path=panel.matrices[number], passed_only=False, output=matched, by_call=True,
            )  # fmt: skip
            models.append(tmp_path / f"{name}.models")
            scores.append(tmp_path / f"{name}.scores")
            project_chromosome(
                matrices_path=matched, models_path=panel.models[number], projected_models=models[-1],
                projected_scores=scores[-1],
            )  # fmt: skip
            decoders.append(tmp_path / f"{name}.decoder")
            take_decoder(
                genotypes_path=matched, models_path=models[-1], split_path=tmp_path / "split.tsv",
                basis=panel.decoders[number], decoder_path=decoders[-1],
                sums_path=tmp_path / "sums.tsv", chosen="thresholds", seed=0, memory_mb=512,
            )  # fmt: skip
        paths = {name: str(tmp_path / f"{name}.parquet") for name in FILES}
        write_tensors(
            models_paths=models, scores_paths=scores, split_path=tmp_path / "split.tsv",
            layout_path=tmp_path / "layout.json", tensor_paths=paths, multiple=4, components=8,
            memory_mb=512, basis=panel.layout,
        )  # fmt: skip
        layout = Layout.read(tmp_path / "layout.json")
        found = {name: read_individuals(path, layout) for name, path in paths.items()}
        return Made(
            layout,
            {name: own.x for name, own in found.items()},
            {name: own.labels for name, own in found.items()},
            [path.read_bytes() for path in decoders],
            pd.read_csv(tmp_path / "sums.tsv", sep="\t"),
        )

    return make


def test_basis__axes_scales_and_decoders_are_the_panels(private, panel):
    made = private(dosages(60, 1))
    own = Layout.read(panel.layout)
    assert made.layout.genes == own.genes
    assert made.layout.classes == ["case", "control"]
    assert made.decoders == [path.read_bytes() for path in panel.decoders]
    assert {name: len(x) for name, x in made.x.items()} == {"train": 36, "validation": 12, "test": 12}
    assert made.labels["train"][:3] == ["case", "control", None]
    # Other individuals of the same frequencies have about the panel's mean and variance.
    x = made.x["train"][:, made.layout.mask()]
    assert np.abs(x.mean(0)).max() < 0.8
    assert 0.4 < x.var(0).mean() < 1.4
    assert set(made.sums.columns) == set(SUM_COLUMNS)
    assert set(made.sums["decoder"]) == {"thresholds"}


@pytest.mark.parametrize("individual", [0, 1, 4])
def test_basis__genotypes_of_one_individual_change_only_their_own_tensor(private, individual):
    """In training or without a label: everything that a private generator does not count stays."""
    genotypes = dosages(60, 1)
    one = private(genotypes)
    for own in genotypes.values():
        own[:, individual] = 2
    other = private(genotypes)
    assert one.layout == other.layout
    assert one.decoders == other.decoders
    assert one.labels == other.labels
    changed = {
        name: np.flatnonzero((one.x[name] != other.x[name]).any((1, 2))).tolist() for name in one.x
    }
    row = [i for i in range(60) if i % 5 in (0, 1, 4)].index(individual)
    assert changed == {"train": [row], "validation": [], "test": []}


def test_take_decoder__names_another_decoder_than_the_configured_one(tmp_path, panel):
    with pytest.raises(InputError, match=r"features.decoder: the panel's is 'thresholds', .* 'round'"):
        take_decoder(
            genotypes_path=panel.matrices[0], models_path=panel.models[0],
            split_path=panel.layout.parent / "split.tsv", basis=panel.decoders[0],
            decoder_path=tmp_path / "d", sums_path=tmp_path / "s", chosen="round", seed=0, memory_mb=512,
        )  # fmt: skip
    assert not list(tmp_path.iterdir())


def test_write_tensors__raises_on_a_basis_of_other_genes(tmp_path, panel):
    layout = json.loads(panel.layout.read_text())
    layout["genes"][0]["gene"] = "another"
    (tmp_path / "layout.json").write_text(json.dumps(layout))
    with pytest.raises(ValueError, match="other genes than the models have"):
        write_tensors(
            models_paths=panel.models, scores_paths=panel.scores,
            split_path=panel.layout.parent / "split.tsv", layout_path=tmp_path / "own.json",
            tensor_paths={name: str(tmp_path / name) for name in FILES}, multiple=4, components=8,
            memory_mb=512, basis=tmp_path / "layout.json",
        )  # fmt: skip


def test_check_basis__names_files_of_two_builds_and_common_individuals(tmp_path):
    facts = {}
    for name, build in (("panel", "GRCh37"), ("own", "GRCh38")):
        evidence = [{"source": f"{name}.vcf", "builds": [build], "reason": "contigs"}]
        facts[name] = str(tmp_path / name)
        (tmp_path / name).write_text(json.dumps({"build_evidence": evidence}))
    others = PANEL, PRIVATE
    check_basis(facts=(facts["own"], facts["own"]), samples=others)
    with pytest.raises(InputError, match=r"features.basis: own.vcf is of GRCh38 .* panel.vcf is of"):
        check_basis(facts=(facts["panel"], facts["own"]), samples=others)
    both = PANEL, [*PRIVATE, "r7", "r3"]
    with pytest.raises(InputError, match=r"2 of the 62 individuals have ids of the panel, 'r3' first"):
        check_basis(facts=(facts["own"], facts["own"]), samples=both)
