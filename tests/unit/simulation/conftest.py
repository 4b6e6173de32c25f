"""A small simulated cohort's settings."""

import pytest

from genodiff.simulation.settings import SimulationSettings


@pytest.fixture(scope="session")
def simulation():
    """Function that gives the settings of a small cohort, with changes."""

    def settings(**changes):
        small = {
            "individuals": 120, "chromosomes": 2, "genes": 7, "snps_per_gene": [3, 12], "min_maf": 0.05,
            "mutation_rate": 1.29e-8, "recombination_rate": 1e-8, "causal_genes": 4,
            "heritability": 0.8, "dominance_share": 0.2, "interaction_share": 0.1,
            "case_fraction": 0.3, "unlabelled_fraction": 0.1,
        }  # fmt: skip
        return SimulationSettings(**(small | changes))

    return settings
