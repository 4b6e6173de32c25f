"""Errors of denoisers by noise level."""

import os

from genodiff.tables.write import write_long

DENOISING_COLUMNS = ["denoiser", "seed", "set", "sigma", "error", "se", "n"]


def write_denoising(results: list[dict], path: str | os.PathLike) -> None:
    """Write one row for each denoiser, seed (NA without a training), set and noise level."""
    write_long(path, [row for result in results for row in result["rows"]], DENOISING_COLUMNS)
