"""Genes: their intervals, and the genes to which each SNP belongs."""
