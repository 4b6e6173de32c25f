"""Real individuals of the 1000 Genomes Project through the whole workflow, where the data are at
hand."""

import json
import re
from collections import Counter

import numpy as np
import pytest
from tables import rows

from genodiff.formats.split import read_split, write_split
from genodiff.qc.counts import Tally, read_counts
from genodiff.qc.relatives import find_relatives
from genodiff.tables.nn_adversarial import LONG_COLUMNS
from genodiff.tables.privacy import COPIES, LEAKS, PRIVACY_COLUMNS, judge
from genodiff.tables.read import read_long

CONFIG = ["tests/real/1kg-hm3.yaml", "tests/real/quick.yaml"]


@pytest.fixture(scope="module")
def results(repository, run_workflow):
    if not (repository.parent / "shared/data/1kg-hm3").is_dir():
        pytest.skip("no shared/data/1kg-hm3 beside the project")
    run_workflow(repository, "--configfile", *CONFIG)
    return repository / "results/1kg-hm3-quick"


@pytest.mark.parametrize(
    ("file", "targets", "trainings"),
    [("populations.yaml", [], 6), ("labels.yaml", ["results/1kg-hm3-labels/labels.tsv"], 30)],
)
def test_other_experiments_on_these_individuals_are_planned(
    repository, run_workflow, file, targets, trainings
):
    if not (repository.parent / "shared/data/1kg-hm3").is_dir():
        pytest.skip("no shared/data/1kg-hm3 beside the project")
    files = "--configfile", CONFIG[0], f"tests/real/{file}"
    plan = run_workflow(repository, *targets, *files, "--dry-run", "--quiet", "rules")
    assert re.search(rf"(?m)^train_diffusion +{trainings}$", plan)


def test_superpopulations_are_learned_from_real_individuals(results):
    table = {row["Classifier"]: row for row in rows(results / "table1.tsv")}
    # 20 global principal components and logistic regression reach 98.6% on these data.
    assert float(table["MLP"]["Real"]) > 90
    assert {len(row) for row in table.values()} == {6}


def test_the_test_set_is_balanced_and_relatives_stay_together(results, repository):
    individuals = {
        row["sample"]: row for row in rows(repository.parent / "shared/data/1kg-hm3/samples.tsv")
    }
    sets = {row["sample"]: row["set"] for row in rows(results / "split.tsv")}
    counts = Counter(individuals[sample]["superpopulation"] for sample, s in sets.items() if s == "test")
    assert set(counts.values()) == {27}  # a tenth of 1,092 over four classes
    assert set(counts) == {"AFR", "AMR", "EAS", "EUR"}
    of_family = {}
    for sample, name in sets.items():
        of_family.setdefault(individuals[sample]["family"], set()).add(name)
    assert not [f for f, names in of_family.items() if len(names - {"excluded"}) > 1]


def test_every_snp_is_accounted_for(results):
    tally = Tally.sum(read_counts(path) for path in (results / "genotypes").glob("*.counts.tsv"))
    assert tally.total("record") == 14_079
    assert tally["gene", "kept"] == 599


def test_real_individuals_are_their_own_null(results):
    """Training against test individuals through the code that judges generators: near one half."""
    for number in (2, 3):
        for row in rows(results / f"table{number}.long.tsv"):
            if row["dataset"] == "null":
                expected = 0 if row["measure"] == "privacy_loss" else 0.5
                assert abs(float(row["value"]) - expected) < 4 * float(row["se"]), row


def test_the_attack_finds_planted_copies_and_nothing_in_unseen_individuals(results):
    table = {(row["dataset"], row["attack"]): row for row in rows(results / "privacy.tsv")}
    for name in ("nearest", "exact_genes", "exact_run"):
        null, planted = table["null", name], table["planted", name]
        assert float(null["auc_low"]) < 0.5 < float(null["auc_high"])
        assert float(planted["tpr_1"]) > 0.08  # a tenth of the training individuals are there
        assert float(planted["chance"]) < 0.01 < float(null["chance"])


def test_references_are_found_by_some_attack_and_are_copies_by_construction(results):
    """`independent` and `mosaic` consist of values and genes of training individuals, although the
    nearest neighbours of `independent` show nothing. Gaussian memorises so few individuals."""
    privacy = read_long(results / "privacy.tsv", PRIVACY_COLUMNS)
    table3 = read_long(results / "table3.long.tsv", LONG_COLUMNS)
    own = privacy.set_index(["dataset", "attack"])
    assert own.loc[("independent.genotypes", "nearest"), "auc_low"] < 0.5
    for name in ("independent", "mosaic", "gaussian"):
        key = f"{name}.genotypes"
        assert own.loc[(key, "strongest"), "auc_low"] > 0.6, name
        assert judge(privacy, table3, key, "external").state is LEAKS
    for name in ("independent", "mosaic"):
        assert judge(privacy, table3, f"{name}.genotypes", name).state is COPIES


def test_relatives_are_found_where_families_are_ignored(results, repository, tmp_path):
    """Families keep relatives in one set; of a random split the pairs found are those of a family."""
    assert json.loads((results / "genotypes/relatives.json").read_text())["related"] == 0
    split = read_split(results / "split.tsv")
    used = split.index[split["set"] != "excluded"]
    random = np.random.default_rng(5).permutation(len(used))
    split.loc[used, "set"] = np.where(random < len(used) // 2, "test", "train")
    write_split(tmp_path / "split.tsv", split)
    find_relatives(
        matrices=sorted((results / "genotypes").glob("*.parquet")), split_path=tmp_path / "split.tsv",
        output=tmp_path / "relatives.json", seed=1,
    )  # fmt: skip
    found = json.loads((tmp_path / "relatives.json").read_text())
    individuals = rows(repository.parent / "shared/data/1kg-hm3/samples.tsv")
    family = {row["sample"]: row["family"] for row in individuals}
    assert found["related"] > 5
    assert all(family[one] == family[other] for one, other, _ in found["listed"])
