"""Memory that a job with the setting `features.memory_mb` may use for its data."""

# Python, the libraries, and memory that allocators retain; MiB.
BASE_MB = 180


def data_bytes(memory_mb: int) -> int:
    """Bytes for data of a job that may use `memory_mb` MiB in total."""
    return max(0, memory_mb - BASE_MB) * 2**20
