"""How well decoders return the genotypes of real individuals: sums of each chromosome, and
`decoding.tsv`, one row for each decoder and set of individuals."""

import os

import pandas as pd

from genodiff.formats.common import whole_file

# Upper limits of the bins of the minor allele frequency in training individuals.
MAF_BINS = (0.05, 0.2, 0.5)
_KEYS = ("decoder", "set", "individuals", "maf")
# Sums over SNPs of a bin.
_SUMS = (
    "snps", "calls", "exact", "non_reference_calls", "non_reference_exact", "frequency_error",
    "heterozygotes", "decoded_heterozygotes", "r2", "r2_snps",
)  # fmt: skip
SUM_COLUMNS = (*_KEYS, *_SUMS)
R2_COLUMNS = tuple(f"r2_maf_{limit}" for limit in MAF_BINS)
COLUMNS = (
    "decoder", "chosen", "set", "individuals", "snps", "calls", "exact", "non_reference",
    "frequency_error", "heterozygosity", *R2_COLUMNS,
)  # fmt: skip


def _write(path: str | os.PathLike, table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    with whole_file(path) as temporary:
        table[list(columns)].to_csv(temporary, sep="\t", index=False, float_format="%.9g", na_rep="NA")


def _read(path: str | os.PathLike, columns: tuple[str, ...]) -> pd.DataFrame:
    table = pd.read_csv(path, sep="\t", na_values=["NA"], keep_default_na=False)
    if tuple(table.columns) != columns:
        raise ValueError(f"{path}: not a table of decoding of this version")
    return table


def write_sums(path: str | os.PathLike, rows: list[dict]) -> None:
    """Write the sums of a chromosome, SUM_COLUMNS."""
    _write(path, pd.DataFrame(rows, columns=list(SUM_COLUMNS)), SUM_COLUMNS)


def write_decoding(path: str | os.PathLike, sums: list[str], chosen: str) -> None:
    """Write decoding.tsv from the sums of all chromosomes; `chosen`: the decoder of the configuration.

    Shares of calls, non-reference concordance, mean absolute error of allele frequencies, ratio of
    heterozygotes, and mean r2 of SNPs by bin; NA where there is nothing to divide by.
    """
    table = pd.concat([_read(name, SUM_COLUMNS) for name in sums])
    rows = []
    for (decoder, name, individuals), own in table.groupby(list(_KEYS[:3]), sort=False):
        total = own[list(_SUMS)].sum()
        bins = own.groupby("maf")[["r2", "r2_snps"]].sum().reindex(MAF_BINS)
        rows.append(
            {
                "decoder": decoder, "chosen": "yes" if decoder == chosen else "no", "set": name,
                "individuals": individuals, "snps": int(total["snps"]), "calls": int(total["calls"]),
                "exact": total["exact"] / total["calls"],
                "non_reference": total["non_reference_exact"] / total["non_reference_calls"],
                "frequency_error": total["frequency_error"] / total["snps"],
                "heterozygosity": total["decoded_heterozygotes"] / total["heterozygotes"],
            } | dict(zip(R2_COLUMNS, bins["r2"] / bins["r2_snps"], strict=True))
        )  # fmt: skip
    _write(path, pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS)


def read_decoding(path: str | os.PathLike) -> pd.DataFrame:
    """decoding.tsv; raises ValueError on another table."""
    return _read(path, COLUMNS)
