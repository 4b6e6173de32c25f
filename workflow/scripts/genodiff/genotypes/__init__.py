"""From genotype files to per-gene SNP matrices."""
