"""Labels of individuals: values that denote an unknown label, and different spellings of one label."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from genodiff.runtime.errors import InputError

# Unknown in every table, in lower case; a number equal to -9 is unknown too. Without "none", which may
# be the name of a class.
MISSING = {
    "", "na", "n/a", "#n/a", "#na", "<na>", "nan", "-nan", "null", "<null>", ".", "-9",
}  # fmt: skip
# Unknown in tables of PLINK, besides MISSING:
# - 0, where the other labels are 1 (control) and 2 (case), or only 2, or names. PLINK 1.9: of a
#   case/control phenotype, -9 and 0 are missing (https://www.cog-genomics.org/plink/1.9/formats#fam);
#   a phenotype with numbers other than -9, 0, 1 and 2 is quantitative, and its 0 a value. PLINK 2.0:
#   "the usual 0 = missing, 1 = ctrl, 2 = case" (plink2 --help 1), and -9, NA and nan are missing in any
#   phenotype (--input-missing-phenotype, https://www.cog-genomics.org/plink/2.0/input#pheno). No number
#   is the name of a category.
# - NONE, in capital letters only: PLINK 2.0's missing category (plink2 --help missing-catname).
_PLINK_MISSING = "NONE"
_CONTROL, _CASE = 1, 2
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d{1,3})?")
# Labels that may be meant as unknown.
_DOUBTFUL = {
    "none", "nil", "missing", "unknown", "unk", "undefined", "?", "-", "--", "nd", "n.a.", "n.d.", "n/d",
    "nk", "n/k", "no data", "not available", "not known", "unlabelled", "unlabeled", "inf", "-inf",
    "#value!", "#ref!", "#div/0!", "#name?", "#num!", "#null!",
}  # fmt: skip
_BETWEEN_WORDS = re.compile(r"\s+|(?<=[^\W_])[-_\u2010-\u2015\u2212]+(?=[^\W_])")
_NINES = re.compile(r"9+(\.0*)?")
# Cyrillic and Greek letters, in lower case, that look like Latin ones.
_LATIN = str.maketrans("асеорхуіѕјкмнтвοαρνικτ", "aceopxyisjkmhtboapvikt")


def number(label: str) -> Decimal | None:
    """The number that a label writes, with a decimal point or comma; None for another label."""
    return Decimal(label.replace(",", ".")) if _NUMBER.fullmatch(label) else None


def unknown_labels(labels: Iterable[str], plink: bool, own: bool) -> set[str]:
    """Those of `labels` that denote an unknown label.

    `plink`: of a table of PLINK; `own`: of a .fam or .psam, where 0 is always unknown.
    """
    different = set(labels)
    unknown = {label for label in different if label.lower() in MISSING or number(label) == -9}
    if plink:
        unknown |= different & {_PLINK_MISSING}
        zeros = {label for label in different - unknown if number(label) == 0}
        others = {number(label) for label in different - unknown - zeros}
        if own or (_CASE in others and others <= {_CONTROL, _CASE}) or others == {None}:
            unknown |= zeros
    return unknown


def is_zero_and_one(labels: Iterable[str]) -> bool:
    """Whether the known labels are 0 and 1, however written; PLINK's are 1 and 2."""
    different = set(labels)
    return {number(label) for label in different - unknown_labels(different, True, False)} == {0, 1}


def doubtful_labels(labels: Iterable[str]) -> list[str]:
    """Those of all classes that may be meant as unknown: words, negative numbers, 9 or 99 without the
    number before it, 0 beside 1 and 2, and one number beside names."""
    values = {label: number(label) for label in labels}
    numbers = set(values.values()) - {None}
    coded = numbers == {0, 1, 2}
    alone = len(numbers) == 1 < len(values)
    return [
        label for label, value in values.items()
        if label.lower() in _DOUBTFUL or (value is not None and (
            value < 0 or alone or (coded and value == 0)
            or (_NINES.fullmatch(label) and value - 1 not in numbers)
        ))
    ]  # fmt: skip


def class_of(name: str, classes: Iterable[str]) -> str | None:
    """The class that a name in the configuration means: the same text, or else the only class that is
    the same number (YAML reads 01 and 1.0 as numbers); None if there is none."""
    classes = list(classes)
    if name in classes:
        return name
    value = number(name)
    same = [label for label in classes if value is not None and number(label) == value]
    return same[0] if len(same) == 1 else None


def label_mixes(config: dict[str, Any]) -> dict[str, list[str]]:
    """The classes that each label mix of the configuration names, by its setting."""
    mixes = {"synthetic.label_mix": config["synthetic"]["label_mix"]}
    mixes |= {f"release.{name}.label_mix": own["label_mix"] for name, own in config["release"].items()}
    return {setting: list(mix) for setting, mix in mixes.items() if mix}


def check_classes(label_mixes: dict[str, Iterable[str]], classes: list[str]) -> None:
    """Raise InputError if a name in a label mix, by its setting, is none of the cohort's classes."""
    for setting, names in label_mixes.items():
        for name in names:
            if class_of(name, classes) is None:
                known = ", ".join(classes)
                raise InputError(f"{setting}: no class {name!r} in the cohort; classes: {known}")


def same_but_for_spelling(labels: Iterable[str]) -> tuple[str, str, str] | None:
    """The first two labels that are one label in two spellings, and how they differ; None if there are
    none."""
    spelled: dict[object, str] = {}
    for label in labels:
        value = number(label)
        other = spelled.setdefault(_letters(label) if value is None else value, label)
        if other != label:
            if value is not None:
                return other, label, "are the same number, written differently"
            if other.casefold() == label.casefold():
                return other, label, "differ in upper and lower case only"
            return (
                other,
                label,
                (
                    "look alike, but differ in blanks, dashes, or in invisible or similar characters "
                    f"({other!a} and {label!a})"
                ),
            )
    return None


def _letters(label: str) -> str:
    """A label without case, quotation marks, invisible characters, and differences of blanks or dashes
    between words or of characters that look alike."""
    plain = unicodedata.normalize("NFKC", label).casefold().translate(_LATIN)
    visible = "".join(c for c in plain if unicodedata.category(c) != "Cf").replace('"', "")
    return _BETWEEN_WORDS.sub(" ", visible).strip()


def looks_continuous(labels: Iterable[str | None]) -> bool:
    """Whether labels (None: unknown) are numbers with many different values, like a measurement."""
    known = [label for label in labels if label is not None]
    values = set(known)
    numbers = all(number(value) is not None for value in values)
    return numbers and len(values) > max(10, len(known) // 20)
