"""The synthetic individuals of a release and their phenotypes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from genodiff.formats.plink1 import iter_dosages, read_bim
from genodiff.formats.tensors import synthetic_samples


@dataclass(frozen=True)
class Phenotype:
    """A class against all others: 1 and 0, None for unlabelled individuals."""

    name: str  # letters, digits and _ only
    label: str  # of the class that is 1
    coded: list[int | None]  # (N,)


class Cohort:
    """Released individuals: PLINK 1 files of their genotypes (`prefix`), and their labels.

    sites: the V SNPs, columns `formats.plink1.SITES`, chromosomes together and positions in order.
    samples, labels (None: unlabelled): of the N individuals. classes: all classes of the real cohort,
    the controls first if their label `control` is known.
    """

    def __init__(self, prefix: str, labels: list[str | None], classes: list[str], control: str | None):
        self.prefix = prefix
        self.sites, self.labels = read_bim(f"{prefix}.bim"), labels
        self.samples = synthetic_samples(0, len(labels))
        self.classes = sorted(classes, key=lambda label: (label != control, label))
        self.contigs = list(dict.fromkeys(self.sites["chrom"]))

    def blocks(self) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
        """Yield sites of consecutive SNPs and their dosages int8 (v, N)."""
        for part, dosage in iter_dosages(self.prefix, len(self.samples), len(self.sites)):
            yield self.sites.iloc[part], dosage

    @property
    def binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.classes) == 2

    @cached_property
    def codes(self) -> list[str | None]:
        """PLINK's phenotype of each individual: of two classes 1 (control) and 2 (case), else a name of
        the class; None without a label."""
        code = dict(zip(self.classes, "12", strict=True)) if self.binary else self._names()
        return [code.get(label) for label in self.labels]

    def phenotypes(self) -> list[Phenotype]:
        """The case against the control, or each of several classes against all others."""
        names = self._names()
        return [
            Phenotype(names[label], label, [None if x is None else int(x == label) for x in self.labels])
            for label in self.classes[self.binary :]
        ]

    def _names(self) -> dict[str, str]:
        """A name for each class without blanks, which starts with a letter: PLINK would take a number
        for a measurement."""
        names: dict[str, str] = {}
        for label in self.classes:
            word = re.sub(r"\W+", "_", label, flags=re.ASCII).strip("_")
            word = word if re.match("[A-Za-z]", word) else f"class_{word}"
            while word.lower() in map(str.lower, names.values()):
                word += "_"
            names[label] = word
        return names
