"""What a private generator spends, by Renyi differential privacy (Mironov 2017; subsampling after
Mironov, Talwar and Zhang 2019), with the accountant of Opacus.

The unit is one training individual: with them, or with a blank in their place. The number of individuals
of each class is public, and so are the split and all settings.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from opacus.accountants import RDPAccountant
from scipy.optimize import brentq

FORMAT = "genodiff.privacy_budget.1"
COVERS = (
    "one fit; of several fits to the same individuals, whose results are released, epsilons and deltas "
    "add up"
)
UNIT = "one training individual, present or with a blank in their place"
# Numbers of relatives for whom epsilon is given.
RELATIVES = (2, 4)
ACCOUNTANT = "Renyi differential privacy (opacus.accountants.RDPAccountant)"
# Orders at which the Renyi divergence is bounded; large ones for small epsilon.
_ORDERS = [1 + x / 10 for x in range(1, 100)] + list(range(11, 64)) + [2**n for n in range(6, 15)]
# Largest logarithm of the factor by which noise multipliers are scaled.
_LARGEST_LOG_FACTOR = 20
# Relative accuracy of that factor; the result is moved to the private side by twice as much.
_ACCURACY = 1e-6


@dataclass(frozen=True)
class Use:
    """One use of the private individuals: normal noise on a sum over them, several times.

    noise_multiplier: standard deviation of the noise over the largest norm of what one individual adds.
    sample_rate: probability with which an individual is in a sum (Poisson sampling).
    """

    what: str
    noise_multiplier: float
    sample_rate: float = 1.0
    steps: int = 1


def epsilon_of(uses: Sequence[Use], delta: float) -> float:
    """Epsilon at `delta` of all uses together; infinite where one has no noise, 0 without any."""
    if not uses:
        return 0.0
    if any(use.noise_multiplier <= 0 for use in uses):
        return math.inf
    accountant = RDPAccountant()
    accountant.history = [(use.noise_multiplier, use.sample_rate, use.steps) for use in uses]
    with warnings.catch_warnings():
        # At the first or last order the bound is not the tightest, but holds.
        warnings.filterwarnings("ignore", "Optimal order is the", UserWarning)
        return float(accountant.get_epsilon(delta, alphas=_ORDERS))


def calibrated(uses: Sequence[Use], epsilon: float, delta: float) -> list[Use]:
    """The uses with all noise multipliers scaled by one factor, so that together they spend `epsilon`
    and no more. Infinite epsilon: without noise."""
    if not uses or math.isinf(epsilon):
        return [replace(use, noise_multiplier=0.0) for use in uses]

    def scaled(log_factor: float) -> list[Use]:
        factor = math.exp(log_factor)
        return [replace(use, noise_multiplier=factor * use.noise_multiplier) for use in uses]

    def excess(log_factor: float) -> float:
        """On logarithmic scales, where it is nearly a straight line."""
        return math.log(epsilon_of(scaled(log_factor), delta) / epsilon)

    # Between near limits: far from the root an epsilon takes long to compute.
    low = high = 0.0
    while excess(low) < 0:
        low -= 1
    while excess(high) > 0 and high < _LARGEST_LOG_FACTOR:
        high += 1
    root = brentq(excess, low, high, xtol=_ACCURACY)
    found = scaled(root + 2 * _ACCURACY)
    if not epsilon_of(found, delta) <= epsilon:
        raise ArithmeticError(f"the noise that was found spends more than epsilon {epsilon:g}")
    return found


def _shared(uses: Sequence[Use], count: int) -> list[Use]:
    """The uses as they protect what `count` individuals have in common, who together add up to so many
    times the bound of one."""
    return [replace(use, noise_multiplier=use.noise_multiplier / count) for use in uses]


def budget(uses: Sequence[Use], epsilon: float, delta: float, public: Sequence[str]) -> dict[str, Any]:
    """The content of privacy_budget.json: what was spent on what, of which limits; `public`: what is
    known without the individuals."""
    return {
        "format": FORMAT,
        "epsilon": epsilon,
        "delta": delta,
        "factor": math.exp(epsilon),
        "spent": epsilon_of(uses, delta),
        # An attacker who has seen the release guesses right at most with this probability.
        "guess": 1 / (1 + math.exp(-epsilon)),
        "of_relatives": {str(count): epsilon_of(_shared(uses, count), delta) for count in RELATIVES},
        "accountant": ACCOUNTANT,
        "unit": UNIT,
        "covers": COVERS,
        "uses": [asdict(use) for use in uses],
        "public": list(public),
    }
