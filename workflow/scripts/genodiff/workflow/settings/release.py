"""Settings of released folders."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from genodiff.generators import REFERENCES
from genodiff.generators.dataset import GENOTYPES
from genodiff.registry import Settings, Text
from genodiff.release.writers import WRITERS
from genodiff.workflow.settings.labels import LabelMix
from genodiff.workflow.settings.lists import Distinct


class Release(Settings):
    individuals: Annotated[int, Field(ge=2)] | None = None
    """number of individuals, drawn for the release; null: the individuals that are evaluated"""
    label_mix: LabelMix | None = None
    """share of each class, in any unit; null: that of `synthetic`"""
    evaluate: bool = True
    """whether individuals that are drawn for the release are evaluated, which needs every class among
    them; false: the datasheet has the numbers of the generator's other individuals"""
    formats: Annotated[Distinct[Literal[tuple(WRITERS)]], Field(min_length=1)] = ["plink2", "vcf"]
    """formats of the genotypes"""
    description: Text | None = None
    """what the data are and what they were made for, for the datasheet and README.txt"""
    terms: Text | None = None
    """terms of use, for the datasheet and README.txt"""
    contact: Text | None = None
    """who answers questions about the data, for the datasheet"""
    force: Text | None = None
    """reason, for the datasheet, to release what is refused otherwise: a reference that copies genes or
    values of real individuals, a generator with a proof that an attack contradicts or beside other
    released individuals of the run"""


# Generators that are released by default where they run, the first of them.
_PREFERRED = ("gene_mixer", "transformer")


def default_release(kinds: dict[str, str], forms: list[str]) -> dict[str, dict[str, Any]]:
    """What is released if the configuration does not say: one of the generators that run, by name their
    kind; none if they are not evaluated as genotypes."""
    names = [name for name, kind in kinds.items() if kind not in (*REFERENCES, "external")]
    first = [name for name in _PREFERRED if name in names] + names
    return {name: Release().model_dump() for name in first[:1] if GENOTYPES in forms}


def _by_name(given: Any) -> Any:
    return {name: {} for name in given} if isinstance(given, list) else given


Releases = Annotated[dict[str, Release], BeforeValidator(_by_name)]
