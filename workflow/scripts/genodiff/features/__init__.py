"""Transform per-gene SNP matrices into tensors: per-gene PCA, padding and standardisation."""
