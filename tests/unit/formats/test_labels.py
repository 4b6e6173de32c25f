"""Labels that denote an unknown label, and labels in two spellings."""

import pytest

from genodiff.formats.labels import (
    check_classes,
    class_of,
    is_doubtful,
    number,
    same_but_for_spelling,
    unknown_labels,
)
from genodiff.runtime.errors import InputError

FREE, PHENO, OWN = (False, False), (True, False), (True, True)


@pytest.mark.parametrize(
    ("labels", "table", "unknown"),
    [
        ("1 2 nan NaN NAN -nan NA #N/A -9 -9.0 . null", FREE, "nan NaN NAN -nan NA #N/A -9 -9.0 . null"),
        ("0 1 2", FREE, ""), ("a NONE None none", FREE, ""),
        ("0 1 2", PHENO, "0"), ("0 1 2", OWN, "0"), ("0.0 1.0 2.0 -9.0", PHENO, "0.0 -9.0"),
        ("0 0.0 1 2 NA", PHENO, "0 0.0 NA"), ("0 2", PHENO, "0"), ("0 1 2 NONE", PHENO, "0 NONE"),
        ("0 1", PHENO, ""), ("0 1 -9", PHENO, "-9"), ("0 1 2 3", PHENO, ""), ("0 a b", PHENO, ""),
        ("0 1 2 3", OWN, "0"), ("a b NONE", PHENO, "NONE"), ("a None none", PHENO, ""),
        ("A NONE 0", OWN, "NONE 0"),
    ],
)  # fmt: skip
def test_unknown_labels__by_the_kind_of_table(labels, table, unknown):
    assert unknown_labels(labels.split(), *table) == set(unknown.split())


@pytest.mark.parametrize("text", ["1", "1.0", "01", "1e0", "1.", "+1", "1,0", "10E-1", "１"])
def test_number__of_any_spelling(text):
    assert number(text) == 1


@pytest.mark.parametrize("text", ["", ".", "e1", "1x", "0x1", "nan", "inf", "1 0", "1e99999999", "one"])
def test_number__is_no_other_text(text):
    assert number(text) is None


@pytest.mark.parametrize(
    ("labels", "how"),
    [
        (["1", "2", "1.0"], "same number"), (["0", "0.0"], "same number"), (["01", "1"], "same number"),
        (["case", "x", "Case"], "upper and lower case only"), (["a b", "a  b"], "alike"),
        (["a b", "a\u00a0b"], "alike"), (["case", "case\u200b"], "alike"), (["case", '"case"'], "alike"),
    ],
)  # fmt: skip
def test_same_but_for_spelling__names_both(labels, how):
    first, second, found = same_but_for_spelling(labels)
    assert [first, second] == [labels[0], labels[-1]]
    assert how in found


def test_same_but_for_spelling__none_of_different_labels():
    assert same_but_for_spelling(["1", "2", "10", "case1", "case 1", "a.b", "", "I", "l"]) is None


def test_class_of__a_number_in_another_spelling_where_only_one_class_is_meant():
    assert class_of("1", ["1", "2"]) == class_of("1.0", ["1", "2"]) == class_of("01", ["1"]) == "1"
    assert class_of("1", ["1.0", "2.0"]) == "1.0"
    assert class_of("1", ["1.0", "01"]) is None
    assert class_of("case", ["Case"]) is None
    check_classes({"synthetic.label_mix": ["1.0"]}, ["1", "2"])
    with pytest.raises(InputError, match=r"synthetic\.label_mix: no class '3' .*classes: 1, 2"):
        check_classes({"synthetic.label_mix": ["1", "3"]}, ["1", "2"])


def test_is_doubtful__what_may_mean_unknown():
    assert all(map(is_doubtful, ["None", "unknown", "-99", "#REF!", "?"]))
    assert not any(map(is_doubtful, ["0", "case", "1.5", "non"]))
