"""Genes: their intervals and the assignment of SNPs to them."""
