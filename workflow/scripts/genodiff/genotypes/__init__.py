"""From genotype files to per-gene SNP matrices, and the simulated cohort."""
