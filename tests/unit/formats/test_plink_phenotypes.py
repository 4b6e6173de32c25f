"""Phenotypes in PLINK's own tables, and what may be taken for them."""

import gzip
import logging

import numpy as np
import pandas as pd
import pytest

from genodiff.formats.labels import looks_continuous
from genodiff.formats.phenotypes import read_phenotypes
from genodiff.runtime.errors import InputError

DEFAULTS = ("sample", "phenotype", None)


def read(tmp_path, name, text, *columns):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_phenotypes(path, *(columns or DEFAULTS)).to_numpy().tolist()


@pytest.mark.parametrize("name", ["x.fam", "x.fam.gz"])
def test_fam__has_no_header_and_zero_is_unknown(tmp_path, name):
    text = "F1 007 0 0 1 2\nF1 b 0 0 2 1\n0\tc\t0\t0\t0\t0\nF2 d 0 0 1 -9\n"
    assert read(tmp_path, name, text) == [
        ["007", "2", "007"], ["b", "1", "b"], ["c", None, "c"], ["d", None, "d"],
    ]  # fmt: skip
    families = [row[2] for row in read(tmp_path, name, text, "sample", "phenotype", "family")]
    # A family of 0 is none: such individuals are alone.
    assert families == ["F1", "F1", "c", "F2"]


def test_fam__coded_as_zero_and_one_stops(tmp_path):
    with pytest.raises(InputError, match="PLINK codes controls as 1, cases as 2, and unknown as 0"):
        read(tmp_path, "x.fam", "F a 0 0 1 0\nF b 0 0 1 1\n")


@pytest.mark.parametrize("header", ["#FID\tIID\tSEX\tPHENO1", "#FID IID SEX PHENO1"])
def test_psam__iid_and_the_only_phenotype_are_found(tmp_path, header, caplog):
    text = f"##comment\n{header}\n" + "\n".join(
        header.split("PHENO1")[0][4:5].join(row) for row in (["F", "a", "1", "2"], ["F", "b", "2", "0"])
    )
    with caplog.at_level(logging.INFO, logger="genodiff"):
        assert read(tmp_path, "x.psam", text + "\n") == [["a", "2", "a"], ["b", None, "b"]]
    assert "the phenotype is in column 'PHENO1'" in caplog.text
    found = read(tmp_path, "x.psam", text + "\n", "sample", "phenotype", "FID")
    assert [row[2] for row in found] == ["F", "F"]


def test_pheno__with_one_or_several_phenotypes(tmp_path):
    assert read(tmp_path, "x.pheno", "#IID\tals\na\t0\nb\t1\n") == [["a", "0", "a"], ["b", "1", "b"]]
    text = "FID IID als age\nF a 2 50\nF b 1 60\n"
    with pytest.raises(InputError, match=r"no column 'phenotype'.* 'FID', 'IID', 'als', 'age'"):
        read(tmp_path, "x.pheno", text)
    assert read(tmp_path, "x.pheno", text, "sample", "als", None)[0] == ["a", "2", "a"]


def test_a_column_of_another_case_is_suggested(tmp_path):
    with pytest.raises(InputError, match=r"no column 'Status', .*did you mean 'status'"):
        read(tmp_path, "x.tsv", "sample\tstatus\na\t1\n", "sample", "Status", None)


def test_semicolons_are_named(tmp_path):
    with pytest.raises(
        InputError, match=r"x\.csv: line 1: columns are separated by semicolons; use tabs"
    ):
        read(tmp_path, "x.csv", "sample;phenotype\na;1\n")


@pytest.mark.parametrize("content", ["", "\n", "sample\tphenotype\n"])
def test_a_table_without_individuals_stops(tmp_path, content):
    with pytest.raises(InputError, match=r"found none|contains no individuals"):
        read(tmp_path, "x.tsv", content)


def test_exact_repetitions_are_said(tmp_path, caplog):
    assert len(read(tmp_path, "x.csv", "sample,phenotype\na,1\nb,0\na,1\n")) == 2
    assert "1 lines repeat an earlier line" in caplog.text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.linspace(0, 1, 50).astype(str), True), ([f"{i}" for i in range(40)], True),
        (["0", "1"] * 20, False), (["0.0", "1.0", "2.0"] * 20, False), (["a", "b"] * 20, False),
        ([str(i % 26) for i in range(2600)], False), ([f"class {i}" for i in range(40)], False),
    ],
)  # fmt: skip
def test_looks_continuous__many_numbers(values, expected):
    assert looks_continuous(pd.Series([*values, None], dtype=object)) is expected


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("x.pheno", "FID IID T"), ("x.pheno", "#FID IID T"), ("x.pheno.gz", "FID IID T"),
        ("x.psam", "#FID IID T"), ("x.psam", "# made by hand\n#FID IID T"), ("x.txt", "FID IID T"),
        ("x.tsv", "#FID IID T"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("coding", [["0", "1", "2"], ["0.0", "1.0", "2.0"], ["NONE", "A", "B"]])
def test_tables_of_plink__what_is_unknown(tmp_path, name, header, coding):
    text = header + "\n" + "".join(f"F {i} {value}\n" for i, value in enumerate(coding))
    labels = [row[1] for row in read(tmp_path, name, text, "IID", "T", None)]
    assert labels == [None, *coding[1:]]


def test_pheno__of_zero_and_one_has_two_classes_and_says_so(tmp_path, caplog):
    text = "FID IID T\nF a 0\nF b 1\nF c -9\n"
    assert [row[1] for row in read(tmp_path, "x.pheno", text)] == ["0", "1", None]
    assert "the phenotypes are 0 and 1, taken as two classes; PLINK codes" in caplog.text


@pytest.mark.parametrize("name", ["x.psam", "x.pheno"])
@pytest.mark.parametrize("rows", ["F a 0 0 1 2\nF b 0 0 2 1\n", "F a 2\nF b 1\n", "a a x\nb b y\n"])
def test_tables_of_plink__without_a_header_stop(tmp_path, name, rows):
    with pytest.raises(InputError, match=rf"{name}: line 1: the header is missing: expected .* #IID"):
        read(tmp_path, name, rows)
