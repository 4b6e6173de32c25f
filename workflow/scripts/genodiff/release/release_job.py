"""The job that writes a folder to hand out."""

import json
import shutil
from pathlib import Path

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
from genodiff.runtime.logs import logger


def release_job(
    sources: Sources, origin: Origin, *, prefix: str, tensors_path: str, folder: str, formats: list[str]
) -> None:
    """Write the individuals of the PLINK 1 files `prefix`, with the labels of `tensors_path`, to
    `folder`, which appears when it is whole. `formats`: names in WRITERS."""
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
