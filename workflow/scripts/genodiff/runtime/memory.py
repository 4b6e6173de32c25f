"""What a job of `features.memory_mb` may use for its data."""

from genodiff.formats import gene_pca

# Python and the libraries themselves, and what allocators keep.
BASE_MB = 180


def data_bytes(memory_mb: int) -> int:
    """Bytes left for data of a job that may take `memory_mb` in all."""
    return max(0, memory_mb - BASE_MB) * 2**20


def row_group_bytes(memory_mb: int) -> int:
    """Bytes of genes in a row group of scores: with its copies less than a quarter of the data."""
    return min(gene_pca.ROW_GROUP_BYTES, max(2**20, data_bytes(memory_mb) // 16))
