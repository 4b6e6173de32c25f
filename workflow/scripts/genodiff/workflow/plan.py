"""What a validated configuration means for rules: which generators there are, where the individuals of a
dataset are, which code makes them.

Read at parse time by the Snakefile: standard library, pydantic and registries only.
"""

from dataclasses import replace
from typing import Any

from genodiff.diffusion.predictions import PREDICTIONS
from genodiff.diffusion.samplers import SAMPLERS
from genodiff.generators import KINDS, NETWORKS, PRIVATE, REFERENCES
from genodiff.generators.dataset import (
    COMPONENTS,
    GENOTYPES,
    NULL,
    NULL_TITLE,
    REAL,
    REAL_TITLE,
    RELEASE,
    SELF_TRAINING,
    Dataset,
    joined,
)
from genodiff.networks.backbones import BACKBONES
from genodiff.registry import Entry
from genodiff.workflow.recipes import SAMPLING

DIFFUSION, EXTERNAL = "diffusion", "external"
# What every entry has whatever its kind.
_COMMON = {"kind", "title", "style"}


def _reference(entries: dict[str, Entry], name: str) -> str:
    """The class of a registered name, or the name itself, which is that of a plugin."""
    return entries[name].reference if name in entries else name


class Plan:
    """Generators and datasets of a configuration that `settings.load` has completed."""

    def __init__(self, config: dict[str, Any]):
        self.entries: dict[str, dict[str, Any]] = config["generators"]
        self.run: list[str] = config["run_generators"]
        self.results, self.seeds = config["results"], config["seeds"]
        self.synthetic, self.multiples = config["synthetic"], config["size"]["multiples"]
        self.release: dict[str, dict[str, Any]] = config["release"]
        self.forms: list[str] = self.synthetic["forms"]
        # What is released decides, where it is evaluated.
        self.headline = GENOTYPES if GENOTYPES in self.forms else COMPONENTS
        augmentation = config["augmentation"]
        self.percents = augmentation["percents"] if augmentation["enabled"] else []
        self.augmented: list[str] = augmentation["generators"]
        labels = config["labels"]
        self.labelled = labels["percents"] if labels["enabled"] else []
        self.label_generators: list[str] = labels["generators"]
        self.tuned: list[str] = config["tuning"]["generators"]

    def is_kind(self, name: str, *kinds: str) -> bool:
        """Whether a generator is of one of these kinds."""
        return self.entries[name]["kind"] in kinds

    def is_private(self, name: str) -> bool:
        """Whether a generator is private by proof."""
        return self.is_kind(name, *PRIVATE)

    def has_network(self, name: str) -> bool:
        """Whether a generator, or what else has this name, draws by a denoising network."""
        return name in self.entries and self.is_kind(name, *NETWORKS)

    def trained(self) -> list[str]:
        """Generators that are diffusion models."""
        return [name for name in self.entries if self.is_kind(name, DIFFUSION)]

    def fitted(self) -> list[str]:
        """Generators that are fitted without a training."""
        return [name for name in self.entries if not self.is_kind(name, DIFFUSION, EXTERNAL)]

    def shown(self, *names: str, form: str = COMPONENTS) -> dict[str, dict[str, Any]]:
        """Title, kind, style and budget, if any, of generators (those of the run by default), in order,
        by the keys of their datasets in this form; of genotypes also those that are drawn for a
        release."""
        keys, found = ("title", "kind", "style"), {}
        for name in names or self.run:
            own = {key: self.entries[name][key] for key in keys}
            if self.is_private(name):
                own["privacy"] = self.entries[name]["privacy"]
            found[str(Dataset(name, form=form))] = own
            if form == GENOTYPES and name in self.release and self.evaluated(name).multiple == RELEASE:
                title = f"{own['title']}, released"
                found[str(self.evaluated(name))] = own | {"title": title, "style": None}
        return found

    def synthetic_titles(self) -> dict[str, str]:
        """The run's datasets in each form, and their titles."""
        marks = {COMPONENTS: "", GENOTYPES: ", genotypes"}
        return {
            key: entry["title"] + marks[form]
            for form in self.forms
            for key, entry in self.shown(form=form).items()
        }

    def titles(self) -> dict[str, str]:
        """Datasets of Table 1 and their titles: the real individuals, then the run's datasets."""
        return {REAL: REAL_TITLE} | self.synthetic_titles()

    def compared_titles(self) -> dict[str, str]:
        """Datasets of Tables 2 and 3: the null instead of the real individuals."""
        return {NULL: NULL_TITLE} | self.synthetic_titles()

    def sizes(self) -> list[float]:
        """Sizes of the size experiment beside that of Table 1."""
        own = None if self.synthetic["individuals"] else self.synthetic["multiple"]
        return [multiple for multiple in self.multiples if multiple != own]

    def size_keys(self) -> list[str]:
        """Keys of the datasets of the size experiment, as components; external data have one size."""
        names = [name for name in self.run if not self.is_kind(name, EXTERNAL)]
        return [REAL, *self.run, *(str(Dataset(name, None, m)) for name in names for m in self.sizes())]

    def augmentation_keys(self) -> list[str]:
        """Keys of what classifiers of the augmentation experiment are trained on: each share of the real
        individuals alone, and joined by individuals of a generator that was fitted on this share."""
        keys = []
        for percent in self.percents:
            real = Dataset(REAL, percent)
            keys += [str(real), *(joined(real, Dataset(name, percent)) for name in self.augmented)]
        return keys

    def label_keys(self) -> list[str]:
        """Keys of what classifiers of the experiment with few labels are trained on: for each share,
        labelled individuals, all with guessed labels, synthetic ones, and the first with these."""
        keys = []
        for percent in self.labelled:
            real, guessed = (Dataset(n, percent, labelled=True) for n in (REAL, SELF_TRAINING))
            keys += [str(real), str(guessed)]
            for name in self.label_generators:
                own = Dataset(name, percent, labelled=True)
                keys += [str(own), joined(real, own)]
        return keys

    def individuals_file(self, dataset: Dataset, seed: int | str) -> str:
        """The tensor file of a dataset's individuals."""
        name = dataset.generator
        if name == NULL:
            return f"{self.results}/tensors/validation.parquet"
        if name in (REAL, SELF_TRAINING):
            own = f"{dataset.share}.seed{seed}" if dataset.share else ""
            file = "train" if name == REAL else name
            return f"{self.results}/tensors/{file}{own}.parquet"
        if dataset.form == GENOTYPES:
            return f"{self.genotypes_prefix(dataset, seed)}.parquet"
        if self.is_kind(name, EXTERNAL):
            return self.entries[name]["path"].replace("{seed}", str(seed))
        return f"{self.results}/{self.folder(name)}/{dataset}/seed{seed}.parquet"

    def folder(self, name: str) -> str:
        """The folder of the results for a generator's individuals."""
        return "references" if self.is_kind(name, *REFERENCES) else "synthetic"

    def genotypes_prefix(self, dataset: Dataset, seed: int | str) -> str:
        """Path of a dataset's decoded genotypes without .bed, .bim and .fam."""
        decoded = replace(dataset, form=GENOTYPES)
        return f"{self.results}/{self.folder(dataset.generator)}/{decoded}/seed{seed}"

    def settings(self, name: str) -> dict[str, Any]:
        """Keyword arguments of a generator's class, without those of sampling."""
        settings = {k: v for k, v in self.entries[name].items() if k not in _COMMON}
        if self.has_network(name):
            recipe = settings["diffusion"]
            settings["diffusion"] = {k: v for k, v in recipe.items() if k not in SAMPLING}
        return settings

    def sampling(self, name: str) -> dict[str, Any]:
        """Keyword arguments of a generator's class that concern drawing only."""
        if not self.has_network(name):
            return {}
        recipe = self.entries[name]["diffusion"]
        return {"sampling": {key: recipe[key] for key in SAMPLING}}

    def size(self, dataset: Dataset) -> dict[str, Any]:
        """How many individuals a dataset has, and of which classes."""
        keys = ("individuals", "multiple", "label_mix")
        if dataset.multiple == RELEASE:
            own = self.release[dataset.generator]
            return {key: self.synthetic[key] if own.get(key) is None else own[key] for key in keys}
        if dataset.multiple is None:
            return {key: self.synthetic[key] for key in keys}
        label_mix = self.synthetic["label_mix"]
        return {"individuals": None, "multiple": dataset.multiple, "label_mix": label_mix}

    def released(self, name: str) -> Dataset:
        """The dataset of a generator that is released, as components."""
        own = self.release[name]
        drawn = own["individuals"] is not None or own["label_mix"] is not None
        return Dataset(name, multiple=RELEASE if drawn else None)

    def evaluated(self, name: str) -> Dataset:
        """The dataset whose evaluation a release reports, as genotypes."""
        released = self.released(name) if self.release[name]["evaluate"] else Dataset(name)
        return replace(released, form=GENOTYPES)

    def released_key(self, name: str) -> str:
        """The key of the same dataset as genotypes."""
        return str(replace(self.released(name), form=GENOTYPES))

    def public_settings(self, name: str) -> dict[str, Any]:
        """Settings of a generator for a datasheet: none of those that may hold paths."""
        return self.settings(name) if self.entries[name]["kind"] in set(KINDS) - {EXTERNAL} else {}

    def label_mix_setting(self, dataset: Dataset) -> str:
        """The key of the configuration with the label mix of a dataset."""
        released = dataset.multiple == RELEASE and self.release[dataset.generator]["label_mix"]
        return f"release.{dataset.generator}.label_mix" if released else "synthetic.label_mix"

    def modules(self, name: str, drawing: bool = False) -> list[str]:
        """Classes, as `module:Class`, whose code makes a generator's model, or, with `drawing`, its
        individuals."""
        entry = self.entries[name]
        kind = entry["kind"]
        # The module of a diffusion model draws only; `training` fits it.
        fits = drawing or kind != DIFFUSION
        modules = [_reference(KINDS, kind)] if fits else []
        if kind in NETWORKS:
            modules.append(_reference(BACKBONES, entry["backbone"]))
            modules.append(_reference(PREDICTIONS, entry["diffusion"]["prediction"]))
            if drawing:
                modules.append(_reference(SAMPLERS, entry["diffusion"]["sampler"]))
        return modules
