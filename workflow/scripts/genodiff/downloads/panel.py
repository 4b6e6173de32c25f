"""Table of phenotypes from the release's panel of individuals."""

import os
from collections import Counter

from genodiff.formats.common import write_text
from genodiff.formats.text import open_text
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# Columns of the panel (its lines may end in empty ones), and their names in the table.
COLUMNS = {"sample": "sample", "pop": "population", "super_pop": "superpopulation", "gender": "sex"}


def write_phenotypes(panel: str | os.PathLike, phenotypes: str | os.PathLike) -> None:
    """Write a tab-separated table with the columns sample, population, superpopulation and sex.

    Raises InputError, which names the line, for a file of another format and for a repeated individual.
    """
    rows: dict[str, list[str]] = {}
    header = None
    with open_text(panel) as file:
        lines = list(file)
    for number, line in enumerate(lines, 1):
        values = [value.strip() for value in line.rstrip().split("\t")]
        if header is None:
            header = values
            if header != list(COLUMNS):
                raise InputError(
                    f"{panel}: line 1: expected the columns {', '.join(COLUMNS)}, found "
                    f"{', '.join(map(repr, header[:10]))}; is it the release's panel?"
                )
        elif any(values):
            if len(values) != len(COLUMNS) or not all(values):
                raise InputError(
                    f"{panel}: line {number}: expected {len(COLUMNS)} values, one for each column"
                )
            if values[0] in rows:
                raise InputError(f"{panel}: line {number}: sample {values[0]!r} is listed twice")
            rows[values[0]] = values
    if not rows:
        raise InputError(f"{panel}: contains no individuals")
    write_text(phenotypes, "".join("\t".join(v) + "\n" for v in (COLUMNS.values(), *rows.values())))
    classes = [len(Counter(row[i] for row in rows.values())) for i in (1, 2)]
    logger.info("%d individuals of %d populations and %d superpopulations", len(rows), *classes)
