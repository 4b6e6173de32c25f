"""What a configuration must fulfil beyond its JSON schema, and messages for what the schema refuses.

Read at parse time by the Snakefile, so nothing heavy is imported here.
"""

import math
import os
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from genodiff.downloads import onekg
from genodiff.generators import REFERENCES
from genodiff.genotypes.chromosomes import find_chromosomes, genotype_path
from genodiff.genotypes.readers import READERS
from genodiff.genotypes.readers.files import genotype_files
from genodiff.networks.backbones import BACKBONES
from genodiff.runtime.errors import InputError
from genodiff.workflow.recipes import resolve

# sqrt(alpha_bar) at the last step; the paper's schedule has 0.006.
_LARGEST_LAST_SIGNAL = 0.1


def explain(config: dict[str, Any], schema: dict[str, Any]) -> str:
    """Say for everything in `config` that `schema` refuses which key it is and what is allowed there.

    Returns an empty string for a valid configuration.
    """
    from jsonschema import Draft202012Validator

    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: list(map(str, e.path))
    )
    return "\n".join(line for error in errors for line in _explain_one(error))


def _key(path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _explain_one(error) -> Iterator[str]:
    where = _key(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema["properties"])
        for name in sorted(set(map(str, error.instance)) - set(known)):
            close = get_close_matches(name, known, 1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            full = f"{where}.{name}" if where else name
            yield f"{full}: unknown key{hint}. Keys allowed here: {', '.join(known)}"
    elif error.validator == "enum":
        allowed = ", ".join(map(str, error.validator_value))
        yield f"{where}: {error.instance!r} is not known; allowed values: {allowed}"
    elif error.validator == "type" and isinstance(error.instance, str):
        hint = " (write numbers as 1.0e-3, not 1e-3)" if _is_number(error.instance) else ""
        yield f"{where}: expected {error.validator_value}, got the text {error.instance!r}{hint}"
    else:
        meaning = {
            "minimum": "must be at least", "maximum": "must be at most",
            "exclusiveMinimum": "must be greater than", "exclusiveMaximum": "must be less than",
            "multipleOf": "must be a multiple of",
        }.get(error.validator)  # fmt: skip
        if meaning:
            yield f"{where}: {error.instance!r} {meaning} {error.validator_value}"
        else:
            yield f"{where or 'configuration'}: {error.message}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check(config: dict[str, Any]) -> None:
    """Raise InputError for keys of a schema-valid configuration that contradict each other."""
    problems = [
        *_cohort_problems(config),
        *_shape_problems(config),
        *_diffusion_problems(config),
        *_dataset_problems(config),
    ]
    if problems:
        raise InputError("the configuration is not usable:\n" + "\n".join(f"  {p}" for p in problems))


def _cohort_problems(config: dict[str, Any]) -> Iterator[str]:
    cohort = config["cohort"]
    source = cohort["source"]
    if config["split"]["balance_batches"] and cohort.get("batch_column") is None:
        yield "split.balance_batches: needs the column of batches, cohort.batch_column"
    if source == "simulate" and cohort.get("batch_column") is not None:
        yield "cohort.batch_column: a simulated cohort has no batches"
    yield from _column_problems(cohort)
    for other in sorted(set(READERS) - {source}):
        if other in cohort:
            yield f"cohort.{other}: not used when cohort.source is {source}"
    yield from onekg.problems(cohort, config["results"])
    if source == onekg.SOURCE:
        return
    if source in READERS:
        # PLINK's own table of individuals may hold the phenotype.
        needed = (source, "genes") if source.startswith("plink") else (source, "phenotypes", "genes")
        for key in needed:
            if key not in cohort:
                yield f"cohort.{key}: needed when cohort.source is {source}"
        return
    simulate = cohort["simulate"]
    if simulate["causal_genes"] > simulate["genes"]:
        yield "cohort.simulate.causal_genes: more than cohort.simulate.genes"
    if simulate["chromosomes"] > simulate["genes"]:
        yield "cohort.simulate.chromosomes: more than cohort.simulate.genes"
    if simulate["snps_per_gene"][0] > simulate["snps_per_gene"][1]:
        yield "cohort.simulate.snps_per_gene: fewest before most"
    if simulate["dominance_share"] + simulate["interaction_share"] > 1:
        yield "cohort.simulate: dominance_share and interaction_share are more than 1 together"


def _column_problems(cohort: dict[str, Any]) -> Iterator[str]:
    """Columns of the table of individuals that are wrong whatever the table holds: a job would find out
    when the genotypes are simulated or fetched, or not at all."""
    columns = {role: cohort.get(f"{role}_column") for role in ("sample", "label", "family", "batch")}
    panel = cohort["source"] == onekg.SOURCE and "phenotypes" not in cohort
    if panel:
        # Other names of the panel's columns.
        columns["label"] = onekg.LABELS.get(columns["label"], columns["label"])
    for role, others in {
        "label": ("sample",),
        "family": ("label",),
        "batch": ("sample", "label"),
    }.items():
        for other in others:
            if columns[role] is not None and columns[role] == columns[other]:
                yield f"cohort.{role}_column: {columns[role]!r} is cohort.{other}_column too"
    if cohort["source"] == "simulate":
        made, checked = ("sample", "phenotype"), ("sample", "label", "family")
    elif panel:
        made, checked = ("sample", *dict.fromkeys(onekg.LABELS.values())), ("sample", "family", "batch")
    else:
        return
    for role in checked:
        if columns[role] is not None and columns[role] not in made:
            yield (
                f"cohort.{role}_column: {columns[role]!r} is not in the table of individuals, which has "
                + ", ".join(made)
            )


def _shape_problems(config: dict[str, Any]) -> Iterator[str]:
    features = config["features"]
    if features["max_snps"] is not None and features["min_snps"] > features["max_snps"]:
        yield f"features.min_snps: {features['min_snps']} is above max_snps, {features['max_snps']}"
    pad = config["features"]["pad_genes_to"]
    backbones = config["backbone_settings"]
    for name in config["backbones"]:
        convolutions = {"unet_cnn": backbones["unet_cnn"], "mlp_cnn": backbones["mlp_cnn"]["unet_cnn"]}
        if name in convolutions:
            halvings = len(convolutions[name]["multipliers"]) - 1
            if pad % 2**halvings:
                yield (
                    f"features.pad_genes_to: {pad} is not a multiple of {2**halvings}; backbone {name} "
                    f"has {halvings + 1} multipliers and halves the genes {halvings} times"
                )
    for kind, names in (("backbone", config["backbones"]), ("classifier", config["classifiers"])):
        if "transformer" in names:
            own = config[f"{kind}_settings"]["transformer"]
            if pad % own["genes_per_token"]:
                yield (
                    f"features.pad_genes_to: {pad} is not a multiple of "
                    f"{kind}_settings.transformer.genes_per_token, {own['genes_per_token']}"
                )
            if own["width"] % own["heads"]:
                yield f"{kind}_settings.transformer.width: {own['width']} is not a multiple of its heads"


def _diffusion_problems(config: dict[str, Any]) -> Iterator[str]:
    try:
        recipe = resolve(config["diffusion"])
        schedule = recipe["schedule"]
        if schedule["name"] == "linear":
            yield from _linear_schedule_problems(schedule)
        if (recipe["sampler_steps"] or 0) > schedule["steps"]:
            yield (
                f"diffusion.sampler_steps: {recipe['sampler_steps']} are more than the "
                f"{schedule['steps']} of diffusion.schedule.steps; null is all of them"
            )
        if recipe["eta"] and recipe["sampler"] != "ddim":
            yield f"diffusion.eta: not used when diffusion.sampler is {recipe['sampler']}"
    except ValueError as error:
        yield str(error)
    mix = config["synthetic"]["label_mix"]
    if mix is not None and not sum(mix.values()) > 0:
        yield "synthetic.label_mix: the shares are all zero"


def _dataset_problems(config: dict[str, Any]) -> Iterator[str]:
    ours = BACKBONES | REFERENCES
    taken = {"real", "Real", "null", "planted", "batch_baseline", *ours}
    taken |= {entry.title for entry in ours.values()}
    for name in sorted(set(config["datasets"]) & taken):
        yield f"datasets.{name}: is the name of a built-in dataset; choose another"
    synthetic = config["synthetic"]
    if synthetic["individuals"] is not None and synthetic["multiple"] != 1:
        yield "synthetic: individuals and multiple say the same thing in two ways; give one of them"
    wanted = {"size": config["size"]["multiples"], "augmentation": config["augmentation"]["enabled"]}
    for part in (name for name, used in wanted.items() if used):
        for name in config[part]["classifiers"] or []:
            if name not in config["classifiers"]:
                yield f"{part}.classifiers: {name} is not among `classifiers`; add it there"


def _linear_schedule_problems(schedule: dict[str, Any]) -> Iterator[str]:
    start, end, steps = schedule["beta_start"], schedule["beta_end"], schedule["steps"]
    if start > end:
        yield "diffusion.schedule: beta_start is larger than beta_end"
    betas = (start + (end - start) * t / max(1, steps - 1) for t in range(steps))
    signal = math.exp(sum(math.log1p(-beta) for beta in betas) / 2)
    if signal > _LARGEST_LAST_SIGNAL:
        enough = 20 / steps
        yield (
            f"diffusion.schedule: {steps} linear steps up to beta_end {end} leave {signal:.0%} of the "
            "signal in the noisiest individuals, but sampling starts from pure noise; give more steps"
            + (f" or a larger beta_end (about {enough:.2g} for {steps} steps)" if enough < 1 else "")
        )


def chromosomes(config: dict[str, Any], cache: str | os.PathLike | None = None) -> list[str]:
    """Names of the chromosomes the workflow works on; looks for the files of a user's cohort, and those
    that belong to them. `cache`: see `find_chromosomes`."""
    cohort = config["cohort"]
    if cohort["source"] == "simulate":
        return [str(i + 1) for i in range(cohort["simulate"]["chromosomes"])]
    if cohort["source"] == onekg.SOURCE:
        return onekg.chromosomes(cohort.get("chromosomes"))
    source = cohort["source"]
    names = find_chromosomes(source, cohort[source], cohort.get("chromosomes"), cache)
    for name in names:
        genotype_files(source, genotype_path(cohort[source], name))
    return names


def make_paths_absolute(config: dict[str, Any]) -> None:
    """Turn the paths of a user's own files in a checked configuration into absolute ones, in place; not
    those of files that the workflow itself makes in `results`."""
    cohort = config["cohort"]
    places = [(cohort, key) for key in (*READERS, "genes", "phenotypes")]
    places += [(config["datasets"], name) for name in config["datasets"]]
    for other in config["projections"].values():
        places += [(other, "path"), (other, "phenotypes")]
    for section, key in places:
        path = os.path.normpath(section.get(key) or config["results"])
        if not f"{path}/".startswith(f"{config['results']}/"):
            section[key] = os.path.abspath(section[key])
