"""Keys of datasets: which generator made it, on which individuals it was fitted, how many it made, and
in which form they are.

The text form is part of paths and a wildcard of rules: `unet_mlp`; `unet_mlp.p10`, fitted on 10% of the
training individuals; `unet_mlp.l10`, fitted on all of them, of whom 10% have a label; `unet_mlp.x5`,
five times as many individuals as the training set; `unet_mlp.p10.x5`; `unet_mlp.release`, as many as the
settings of its release say; `unet_mlp.genotypes`, decoded to genotypes and encoded again. Training data
of a classifier may be several, joined by `+`: `real.p10+unet_mlp.p10`.
Read at parse time by the Snakefile: standard library only.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

REAL = "real"  # the training individuals
NULL = "null"  # real individuals that no generator saw, where a comparison needs a null
# Positive controls: the null with copies of training individuals, with few of them, with noised copies.
CONTROLS = PLANTED, PLANTED_FEW, NOISED = "planted", "planted_few", "noised"
REAL_TITLE, NULL_TITLE = "Real", "Real (null)"
SELF_TRAINING = "self_training"  # training individuals, unlabelled ones with labels that were guessed
# Regular expressions of the parts of a key, as constraints of wildcards too.
NAME, SHARE = r"[A-Za-z][A-Za-z0-9_]*", r"(\.[pl]\d+(\.\d+)?)?"
AMOUNT, FORM = r"(\.x\d+(\.\d+)?|\.release)?", r"(\.genotypes)?"
_KEY = re.compile(rf"(?P<name>{NAME})(?P<share>{SHARE})(?P<amount>{AMOUNT})(?P<form>{FORM})")
# Forms of a dataset: component scores, or genotypes that were decoded from them and encoded again.
FORMS = COMPONENTS, GENOTYPES = "components", "genotypes"
RELEASE = "release"


@dataclass(frozen=True)
class Dataset:
    """One dataset.

    generator: name in `generators` of the configuration, or REAL, SELF_TRAINING or NULL.
    percent: share of the training individuals on which the generator was fitted, or of which the real
        dataset consists; None: all of them.
    labelled: the others are there too, without their labels.
    multiple: size in units of the labelled training individuals; RELEASE: as the settings of the
        generator's release say; None: as `synthetic` says.
    form: COMPONENTS or GENOTYPES.
    """

    generator: str
    percent: float | None = None
    multiple: float | str | None = None
    form: str = COMPONENTS
    labelled: bool = False

    @property
    def share(self) -> str:
        """The part of the key that names the share: `.p10`, `.l10`, or empty."""
        kind = "l" if self.labelled else "p"
        return "" if self.percent is None else f".{kind}{_text(self.percent)}"

    @property
    def amount(self) -> str:
        """The part of the key that names the size: `.x5`, or empty."""
        if self.multiple == RELEASE:
            return f".{RELEASE}"
        return "" if self.multiple is None else f".x{_text(self.multiple)}"

    def __str__(self) -> str:
        form = f".{GENOTYPES}" if self.form == GENOTYPES else ""
        return f"{self.generator}{self.share}{self.amount}{form}"

    @classmethod
    def parse(cls, key: str) -> "Dataset":
        """The dataset of a key; raises ValueError for a text that is none."""
        match = _KEY.fullmatch(key)
        if match is None:
            raise ValueError(f"{key!r} is not the key of a dataset")
        amount = match["amount"]
        percent = float(match["share"][2:]) if match["share"] else None
        labelled = match["share"].startswith(".l")
        multiple = RELEASE if amount == f".{RELEASE}" else float(amount[2:]) if amount else None
        form = GENOTYPES if match["form"] else COMPONENTS
        return cls(match["name"], percent, multiple, form, labelled)


def _text(number: float) -> str:
    """A number in full without an exponent: 5 for 5.0, 0.00001 for 1e-5."""
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def joined(*datasets: Dataset) -> str:
    """The key of several datasets together."""
    return "+".join(map(str, datasets))


def parse_joined(key: str) -> list[Dataset]:
    """The datasets of such a key."""
    return [Dataset.parse(part) for part in key.split("+")]


def describe(key: str) -> dict[str, str | float | None]:
    """Columns of a result for a key: `dataset`, the key; `generator`, the synthetic part or REAL;
    `share`, the fraction of the training individuals, or of their labels, behind it, 1 for all."""
    parts = parse_joined(key)
    percent = parts[0].percent
    return {
        "dataset": key,
        "generator": next((part.generator for part in parts if part.generator != REAL), REAL),
        "share": 1.0 if percent is None else percent / 100,
    }
