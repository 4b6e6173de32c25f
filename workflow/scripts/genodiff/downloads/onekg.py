"""The 1000 Genomes cohort: its files, their publishers and its settings.

Phase 3 of the 1000 Genomes Project (GRCh37, 2,504 individuals), release 20130502 with autosomes of
version 5b, and GENCODE 19, the last gene annotation on GRCh37. Imported by the Snakefile: standard
library only.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from genodiff.annotations.contigs import plain
from genodiff.downloads.checksums import LIST_NAME
from genodiff.runtime.errors import InputError

SOURCE = "1kg"
BUILD = "GRCh37"
_SITE = "https://ftp.1000genomes.ebi.ac.uk/vol1/ftp"
RELEASE = f"{_SITE}/release/20130502"
# Every file of the site with its MD5; the folder of the release has no list.
RELEASE_CHECKSUMS = f"{_SITE}/current.tree"
GENES = "https://ftp.ebi.ac.uk/pub/databases/gencode/Gencode_human/release_19"
PANEL_FILE = "integrated_call_samples_v3.20130502.ALL.panel"
GENES_FILE = "gencode.v19.annotation.gtf.gz"
AUTOSOMES = tuple(str(number) for number in range(1, 23))
# Names in the configuration of the panel's columns that may be labels; "phenotype" is the default of
# cohort.label_column.
LABELS = {
    "phenotype": "population", "population": "population", "pop": "population",
    "superpopulation": "superpopulation", "super_pop": "superpopulation",
    "sex": "sex", "gender": "sex",
}  # fmt: skip
# Keys of the configuration that only this source has.
_OWN_KEYS = ("mirror", "annotation_mirror", "checksums")


def vcf_file(chromosome: str) -> str:
    """Name of a chromosome's VCF in the release; the name of its index adds .tbi."""
    return f"ALL.chr{chromosome}.phase3_shapeit2_mvncall_integrated_v5b.20130502.genotypes.vcf.gz"


def is_url(origin: str) -> bool:
    """Whether `origin` is a URL and not a path."""
    return origin.startswith(("https://", "http://"))


def file_at(origin: str, name: str) -> str:
    """URL or path of a file in `origin`, a folder or the URL of a folder."""
    return f"{origin.rstrip('/')}/{name}" if is_url(origin) else os.path.join(origin, name)


def _url_problems(key: str, url: str, _: str) -> Iterator[str]:
    # Text that may contain a password is never repeated.
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises)
    except ValueError:
        yield f"cohort.{key}: not a URL: the server's name or the port after the colon is wrong"
        return
    if "@" in parts.netloc:
        yield (
            f"cohort.{key}: contains a user name or password, which logs and the report would show; "
            "remove them, and add a line to ~/.netrc: machine SERVER login NAME password WORD"
        )
    elif not is_url(url) or not parts.hostname:
        yield f"cohort.{key}: {url!r} is neither a folder nor a URL with https:// or http://"
    elif key == "checksums":
        if parts.path.rpartition("/")[2] in ("", ".", ".."):
            yield f"cohort.{key}: the URL of a folder; append the list's name: {LIST_NAME}?"
    elif parts.query or parts.fragment:
        yield f"cohort.{key}: contains ? or #, after which no file name can follow; is it a folder?"


def _path_problems(key: str, path: str, results: str) -> Iterator[str]:
    if key == "checksums":
        if not Path(path).is_file():
            yield f"cohort.{key}: no file {path!r}"
    elif not Path(path).is_dir():
        yield f"cohort.{key}: no folder {path!r}"
    elif os.path.realpath(path) == os.path.realpath(os.path.join(results, "cohort")):
        yield f"cohort.{key}: {path!r} is the folder for files of this run; name another folder"


def problems(cohort: dict[str, Any], results: str) -> Iterator[str]:
    """Messages about the section `cohort` of a configuration that concern this source; `results` is the
    folder of results."""
    given = [key for key in _OWN_KEYS if cohort.get(key) is not None]
    if cohort["source"] != SOURCE:
        yield from (f"cohort.{key}: not used when cohort.source is {cohort['source']}" for key in given)
        return
    for key in given:
        check = _url_problems if "://" in cohort[key] else _path_problems
        yield from check(key, cohort[key], results)
    if cohort["build"] not in (None, BUILD):
        yield f"cohort.build: the 1000 Genomes release is of {BUILD}, not {cohort['build']}"
    if "phenotypes" not in cohort and cohort["label_column"] not in LABELS:
        yield (
            f"cohort.label_column: {cohort['label_column']!r} is not in the panel, which has "
            "population (26), superpopulation (5) and sex; or name your own table in cohort.phenotypes"
        )


def complete(cohort: dict[str, Any]) -> None:
    """Set the build and the column of labels of this source."""
    if cohort["source"] == SOURCE:
        cohort["build"] = BUILD
        if "phenotypes" not in cohort:
            cohort["label_column"] = LABELS[cohort["label_column"]]


def chromosomes(wanted: list[str | int] | None) -> list[str]:
    """Chromosomes to fetch, by default all autosomes. Raises InputError for a name that is not that of
    an autosome or is repeated."""
    names = [plain(str(name)) for name in wanted or AUTOSOMES]
    for name, written in zip(names, wanted or AUTOSOMES, strict=True):
        if name not in AUTOSOMES:
            raise InputError(
                f"cohort.chromosomes: '{written}' is none of 1 to 22, which 1kg consists of"
            )
        if names.count(name) > 1:
            raise InputError(f"cohort.chromosomes: the same chromosome twice: {name}; list it once")
    return names


def origins(cohort: dict[str, Any]) -> dict[str, str]:
    """File names of the cohort, each with its folder or the URL of its folder: all autosomes, and genes
    and phenotypes unless the configuration names the user's."""
    release = cohort["mirror"] or RELEASE
    names = [f"{vcf_file(chromosome)}{suffix}" for chromosome in AUTOSOMES for suffix in ("", ".tbi")]
    if "phenotypes" not in cohort:
        names.append(PANEL_FILE)
    found = dict.fromkeys(names, release)
    if "genes" not in cohort:
        found[GENES_FILE] = cohort["annotation_mirror"] or cohort["mirror"] or GENES
    return found


def checksum_lists(cohort: dict[str, Any]) -> list[str]:
    """Paths or URLs of the lists of checksums: those of the publishers or mirrors, or the list that the
    configuration names."""
    mirror, genes = cohort["mirror"], cohort["annotation_mirror"]
    lists = [cohort["checksums"] or (file_at(mirror, LIST_NAME) if mirror else RELEASE_CHECKSUMS)]
    if "genes" not in cohort and (genes or not mirror):
        lists.append(file_at(genes or GENES, LIST_NAME))
    return lists
