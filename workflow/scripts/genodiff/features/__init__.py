"""From per-gene SNP matrices to tensors: split, per-gene PCA, padding and normalisation."""
