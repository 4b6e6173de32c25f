"""Read genes of GTF (`key "value";`) and GFF3 (`key=value;`) files: 1-based, both ends included."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from genodiff.annotations.lines import Interval
from genodiff.formats.text import open_text
from genodiff.qc.counts import Tally
from genodiff.runtime.errors import InputError

_COLUMNS = 9
_GTF = re.compile(r'\s*([^\s;]+)\s+(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))\s*(?:;|$)')
# Attributes that name a gene, in order of preference, and the attribute of its unique id.
_NAMES = {"gtf": (("gene_name", "gene_id"), "gene_id"), "gff3": (("Name", "ID"), "ID")}


def _attributes(text: str, kind: str) -> dict[str, str]:
    """Attributes of a line; a repeated key keeps its first value."""
    values: dict[str, str] = {}
    if kind == "gff3":
        for part in text.split(";"):
            key, equals, value = part.partition("=")
            if equals:
                values.setdefault(unquote(key.strip()), unquote(value.strip()))
    else:
        for key, quoted, bare in _GTF.findall(text):
            values.setdefault(key, quoted or bare)
    return values


def gtf_intervals(
    path: str | os.PathLike, kind: str, tally: Tally, feature: str, name: str | None,
    attributes: dict[str, list[str]],
) -> Iterator[Interval]:  # fmt: skip
    """Yield lines of a GTF or GFF3 file (`kind` "gtf" or "gff3") whose third column is `feature`.

    `name`: the attribute that names a gene; None: gene_name or else gene_id, Name or else ID. Lines
    without one of the values wanted in `attributes` are omitted and counted. Raises InputError with the
    number of an invalid line, and if no line has the feature.
    """
    names, id_key = _NAMES[kind]
    names = (name,) if name else names
    # Most lines are exons: look for the feature before splitting a line.
    mark, seen, taken = f"\t{feature}\t", Counter(), 0
    with open_text(path, "cohort.genes") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#"):
                if line.startswith("##FASTA"):
                    break
                continue
            if mark not in line:
                fields = line.split("\t", 3)
                if len(fields) < 4 and line.strip():
                    raise _too_few(path, number, line, kind)
                if len(fields) == 4:
                    seen[fields[2]] += 1
                continue
            fields = line.rstrip("\r\n").split("\t")
            if len(fields) < _COLUMNS:
                raise _too_few(path, number, line, kind)
            if fields[2] != feature:
                seen[fields[2]] += 1
                continue
            taken += 1
            values = _attributes(fields[8], kind)
            label = next((values[key] for key in names if values.get(key)), None)
            if label is None:
                raise InputError(
                    f"{path}: line {number}: no attribute {' or '.join(names)}, which names a gene "
                    f"(cohort.gene_name). Attributes of the line: {', '.join(values) or 'none'}"
                )
            if any(values.get(key) not in wanted for key, wanted in attributes.items()):
                tally.add("gene", "other_attributes")
                continue
            yield _interval(path, number, fields, label, values.get(id_key))
    if not taken:
        there = ", ".join(f"{kind} ({count})" for kind, count in seen.most_common(10)) or "none"
        raise InputError(
            f"{path}: no line has {feature!r} in its third column (cohort.gene_feature). Values there: "
            f"{there}"
        )


def _interval(path, number: int, fields: list[str], label: str, id: str | None) -> Interval:
    start, end = fields[3].strip(), fields[4].strip()
    if not (start.isdecimal() and end.isdecimal() and 1 <= int(start) <= int(end)):
        raise InputError(
            f"{path}: line {number}: gene {label!r}: start {start!r} and end {end!r} are not numbers "
            "with 1 <= start <= end"
        )
    return Interval(number, label, fields[0].strip(), int(start) - 1, int(end), id)


def _too_few(path, number: int, line: str, kind: str) -> InputError:
    count = len(line.split("\t"))
    return InputError(
        f"{path}: line {number}: expected the {_COLUMNS} tab-separated columns of a {kind.upper()}, got "
        f"{count}" + (" (blanks do not separate columns)" if count == 1 and " " in line.strip() else "")
    )
