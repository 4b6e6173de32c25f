"""What a writer of released genotypes is."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from genodiff.release.cohort import Cohort

# Files of genotypes are named by this and a suffix.
STEM = "genotypes"


class Writer(ABC):
    """One format of genotypes."""

    # Suffixes of the files that are written, and what each is, for the dictionary.
    files: ClassVar[dict[str, str]]

    @abstractmethod
    def write(self, stem: Path, cohort: Cohort) -> None:
        """Write the cohort to files that are named by `stem` and the suffixes, with one block of SNPs in
        memory at a time."""
