"""Files that a configuration names."""

import os
from typing import Any

from genodiff.downloads import onekg
from genodiff.genotypes.chromosomes import find_chromosomes, genotype_path
from genodiff.genotypes.readers import READERS
from genodiff.genotypes.readers.files import genotype_files


def chromosomes(config: dict[str, Any], cache: str | os.PathLike | None = None) -> list[str]:
    """Names of the chromosomes the workflow works on; looks for the files of a user's cohort, and those
    that belong to them. `cache`: see `find_chromosomes`. Raises InputError where a file is missing."""
    cohort = config["cohort"]
    source = cohort["source"]
    if source == "simulate":
        return [str(i + 1) for i in range(cohort["simulate"]["chromosomes"])]
    if source == onekg.SOURCE:
        return onekg.chromosomes(cohort.get("chromosomes"))
    names = find_chromosomes(source, cohort[source], cohort.get("chromosomes"), cache)
    for name in names:
        genotype_files(source, genotype_path(cohort[source], name))
    return names


def make_paths_absolute(config: dict[str, Any]) -> None:
    """Turn the paths of a user's own files in a validated configuration into absolute ones, in place;
    those of files that the workflow itself makes in `results` stay."""
    places = [(config["cohort"], key) for key in (*READERS, "genes", "phenotypes")]
    places += [(config["plugins"], i) for i in range(len(config["plugins"]))]
    places += [(own, "path") for own in config["generators"].values() if own["kind"] == "external"]
    for other in config["projections"].values():
        places += [(other, "path"), (other, "phenotypes")]
    for section, key in places:
        given = section[key] if isinstance(section, list) else section.get(key)
        path = os.path.normpath(given or config["results"])
        if not f"{path}/".startswith(f"{config['results']}/"):
            section[key] = os.path.abspath(given)
