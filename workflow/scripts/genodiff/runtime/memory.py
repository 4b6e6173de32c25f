"""What a job of `features.memory_mb` may use for its data."""

# Python and the libraries themselves, and what allocators keep.
BASE_MB = 180


def data_bytes(memory_mb: int) -> int:
    """Bytes left for data of a job that may take `memory_mb` in all."""
    return max(0, memory_mb - BASE_MB) * 2**20
