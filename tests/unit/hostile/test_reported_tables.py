"""Tables of individuals of reported cases (tests/data/reported), on which the workflow was wrong."""

import logging
import os
import shutil
from pathlib import Path

import pytest
import yaml

from genodiff.cohort.split_job import CohortInputs, SplitOutputs, split_job
from genodiff.formats.labels import label_mixes
from genodiff.formats.split import read_split
from genodiff.genotypes.chromosomes import find_chromosomes
from genodiff.genotypes.inputs import GenotypeFiles
from genodiff.genotypes.readers.plink_tables import companion
from genodiff.qc.counts import Tally, write_counts
from genodiff.qc.summary import check
from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import load

REPORTED = Path(__file__).parents[2] / "data/reported"


def _check(counts, show, label_mix):
    """`check` of a split without matrices."""
    Path("relatives.json").write_text('{"snps": 0, "pairs": 0, "limit": null, "related": 0}')
    check(
        facts_path="facts.json", relatives_path="relatives.json", counts=counts, models=[], show=show,
        thresholds={}, label_mixes=label_mix,
    )  # fmt: skip


@pytest.fixture
def split(tmp_path, caplog, monkeypatch):
    """Function: a case, keys of its cohort that differ, and names in the label mix, to the number of
    individuals of each label (None: unlabelled), the summary of `check`, and the log."""

    def run(case, label_mix=None, **changes):
        folder = tmp_path / case
        if not folder.is_dir():
            shutil.copytree(REPORTED / case, folder, copy_function=shutil.copyfile)
            os.utime(next(folder.glob("*.tbi"), folder))  # an index is not older than its file
        monkeypatch.chdir(folder)
        own = yaml.safe_load(Path("config.yaml").read_text())
        own["cohort"] |= changes
        config = load(own | {"synthetic": {"label_mix": label_mix}})
        cohort, source = config["cohort"], config["cohort"]["source"]
        path = cohort[source]
        paths = dict.fromkeys(find_chromosomes(source, path, None), path)
        table = cohort.get("phenotypes") or companion(path, "individuals")
        columns = [cohort[f"{role}_column"] for role in ("sample", "label", "family", "batch")]
        inputs = CohortInputs(
            GenotypeFiles(source, paths), None, cohort["genes"], {}, table, columns,
            cohort["control_label"],
        )  # fmt: skip
        mix = label_mixes(config)
        with caplog.at_level(logging.INFO, logger="genodiff"):
            split_job(
                cohort=inputs, fractions=[0.2, 0.2], seed=0, missing=[], max_missing=None,
                outputs=SplitOutputs("split.tsv", "new.bed", "counts.tsv", "facts.json"),
                label_mixes=mix,
            )  # fmt: skip
        labels = read_split("split.tsv")["label"]
        shown, kept = [], Tally()
        kept.add("gene", "kept")
        write_counts("kept.tsv", {"": kept})
        _check(["counts.tsv", "kept.tsv"], shown.append, mix)
        return labels.value_counts(dropna=False).to_dict(), shown[0], caplog.text

    return run


def test_06__the_encoding_of_a_table_is_named(split):
    with pytest.raises(InputError, match=r"phenotypes\.tsv: .* in UTF-16; save it as UTF-8 .*iconv"):
        split("06_utf16_table")


def test_07__missing_values_among_labels_are_unlabelled_counted_and_named(split):
    labels, summary, log = split("07_nan_status")
    assert labels == {"0": 10, "1": 10, None: 4}
    assert "0 10, 1 10, without a phenotype 4" in summary
    assert "4 individuals have no phenotype (NaN: 1, NA: 1, empty: 1, -9: 1)" in log
    assert "'S03', 'S04', 'S05'" in log
    assert "S0" not in summary


def test_08__other_separators_end_no_line(split):
    assert split("08_line_separator_in_a_note")[0] == {"0": 12, "1": 12}


def test_10__one_number_in_two_spellings_stops(split):
    says = r"people\.tsv, column 'phenotype': labels '1' \(20 individuals\) and '1\.0' \(20\) are"
    with pytest.raises(InputError, match=says):
        split("10_labels_1_and_1.0")


@pytest.mark.parametrize("control", [None, 1, "1", 1.0])
def test_11__zero_beside_1_and_2_is_unknown(split, control):
    labels, summary, _ = split("11_pheno_0_is_missing", control_label=control)
    assert labels == {"1": 32, "2": 32, None: 16}
    assert "80: 1 32, 2 32, without a phenotype 16" in summary
    assert "\nControls     1\n" in summary
    assert "\nClasses      32 controls (label 1), 32 cases (label 2)\n" in summary


@pytest.mark.parametrize("table", [None, "cat.pheno"])
def test_12__none_in_a_table_of_plink_2_is_unknown(split, table):
    labels, summary, log = split("12_plink2_NONE_is_missing", phenotypes=table)
    assert labels == {"Geranium": 32, "Poinsettia": 32, None: 16}
    assert "Geranium 32, Poinsettia 32, without a phenotype 16" in summary
    assert "Classes" not in summary
    assert "NONE: 16" in log


@pytest.mark.parametrize("mix", [{1: 0.5, 2: 0.5}, {1.0: 1}, {"2": "0.5"}])
def test_label_mix__numbers_name_classes(split, mix):
    split("11_pheno_0_is_missing", label_mix=mix)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"label_mix": {"Poinsetia": 1}}, r"label_mix: no class 'Poinsetia' .*: Geranium, Poinsettia"),
        (
            {"control_label": "geranium"},
            r"cohort\.control_label: no individual has the label 'geranium'",
        ),
        ({"batch_column": "PLATE"}, r"no column 'PLATE', which cohort\.batch_column names"),
        ({"family_column": "FAM"}, r"no column 'FAM', which cohort\.family_column names"),
    ],
)
def test_a_misspelt_name_stops_at_the_split(split, changes, says):
    with pytest.raises(InputError, match=says):
        split("12_plink2_NONE_is_missing", **changes)


def test_a_misspelt_class_stops_check(split):
    split("12_plink2_NONE_is_missing")
    with pytest.raises(InputError, match="no class 'Rose' in the cohort; classes: Geranium, Poinsettia"):
        _check(["kept.tsv"], print, {"synthetic.label_mix": ["Rose"]})
