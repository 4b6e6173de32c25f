"""The Gaussian mechanism: bounded contributions, and random numbers that nobody can draw again."""

from collections.abc import Iterator
from os import urandom

import numpy as np
from scipy.special import ndtri

# Random numbers that are drawn at once.
_AT_ONCE = 2**22


def secret_normal(shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal numbers float64 of the operating system's random bytes, which nobody can draw
    again: with the seed of a run one could subtract the noise.

    Each is the mean of four over two (Holohan and Braghin 2021), so that the gaps between
    floating-point numbers do not show what it was added to.
    """
    return np.concatenate([np.empty(0), *_blocks(int(np.prod(shape)))]).reshape(shape)


def _blocks(count: int) -> Iterator[np.ndarray]:
    for first in range(0, count, _AT_ONCE):
        uniform = secret_uniform(4 * min(_AT_ONCE, count - first))
        yield ndtri(uniform).reshape(4, -1).sum(0) / 2


def secret_uniform(count: int) -> np.ndarray:
    """Uniform random numbers float64 (count,) of the operating system's random bytes, in the middle of
    2^52 equal parts of (0, 1): never 0 or 1."""
    words = np.frombuffer(urandom(8 * count), np.uint64)
    return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def secret_seed() -> int:
    """A seed of 63 such bits."""
    return int.from_bytes(urandom(8), "little") >> 1


def bounded_weights(norms: np.ndarray, bound: float) -> np.ndarray:
    """Factors float64 (N,), at most 1, that bring norms (N,) to `bound`, above 0, at most."""
    return bound / np.maximum(norms, bound)
