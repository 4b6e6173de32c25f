"""How a time grows with the size of the input."""

from collections.abc import Callable

import numpy as np

MULTIPLES = (1, 2, 4)


def print_exponents(
    what: str, individuals: int, count: int, seconds: Callable[[int, int], dict[str, float]]
) -> None:
    """Print the times of 1, 2 and 4 times `count` (of `what`) and the individuals, and the exponents
    that fit; `seconds` gives times by name for individuals and count."""
    for scaled in (what, "individuals"):
        sizes = [
            (individuals, count * m) if scaled == what else (individuals * m, count) for m in MULTIPLES
        ]
        found = [seconds(*size) for size in sizes]
        for name in found[0]:
            own = [times[name] for times in found]
            fitted = np.polyfit(np.log(MULTIPLES), np.log(own), 1)[0]
            print(f"{name} by {scaled}: {[round(t, 2) for t in own]} s, exponent {fitted:.2f}")
