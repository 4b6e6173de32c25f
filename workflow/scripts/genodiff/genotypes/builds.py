"""Identify human genome builds by the lengths of their chromosomes."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from genodiff.annotations.contigs import plain
from genodiff.runtime.errors import InputError

_NAMES = (*map(str, range(1, 23)), "X", "Y")
# Lengths in bases as in the assemblies' reports: GRCh37 (GCF_000001405.25), GRCh38 (GCF_000001405.40),
# T2T-CHM13v2.0 (GCF_009914755.1).
_LENGTHS = {
    "GRCh37": (
        249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022,
        141213431, 135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753,
        81195210, 78077248, 59128983, 63025520, 48129895, 51304566, 155270560, 59373566,
    ),
    "GRCh38": (
        248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636,
        138394717, 133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345,
        83257441, 80373285, 58617616, 64444167, 46709983, 50818468, 156040895, 57227415,
    ),
    "T2T-CHM13v2.0": (
        248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331,
        150617247, 134758134, 135127769, 133324548, 113566686, 101161492, 99753195, 96330374,
        84276897, 80542538, 61707364, 66210255, 45090682, 51324926, 154259566, 62460029,
    ),
}  # fmt: skip
BUILDS = {build: dict(zip(_NAMES, lengths, strict=True)) for build, lengths in _LENGTHS.items()}


# Names of builds in headers; a name inside another word does not count, such as b37 in lab37.
_NAMED = {
    "NCBI36": r"NCBI36|hg18|b36",
    "GRCh37": r"GRCh37|NCBI37|hg19|b37|hs37|g1k_v37",
    "GRCh38": r"GRCh38|NCBI38|hg38|b38|hs38",
    "T2T-CHM13v2.0": r"CHM13|T2T|hs1(?!\d)",
}


@dataclass(frozen=True)
class Evidence:
    """What one source says about its genome build."""

    source: str  # path of a file
    builds: list[str]  # those that are possible
    reason: str


def guess_build(lengths: dict[str, int]) -> str | None:
    """The build with these contig lengths in bases, or None.

    At least one contig must be a chromosome of the build; other contigs are ignored.
    """
    given = {plain(name): length for name, length in lengths.items()}
    for build, known in BUILDS.items():
        common = set(given) & set(known)
        if common and all(given[name] == known[name] for name in common):
            return build
    return None


def lengths_evidence(path: str, lengths: dict[str, int]) -> list[Evidence]:
    """Evidence of contig lengths in bases: one contig of each build that they are of; none if they are
    of no known build."""
    found: dict[str, Evidence] = {}
    for name, length in lengths.items():
        build = guess_build({name: length})
        if build:
            found.setdefault(build, Evidence(path, [build], f"contig {name!r} has {length} bases"))
    # As for `guess_build`, one chromosome of a length that no build has leaves the build unknown.
    return list(found.values()) if len(found) > 1 or guess_build(lengths) else []


def text_evidence(path: str, lines: Iterable[str]) -> list[Evidence]:
    """Evidence of lines of a header that name one build."""
    found = {}
    for line in lines:
        named = [
            build
            for build, names in _NAMED.items()
            if re.search(rf"(?<![A-Za-z0-9])({names})", line, re.IGNORECASE)
        ]
        if len(named) == 1:
            found.setdefault(named[0], Evidence(path, named, f"its header has {line.strip()[:120]!r}"))
    return list(found.values())


def positions_evidence(path: str, what: str, positions: dict[str, int]) -> list[Evidence]:
    """Evidence of positions (1-based, by contig) beyond the ends of chromosomes of some builds; none if
    one is beyond its end in all builds, as in another species. `what` is at the positions."""
    found = []
    for name, position in positions.items():
        ends = {build: known.get(plain(name), position) for build, known in BUILDS.items()}
        possible = [build for build, end in ends.items() if position <= end]
        if not possible:
            return []
        if len(possible) < len(BUILDS):
            build, end = next((build, end) for build, end in ends.items() if position > end)
            reason = f"{what} at {name}:{position}, but the chromosome has {end} bases in {build}"
            found.append(Evidence(path, possible, reason))
    return found


def check_agreement(evidence: list[Evidence]) -> None:
    """Raise InputError for the first two pieces of evidence that have no possible build in common."""
    for number, second in enumerate(evidence):
        first = next((e for e in evidence[:number] if not set(e.builds) & set(second.builds)), None)
        if first:
            raise InputError(
                f"{second.source} is of {' or '.join(second.builds)} ({second.reason}), but "
                f"{first.source} is of {' or '.join(first.builds)} ({first.reason}); all files must be "
                "of one genome build: use files of one build, or lift the others over"
            )


def agreed_build(evidence: Iterable[Evidence]) -> str | None:
    """The only build that all evidence allows, or None."""
    possible = [set(own.builds) for own in evidence]
    common = set.intersection(*possible) if possible else set()
    return common.pop() if len(common) == 1 else None


def check_build(declared: str | None, lengths: dict[str, int], path: str | os.PathLike) -> None:
    """Raise InputError if contig lengths of a file's header differ from those of the declared build.

    Without a declared build or lengths there is no check.
    """
    if declared is None:
        return
    for name, length in lengths.items():
        expected = BUILDS[declared].get(plain(name), length)
        if length != expected:
            seems = guess_build(lengths)
            raise InputError(
                f"{path}: cohort.build is {declared}, whose chromosome {plain(name)} has {expected} "
                f"bases, but contig {name!r} has {length} in the file's header"
                + (f": the file is of {seems}" if seems else "")
            )
