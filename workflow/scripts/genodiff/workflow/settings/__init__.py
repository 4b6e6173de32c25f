"""The configuration: one model for each section, with type, range, default and description of each key.

Read at parse time by the Snakefile, so nothing heavy is imported. `python -m
genodiff.workflow.settings.documents` writes config/schema.yaml and the tables of config/README.md.
"""

import os
from typing import Any

from pydantic import ValidationError

from genodiff.downloads import onekg
from genodiff.runtime.errors import InputError
from genodiff.workflow.settings import checks, generators
from genodiff.workflow.settings.configuration import Configuration
from genodiff.workflow.settings.diffusion import given
from genodiff.workflow.settings.messages import explain
from genodiff.workflow.settings.migration import refuse_old_keys
from genodiff.workflow.settings.release import default_release


def load(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with every default, as plain values.

    `run_generators` is always a list, and `release` a dictionary. `generators` has, in the order of the
    tables, those that run and then those that only `augmentation`, `labels` or `tuning` need, each
    complete: kind, title, style and settings; that of a diffusion model has `backbone`, `settings` of
    the backbone, and its whole recipe as `diffusion`.
    Paths in `cohort` that are not given are absent. Raises InputError with a line for each wrong key.
    """
    refuse_old_keys(config)
    entries, found = generators.read(config.get("generators"), config.get("plugins"))
    try:
        model = Configuration.model_validate(config)
    except ValidationError as error:
        found += explain(error, Configuration)
    if found:
        _refuse([line for _, line in sorted(found, key=lambda problem: list(map(str, problem[0])))])
    values = model.model_dump(exclude={"diffusion", "generators"})
    # Targets are compared as text: results/mine/ and ./results/mine are results/mine.
    values["results"] = os.path.normpath(values["results"])
    values["diffusion"] = {"recipe": model.diffusion.recipe} | given(model.diffusion)
    _refuse(list(checks.name_problems(values, list(entries))))
    run = values["run_generators"] or [name for name, own in entries.items() if own.entry.run]
    values["run_generators"] = run
    if values["release"] is None:
        kinds = {name: entries[name].entry.kind for name in run}
        values["release"] = default_release(kinds, values["synthetic"]["forms"])
    parts = [values[part] for part in ("augmentation", "labels") if values[part]["enabled"]]
    fitted = [name for part in (*parts, values["tuning"]) for name in part["generators"]]
    used = {name: entries[name] for name in [*run, *fitted]}
    _refuse(list(dict.fromkeys(checks.problems(values, used))))
    values["generators"] = {
        name: generators.complete(name, own, values["diffusion"]) for name, own in used.items()
    }
    onekg.complete(values["cohort"])
    return values


def _refuse(lines: list[str]) -> None:
    if lines:
        raise InputError(
            "\n".join(["the configuration is not usable:", *(f"  {line}" for line in lines)])
        )
