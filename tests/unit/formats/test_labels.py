"""Labels that denote an unknown label, and labels in two spellings."""

import pytest

from genodiff.formats.labels import (
    check_classes,
    class_of,
    doubtful_labels,
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
        ("0 1", PHENO, ""), ("0 1 -9", PHENO, "-9"), ("0 1 2 3", PHENO, ""), ("0 a b", FREE, ""),
        ("0 a b", PHENO, "0"), ("0 a NONE", PHENO, "0 NONE"), ("0 a 1", PHENO, ""),
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
        (["no case", "no_case"], "alike"), (["no-case", "x", "no  case"], "alike"),
        # Cyrillic, and an accent of its own: printed they are the same.
        (["case", "\u0441\u0430se"], r"'case' and '\u0441\u0430se'"),
        (["caf\u00e9", "cafe\u0301"], r"'caf\xe9' and 'cafe\u0301'"),
    ],
)  # fmt: skip
def test_same_but_for_spelling__names_both(labels, how):
    first, second, found = same_but_for_spelling(labels)
    assert [first, second] == [labels[0], labels[-1]]
    assert how in found


def test_same_but_for_spelling__none_of_different_labels():
    assert (
        same_but_for_spelling(
            ["1", "2", "10", "case1", "case 1", "a.b", "", "I", "l", "-", "ER", "ER-", "ER+", "_"]
        )
        is None
    )


def test_class_of__a_number_in_another_spelling_where_only_one_class_is_meant():
    assert class_of("1", ["1", "2"]) == class_of("1.0", ["1", "2"]) == class_of("01", ["1"]) == "1"
    assert class_of("1", ["1.0", "2.0"]) == "1.0"
    assert class_of("1", ["1.0", "01"]) is None
    assert class_of("case", ["Case"]) is None
    check_classes({"synthetic.label_mix": ["1.0"]}, ["1", "2"])
    with pytest.raises(InputError, match=r"synthetic\.label_mix: no class '3' .*classes: 1, 2"):
        check_classes({"synthetic.label_mix": ["1", "3"]}, ["1", "2"])


@pytest.mark.parametrize(
    ("labels", "doubtful"),
    [
        ("None unknown -99 #REF! ? a", "None unknown -99 #REF! ?"), ("0 1", ""),
        ("case 1.5 2.5 non", ""),
        ("0 1 2", "0"), ("0.0 1.0 2.0", "0.0"), ("0 1 2 3", ""), ("1 2 9", "9"),
        ("1 2 99 999", "99 999"),
        ("7 8 9", ""), ("1 2 inf", "inf"), ("case control 0", "0"), ("case control 0 1", ""),
        ("unlabelled a b", "unlabelled"),
    ],
)  # fmt: skip
def test_doubtful_labels__what_may_mean_unknown(labels, doubtful):
    assert doubtful_labels(labels.split()) == doubtful.split()
