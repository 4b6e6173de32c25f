"""Keys of a configuration that contradict each other, although each is allowed by itself."""

import math
from collections.abc import Iterator
from typing import Any

from genodiff.diffusion import samplers
from genodiff.downloads import onekg
from genodiff.features import has_panel
from genodiff.generators import COPYING, NETWORKS, PRIVATE
from genodiff.generators.dataset import GENOTYPES
from genodiff.genotypes.readers import READERS
from genodiff.networks.classifiers import CLASSIFIERS
from genodiff.workflow.recipes import SAMPLING, overlaid, resolve
from genodiff.workflow.settings import generators
from genodiff.workflow.settings.diffusion import given
from genodiff.workflow.settings.messages import not_known

# As of a cohort.
_SMALLEST_PANEL = 40
# sqrt(alpha_bar) at the last step; the paper's schedule has 0.006.
_LARGEST_LAST_SIGNAL = 0.1


def problems(config: dict[str, Any], entries: dict[str, generators.Generator]) -> Iterator[str]:
    """A message for each contradiction. `config` is complete but for its generators, of which `entries`
    are those that are used."""
    yield from _cohort_problems(config)
    yield from _column_problems(config["cohort"])
    yield from _feature_problems(config)
    yield from _evaluation_problems(config, entries)
    yield from _split_problems(config, entries)
    for name, entry in entries.items():
        yield from generators.problems(name, entry, config["features"]["pad_genes_to"])
        if entry.entry.kind in NETWORKS:
            yield from recipe_problems(name, config["diffusion"], given(entry.entry))
        if entry.entry.kind in PRIVATE:
            yield from _proof_problems(name, config)
    yield from _composition_problems(config, entries)


def _proof_problems(name: str, config: dict[str, Any]) -> Iterator[str]:
    """What is computed from individuals, and would not be counted."""
    where = f"generators.{name}: is private by proof only where nothing else is computed from the"
    if not has_panel(config):
        yield (
            f"{where} individuals; name the results of a run on a public panel as features.basis, or "
            "simulate one (cohort.simulate.panel) with a simulated cohort"
        )
    if config["quality"]["max_individual_missing"] is not None:
        yield (
            f"{where} individuals: quality.max_individual_missing excludes some by their calls, which "
            "changes the split of all others; exclude them before, by a rule that is public"
        )
    if config["quality"]["passed_only"]:
        yield (
            f"{where} individuals: quality.passed_only leaves SNPs out by a FILTER that may depend on "
            "them; filter the files before, by a list that is public"
        )


def _composition_problems(
    config: dict[str, Any], entries: dict[str, generators.Generator]
) -> Iterator[str]:
    """Several releases from the same individuals, one of them with a proof."""
    names = [name for name in config["release"] if name in entries]
    private = [name for name in names if entries[name].entry.kind in PRIVATE]
    if private and len(names) * len(config["seeds"]) > 1:
        yield (
            f"release.{private[0]}: its proof is for one folder; epsilons of several generators or "
            "seeds that are released from the same individuals add up, and a generator without a proof "
            "has no limit. Release this one with one seed (seeds: [0])"
        )


def name_problems(config: dict[str, Any], known: list[str]) -> Iterator[str]:
    """Names of generators that the configuration does not have."""
    lists = {
        "run_generators": config["run_generators"] or [],
        "augmentation.generators": config["augmentation"]["generators"],
        "labels.generators": config["labels"]["generators"],
        "tuning.generators": config["tuning"]["generators"],
    }
    for where, names in lists.items():
        for place, name in enumerate(names):
            if name not in known:
                yield not_known(f"{where}[{place}]", name, known)
    for name in config["release"] or ():
        if name not in known:
            yield not_known("release", name, known)


def _cohort_problems(config: dict[str, Any]) -> Iterator[str]:
    cohort = config["cohort"]
    source = cohort["source"]
    if config["split"]["balance_batches"] and cohort["batch_column"] is None:
        yield "split.balance_batches: needs the column of batches, cohort.batch_column"
    if source == "simulate" and cohort["batch_column"] is not None:
        yield "cohort.batch_column: a simulated cohort has no batches"
    for other in sorted(set(READERS) - {source}):
        if other in cohort:
            yield f"cohort.{other}: not used when cohort.source is {source}"
    yield from onekg.problems(cohort, config["results"])
    if source in READERS:
        # PLINK's own table of individuals may hold the phenotype.
        needed = (source, "genes") if source.startswith("plink") else (source, "phenotypes", "genes")
        of_panel = ("genes", "chromosomes") if config["features"]["basis"] else ()
        for key in needed:
            if key not in cohort and key not in of_panel:
                yield f"cohort.{key}: needed when cohort.source is {source}"
        for key in of_panel:
            if key in cohort:
                yield f"cohort.{key}: not used with features.basis, whose {key} are taken"
    if source == "simulate":
        yield from _simulation_problems(cohort["simulate"], config["features"]["basis"])


def _simulation_problems(simulate: dict[str, Any], basis: str | None) -> Iterator[str]:
    if 0 < simulate["panel"] < _SMALLEST_PANEL:
        yield f"cohort.simulate.panel: fewer than {_SMALLEST_PANEL} individuals are no panel"
    if simulate["panel"] and simulate["structure"] is not None:
        yield "cohort.simulate.panel: a cohort with structure has none"
    if simulate["panel"] and basis is not None:
        yield "features.basis: cohort.simulate.panel has a basis of its own; give one of them"
    for key in ("causal_genes", "chromosomes"):
        if simulate[key] > simulate["genes"]:
            yield f"cohort.simulate.{key}: more than cohort.simulate.genes"
    if simulate["snps_per_gene"][0] > simulate["snps_per_gene"][1]:
        yield "cohort.simulate.snps_per_gene: fewest before most"
    if simulate["dominance_share"] + simulate["interaction_share"] > 1:
        yield "cohort.simulate: dominance_share and interaction_share are more than 1 together"


def _column_problems(cohort: dict[str, Any]) -> Iterator[str]:
    """Columns of the table of individuals that are wrong whatever the table holds: a job would find out
    when the genotypes are simulated or fetched, or not at all."""
    columns = {role: cohort[f"{role}_column"] for role in ("sample", "label", "family", "batch")}
    panel = cohort["source"] == onekg.SOURCE and "phenotypes" not in cohort
    if panel:
        # Other names of the panel's columns.
        columns["label"] = onekg.LABELS.get(columns["label"], columns["label"])
    pairs = [("label", "sample"), ("family", "label"), ("batch", "sample"), ("batch", "label")]
    for role, other in pairs:
        if columns[role] is not None and columns[role] == columns[other]:
            yield f"cohort.{role}_column: {columns[role]!r} is cohort.{other}_column too"
    if cohort["source"] == "simulate":
        made, checked = ["sample", "phenotype"], ("sample", "label", "family")
        if cohort["simulate"]["structure"] is not None:
            made += ["population", "family"]
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


def _feature_problems(config: dict[str, Any]) -> Iterator[str]:
    features = config["features"]
    if features["max_snps"] is not None and features["min_snps"] > features["max_snps"]:
        yield f"features.min_snps: {features['min_snps']} is above max_snps, {features['max_snps']}"
    for name in config["classifiers"]:
        own = CLASSIFIERS[name].settings.model_validate(config["classifier_settings"][name])
        yield from own.problems(features["pad_genes_to"], f"classifier_settings.{name}")


def _evaluation_problems(
    config: dict[str, Any], entries: dict[str, generators.Generator]
) -> Iterator[str]:
    titles: dict[str, str] = {}
    for name, generator in entries.items():
        title = generator.entry.title or name
        if title in generators.RESERVED:
            yield f"generators.{name}.title: {title!r} is the title of a built-in dataset"
        elif title in titles:
            yield f"generators.{name}.title: {title!r} is the title of {titles[title]} too"
        titles[title] = name
    yield from _release_problems(config, entries)
    synthetic = config["synthetic"]
    if synthetic["individuals"] is not None and synthetic["multiple"] != 1:
        yield "synthetic: individuals and multiple say the same thing in two ways; give one of them"
    mix = synthetic["label_mix"]
    if mix is not None and not sum(mix.values()) > 0:
        yield "synthetic.label_mix: the shares are all zero"
    shares = [part for part in ("augmentation", "labels") if config[part]["enabled"]]
    wanted = dict.fromkeys(shares, True) | {"size": config["size"]["multiples"]}
    for part in (name for name, used in wanted.items() if used):
        for name in config[part]["classifiers"] or []:
            if name not in config["classifiers"]:
                yield f"{part}.classifiers: {name} is not among `classifiers`; add it there"
    for part in shares:
        for name in config[part]["generators"]:
            if entries[name].entry.kind == "external":
                yield f"{part}.generators: {name} is external, and cannot be fitted to a share"
    for name in config["tuning"]["generators"]:
        if (kind := entries[name].entry.kind) != "diffusion":
            yield f"tuning.generators: {name} is of kind {kind}, and only diffusion models are tuned"


def _split_problems(config: dict[str, Any], entries: dict[str, generators.Generator]) -> Iterator[str]:
    """What belongs to the individuals and components of one split."""
    if config["splits"] == 1:
        return
    if all(entries[name].entry.kind == "external" for name in config["run_generators"]):
        yield (
            "splits: individuals of external generators belong to one split, and there are no other "
            "generators; leave splits out, or add one, such as independent, to run_generators"
        )
    if config["privacy"]["reference"] is not None:
        yield (
            "splits: privacy.reference has components of one split, which are others in each split; "
            "leave one of them out"
        )


def _release_problems(config: dict[str, Any], entries: dict[str, generators.Generator]) -> Iterator[str]:
    run = config["run_generators"]
    if config["release"] and GENOTYPES not in config["synthetic"]["forms"]:
        yield "synthetic.forms: a release needs `genotypes` among them, in which it is evaluated"
    for name, release in config["release"].items():
        where = f"release.{name}"
        if name not in run:
            yield f"{where}: is not among run_generators; what is released is evaluated"
            continue
        kind = entries[name].entry.kind
        if kind in COPYING and release["force"] is None:
            yield (
                f"{where}: {kind} copies {COPYING[kind]} of real individuals, so it serves comparison "
                f"only and is not released; to release it nevertheless, give the reason as {where}.force"
            )
        own_size = release["individuals"] is not None or release["label_mix"] is not None
        if kind == "external" and own_size:
            yield f"{where}: external individuals are released as they are; omit these keys"
        if release["label_mix"] is not None and not sum(release["label_mix"].values()) > 0:
            yield f"{where}.label_mix: the shares are all zero"


def recipe_problems(name: str, diffusion: dict[str, Any], own: dict[str, Any]) -> Iterator[str]:
    """Of a recipe, a generator's `own` keys over those of `diffusion`; a message names the section
    that has the key."""
    place = {key: f"generators.{name}" if key in own else "diffusion" for key in SAMPLING}
    schedule_at = f"generators.{name}" if {"schedule", "recipe"} & set(own) else "diffusion"
    try:
        recipe = resolve(overlaid(diffusion, own))
    except ValueError as error:
        yield f"{schedule_at}.{error}"
        return
    schedule = recipe["schedule"]
    if schedule["name"] == "linear":
        yield from _linear_schedule_problems(schedule, f"{schedule_at}.schedule")
    if (recipe["sampler_steps"] or 0) > schedule["steps"]:
        yield (
            f"{place['sampler_steps']}.sampler_steps: {recipe['sampler_steps']} are more than the "
            f"{schedule['steps']} of {schedule_at}.schedule.steps; null is all of them"
        )
    if recipe["sampler_grid"] != "time" and recipe["sampler_steps"] in (None, schedule["steps"]):
        yield (
            f"{place['sampler_grid']}.sampler_grid: not used when "
            f"{place['sampler_steps']}.sampler_steps is all steps of the schedule"
        )
    sampler = recipe["sampler"]
    for key in ("eta", "churn"):
        if recipe[key] and key not in samplers.SETTINGS.get(sampler, ()):
            yield f"{place[key]}.{key}: not used when {place['sampler']}.sampler is {sampler}"


def _linear_schedule_problems(schedule: dict[str, Any], where: str) -> Iterator[str]:
    start, end, steps = schedule["beta_start"], schedule["beta_end"], schedule["steps"]
    if start > end:
        yield f"{where}: beta_start is larger than beta_end"
    betas = (start + (end - start) * t / max(1, steps - 1) for t in range(steps))
    signal = math.exp(sum(math.log1p(-beta) for beta in betas) / 2)
    if signal > _LARGEST_LAST_SIGNAL:
        enough = 20 / steps
        yield (
            f"{where}: {steps} linear steps up to beta_end {end} leave {signal:.0%} of the signal in "
            "the noisiest individuals, but sampling starts from pure noise; give more steps"
            + (f" or a larger beta_end (about {enough:.2g} for {steps} steps)" if enough < 1 else "")
        )
