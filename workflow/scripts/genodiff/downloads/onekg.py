"""The 1000 Genomes cohort: which files it is made of, where they are published, and its settings.

Phase 3 of the 1000 Genomes Project (GRCh37, 2,504 individuals), release 20130502, whose autosomes are at
version 5b; and GENCODE 19, the last set of genes that was made on GRCh37. Read at parse time by the
Snakefile, so only the standard library is imported here.
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
# Every file of the site with its MD5; the release's own folder has no list.
RELEASE_CHECKSUMS = f"{_SITE}/current.tree"
GENES = "https://ftp.ebi.ac.uk/pub/databases/gencode/Gencode_human/release_19"
PANEL_FILE = "integrated_call_samples_v3.20130502.ALL.panel"
GENES_FILE = "gencode.v19.annotation.gtf.gz"
AUTOSOMES = tuple(str(number) for number in range(1, 23))
# Columns of the panel that may be labels, as the configuration may call them; the default of a user's
# table stands for the first.
LABELS = {
    "phenotype": "population", "population": "population", "pop": "population",
    "superpopulation": "superpopulation", "super_pop": "superpopulation",
    "sex": "sex", "gender": "sex",
}  # fmt: skip
# Keys of the configuration that no other source has.
_OWN_KEYS = ("mirror", "annotation_mirror", "checksums")


def vcf_file(chromosome: str) -> str:
    """The release's name of a chromosome's VCF; its index has .tbi behind it."""
    return f"ALL.chr{chromosome}.phase3_shapeit2_mvncall_integrated_v5b.20130502.genotypes.vcf.gz"


def is_url(place: str) -> bool:
    """Whether a place is a server; if not it is a folder or a file."""
    return place.startswith(("https://", "http://"))


def in_place(place: str, name: str) -> str:
    """The URL or path of a file in a place."""
    return f"{place.rstrip('/')}/{name}" if is_url(place) else os.path.join(place, name)


def _url_problems(key: str, url: str, _: str) -> Iterator[str]:
    # What may hold a password is never repeated.
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (raises)
    except ValueError:
        yield f"cohort.{key}: not a URL: its server's name, or the number behind its colon, is wrong"
        return
    if "@" in parts.netloc:
        yield (
            f"cohort.{key}: has a user's name or password in it, which would stand in logs and in the "
            "report; leave them out, and put a line into ~/.netrc: machine SERVER login NAME password "
            "WORD"
        )
    elif not is_url(url) or not parts.hostname:
        yield f"cohort.{key}: {url!r} is neither a folder nor a URL with https:// or http://"
    elif key == "checksums":
        if parts.path.rpartition("/")[2] in ("", ".", ".."):
            yield f"cohort.{key}: the URL of a folder; put the list's name behind it: {LIST_NAME}?"
    elif parts.query or parts.fragment:
        yield f"cohort.{key}: has a ? or # in it, and no file can be named behind that; is it a folder?"


def _path_problems(key: str, path: str, results: str) -> Iterator[str]:
    if key == "checksums":
        if not Path(path).is_file():
            yield f"cohort.{key}: no file {path!r}"
    elif not Path(path).is_dir():
        yield f"cohort.{key}: no folder {path!r}"
    elif os.path.realpath(path) == os.path.realpath(os.path.join(results, "cohort")):
        yield f"cohort.{key}: {path!r} is where this run puts its files; name another folder"


def problems(cohort: dict[str, Any], results: str) -> Iterator[str]:
    """What is wrong with the cohort part of a configuration, as far as this source is concerned;
    `results` is the folder of results."""
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
            f"cohort.label_column: {cohort['label_column']!r} is not in the panel, which has population "
            "(26), superpopulation (5) and sex; or give a table of your own with cohort.phenotypes"
        )


def complete(cohort: dict[str, Any]) -> None:
    """Put in what this source knows: the build, and the columns of the panel's table."""
    if cohort["source"] == SOURCE:
        cohort["build"] = BUILD
        if "phenotypes" not in cohort:
            cohort["label_column"] = LABELS[cohort["label_column"]]


def chromosomes(wanted: list[str | int] | None) -> list[str]:
    """The chromosomes to fetch, all autosomes where none are named.

    Raises InputError for one that is no autosome, or is wanted twice.
    """
    names = [plain(str(name)) for name in wanted or AUTOSOMES]
    for name in names:
        if name not in AUTOSOMES:
            raise InputError(f"cohort.chromosomes: {name!r} is none of 1 to 22, which 1kg consists of")
        if names.count(name) > 1:
            raise InputError(f"cohort.chromosomes: twice the same chromosome: {name}; list it once")
    return names


def places(cohort: dict[str, Any]) -> dict[str, str]:
    """Where each file is fetched: a name to a folder or the URL of one; of all chromosomes, whichever
    are wanted. Genes or phenotypes that the configuration has are left out."""
    release = cohort["mirror"] or RELEASE
    found = {}
    for chromosome in AUTOSOMES:
        found |= {vcf_file(chromosome): release, f"{vcf_file(chromosome)}.tbi": release}
    if "phenotypes" not in cohort:
        found[PANEL_FILE] = release
    if "genes" not in cohort:
        found[GENES_FILE] = cohort["annotation_mirror"] or cohort["mirror"] or GENES
    return found


def checksum_lists(cohort: dict[str, Any]) -> list[str]:
    """Paths or URLs of the lists that those files are verified against: the publishers' own, those of
    the mirrors, or the one that the configuration names."""
    mirror, genes = cohort["mirror"], cohort["annotation_mirror"]
    own = in_place(mirror, LIST_NAME) if mirror else RELEASE_CHECKSUMS
    found = [cohort["checksums"] or own]
    if "genes" not in cohort and (genes or not mirror):
        found.append(in_place(genes or GENES, LIST_NAME))
    return found
