"""The release's panel of individuals as a table of phenotypes."""

import os
from collections import Counter
from pathlib import Path

from genodiff.formats.common import whole_file
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger

# The panel's columns (its lines may end in empty ones), and their names in our table.
COLUMNS = {"sample": "sample", "pop": "population", "super_pop": "superpopulation", "gender": "sex"}


def write_phenotypes(panel: str | os.PathLike, phenotypes: str | os.PathLike) -> None:
    """Write a tab-separated table with the columns sample, population, superpopulation and sex.

    Raises InputError with the line for what is no panel, and for an individual who stands twice.
    """
    rows: dict[str, list[str]] = {}
    header = None
    for number, line in enumerate(Path(panel).read_text(encoding="utf-8").splitlines(), 1):
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
                raise InputError(f"{panel}: line {number}: expected {len(COLUMNS)} values, one a column")
            if values[0] in rows:
                raise InputError(f"{panel}: line {number}: sample {values[0]!r} stands there twice")
            rows[values[0]] = values
    if not rows:
        raise InputError(f"{panel}: contains no individuals")
    with whole_file(phenotypes) as temporary:
        lines = [list(COLUMNS.values()), *rows.values()]
        text = "".join("\t".join(line) + "\n" for line in lines)
        Path(temporary).write_text(text, encoding="utf-8")
    classes = [len(Counter(row[i] for row in rows.values())) for i in (1, 2)]
    logger.info("%d individuals of %d populations and %d superpopulations", len(rows), *classes)
