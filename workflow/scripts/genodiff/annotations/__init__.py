"""Genes: where they are, and which SNPs belong to them."""

from genodiff.annotations.bed import read_bed
from genodiff.annotations.gene import Gene, genes_of

__all__ = ["Gene", "genes_of", "read_genes"]


def read_genes(path, tally, feature="gene", name=None, attributes=None):
    return read_bed(path)
