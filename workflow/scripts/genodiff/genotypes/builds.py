"""Identify human genome builds by the lengths of their chromosomes."""

import os

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
