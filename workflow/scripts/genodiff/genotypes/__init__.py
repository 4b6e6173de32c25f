"""Read genotype files into per-gene SNP matrices."""
