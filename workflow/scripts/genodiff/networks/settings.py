"""Settings of networks of several kinds. Imported by the Snakefile."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from genodiff.registry import Positive, Settings


def head_problems(width: int, heads: int, where: str) -> Iterator[str]:
    """A message if attention of so many heads cannot have this width, whose key is `where`."""
    if width % heads:
        yield f"{where}: {width} is not a multiple of its heads, {heads}"


class TokenSettings(Settings):
    """A transformer over tokens of neighbouring genes."""

    genes_per_token: Positive = 16
    """neighbouring genes that form one token; divides `features.pad_genes_to`"""
    width: Annotated[int, Field(ge=2)] = 384
    """width of a token; a multiple of `heads`"""
    layers: Positive = 6
    """encoder layers"""
    heads: Positive = 6
    """attention heads of a layer"""

    def problems(self, genes: int, where: str) -> Iterator[str]:
        if genes % self.genes_per_token:
            yield (
                f"features.pad_genes_to: {genes} is not a multiple of {where}.genes_per_token, "
                f"{self.genes_per_token}"
            )
        yield from head_problems(self.width, self.heads, f"{where}.width")
