"""The same individuals and variants as a VCF, a BCF, and in PLINK's two binary formats."""

from pathlib import Path

import numpy as np
import pytest
from genotype_writers import CONTIGS, WRITERS, Variant


@pytest.fixture(params=WRITERS)
def format_name(request):
    return request.param


@pytest.fixture
def make_variant():
    """The class of a variant."""
    return Variant


@pytest.fixture
def write_format(tmp_path):
    """Function (format name, variants, samples) that writes files; gives (source, path)."""

    def write(name, variants, samples, contigs=CONTIGS):
        source, writer = WRITERS[name]
        folder = Path(tmp_path / name)
        folder.mkdir(parents=True, exist_ok=True)
        return source, writer(folder, variants, samples, contigs)

    return write


@pytest.fixture(scope="session")
def cohort():
    """Variants of 11 individuals on three chromosomes: SNPs, an indel, a repeated SNP, one without
    ALT."""
    rng = np.random.default_rng(3)
    samples = [f"{i:03d}" for i in range(11)]

    def calls():
        return rng.choice([-1, 0, 1, 2], len(samples), p=[0.1, 0.4, 0.3, 0.2]).tolist()

    variants = [Variant("1", 10 * i + 5, f"rs{i}", "A", ("C",), calls()) for i in range(40)]
    variants.insert(7, Variant("1", 72, "indel", "AT", ("A",), calls()))
    variants.insert(9, Variant("1", 75, "again", "A", ("C",), variants[8].calls))
    variants.insert(12, Variant("1", 97, "only", "G", (), [0] * len(samples)))
    variants += [Variant("2", 7 * i + 3, ".", "g", ("t",), calls()) for i in range(25)]
    variants += [Variant("X", 100 + i, f"x{i}", "T", ("G",), calls()) for i in range(5)]
    return samples, variants
