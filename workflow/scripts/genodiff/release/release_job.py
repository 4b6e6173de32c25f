"""The job that writes a folder to hand out."""

import json
import shutil
from pathlib import Path
from typing import Any

from genodiff.formats.common import file_hash, write_text
from genodiff.formats.tensors import Layout, read_labels
from genodiff.release.cohort import Cohort
from genodiff.release.datasheet import Origin, Sources, datasheet
from genodiff.release.dictionary import BUDGET, CHECKSUMS, PAGE, README, SHEET, write_dictionary
from genodiff.release.tables import write_tables
from genodiff.release.writers import WRITERS
from genodiff.release.writers.base import STEM
from genodiff.report.cohort import input_facts
from genodiff.report.templates import template
from genodiff.runtime.errors import InputError
from genodiff.runtime.logs import logger


def release_job(
    sources: Sources, origin: Origin, *, prefix: str, tensors_path: str, folder: str, formats: list[str]
) -> None:
    """Write the individuals of the PLINK 1 files `prefix`, with the labels of `tensors_path`, to
    `folder`, which appears when it is whole. `formats`: names in WRITERS. Raises InputError where the
    folder, or another one of the same run, has a proof that both together break."""
    layout, control = Layout.read(sources.layout), input_facts(sources.inputs)["control"]
    cohort = Cohort(prefix, read_labels(tensors_path), layout.classes, control)
    target = Path(folder)
    made = target.with_name(f".{target.name}.part")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    writers = [WRITERS[name].load()() for name in formats]
    for name, writer in zip(formats, writers, strict=True):
        writer.write(made / STEM, cohort)
        logger.info("%s: %d individuals, %d SNPs", name, len(cohort.samples), len(cohort.sites))
    write_tables(made, cohort, sources.models)
    sheet = datasheet(sources, cohort, origin, formats)
    write_text(made / SHEET, json.dumps(sheet, indent=1, ensure_ascii=False) + "\n")
    if origin.force is None:
        _check_alone(target, sheet["budget"])
    if sheet["budget"]:
        write_text(made / BUDGET, json.dumps(sheet["budget"], indent=1) + "\n")
    rows = write_dictionary(made, cohort, writers)
    variables = {"sheet": sheet, "dictionary": rows, "traits": [t.name for t in cohort.phenotypes()]}
    write_text(made / PAGE, template("genodiff.release", "datasheet.html.jinja").render(variables))
    write_text(made / README, template("genodiff.release", "README.txt.jinja").render(variables))
    files = sorted(path for path in made.iterdir() if path.name != CHECKSUMS)
    write_text(made / CHECKSUMS, "".join(f"{file_hash(file)}  {file.name}\n" for file in files))
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)


def _check_alone(target: Path, budget: dict[str, Any] | None) -> None:
    """Raise InputError where other individuals of this run are released, and they or these are private
    by proof."""
    for other in sorted(target.parent.parent.glob(f"*/*/{CHECKSUMS}")):
        spent = other.with_name(BUDGET)
        if other.parent == target or not (budget or spent.exists()):
            continue
        raise InputError(
            f"{other.parent}: is released too, from the same training individuals. What both reveal "
            "together adds up, epsilons and deltas of those with a proof, and without limit of one that "
            f"has none. Remove that folder if nobody has got it; else {target} must not be handed out, "
            "or only with the sum, for a reason that is given as `force`"
        )
