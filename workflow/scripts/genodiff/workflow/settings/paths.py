"""Files that a configuration names."""

import json
import os
from pathlib import Path
from typing import Any

from genodiff.annotations.contigs import plain
from genodiff.downloads import onekg
from genodiff.genotypes.chromosomes import find_chromosomes, genotype_path, without_genes
from genodiff.genotypes.readers import READERS
from genodiff.genotypes.readers.files import genotype_files
from genodiff.runtime.errors import InputError

_MODELS = ".models.parquet"


def annotation(cohort: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `annotations.read.read_genes` that the settings of a cohort give."""
    return {key: cohort[f"gene_{key}"] for key in ("feature", "name", "attributes")}


def chromosomes(
    config: dict[str, Any], cache: str | os.PathLike | None = None
) -> tuple[list[str], list[str]]:
    """Names of the chromosomes the workflow works on, and of those without a gene, which it leaves out;
    looks for the files of a user's cohort, and those that belong to them.

    `cache`: see `find_chromosomes`. Raises InputError where a file is missing.
    """
    cohort = config["cohort"]
    source, wanted = cohort["source"], cohort.get("chromosomes")
    if source == "simulate":
        return [str(i + 1) for i in range(cohort["simulate"]["chromosomes"])], []
    if source == onekg.SOURCE:
        return onekg.chromosomes(wanted), []
    basis = config["features"]["basis"]
    if basis is not None:
        wanted = basis_chromosomes(basis)
    names, unread = find_chromosomes(source, cohort[source], wanted, cache), []
    if wanted is None and cohort.get("genes"):
        unread = without_genes(names, cohort["genes"], annotation(cohort), cache)
    names = [name for name in names if name not in unread]
    for name in names:
        genotype_files(source, genotype_path(cohort[source], name))
    return names, unread


def basis_chromosomes(basis: str) -> list[str]:
    """The chromosomes of a run on a panel, in the order of its layout. Raises InputError where its
    results lack a file that is needed."""
    layout = Path(basis) / "tensors/layout.json"
    if not layout.is_file():
        raise InputError(
            f"features.basis: no file {str(layout)!r}; name the results of a run on a public panel, "
            "made with: snakemake basis"
        )
    with open(layout, encoding="utf-8") as file:
        order = list(dict.fromkeys(plain(gene["chrom"]) for gene in json.load(file)["genes"]))
    found = [path.name.removesuffix(_MODELS) for path in (Path(basis) / "pca").glob(f"*{_MODELS}")]
    names = sorted((n for n in found if plain(n) in order), key=lambda name: order.index(plain(name)))
    needed = ["split.tsv", "tensors/train.parquet", "genotypes/inputs.json", "genotypes/genes.bed"]
    kinds = ("genotypes/{}.parquet", "pca/{}.decoder.parquet")
    needed += [kind.format(name) for name in names for kind in kinds]
    missing = [file for file in needed if not (Path(basis) / file).is_file()]
    if missing:
        raise InputError(
            f"features.basis: no file {os.path.join(basis, missing[0])!r}; make it there with: "
            "snakemake basis"
        )
    return names


def projection_files(name: str, other: dict[str, Any], chromosome: str) -> list[str]:
    """The genotypes of another cohort (its name and settings) on a chromosome, and the files that belong
    to them. Raises InputError where one is missing."""
    path = genotype_path(other["path"], chromosome)
    if not os.path.isfile(path):
        raise InputError(f"projections.{name}.path: no file {path!r} for chromosome {chromosome}")
    try:
        return genotype_files(other["source"], path)
    except InputError as error:
        raise InputError(f"projections.{name}: {error}") from None


def check_file(setting: str, path: str, hint: str = "") -> None:
    """Raise InputError if a file that a setting names does not exist."""
    if not os.path.isfile(path):
        raise InputError(f"{setting}: no file {path!r}{hint}")


def check_folder(setting: str, path: str) -> None:
    """Raise InputError if a folder that a setting names is a file, or below one."""
    for place in (Path(path), *Path(path).parents):
        if place.exists():
            if not place.is_dir():
                raise InputError(f"{setting}: {str(place)!r} is a file; name a folder")
            return


def make_paths_absolute(config: dict[str, Any], results: str) -> None:
    """Turn the paths of a user's own files in a validated configuration into absolute ones, in place;
    those of files that the workflow itself makes in the folder `results` stay."""
    places = [(config["cohort"], key) for key in (*READERS, "genes", "phenotypes")]
    places += [(config["plugins"], i) for i in range(len(config["plugins"]))]
    places += [(own, "path") for own in config["generators"].values() if own["kind"] == "external"]
    for section, key in (("privacy", "reference"), ("features", "basis")):
        if config[section][key]:
            places.append((config[section], key))
    for other in config["projections"].values():
        places += [(other, "path"), (other, "phenotypes")]
    for section, key in places:
        given = section[key] if isinstance(section, list) else section.get(key)
        path = os.path.normpath(given or results)
        if not f"{path}/".startswith(f"{results}/"):
            section[key] = os.path.abspath(given)
