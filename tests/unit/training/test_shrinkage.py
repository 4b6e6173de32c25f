"""How much less new individuals vary."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from genodiff.training.dataset import Cohort
from genodiff.training.shrinkage import shrinkage

GENES, SNPS, COMPONENTS = 60, 40, 3
MASK = torch.ones(GENES, COMPONENTS, dtype=torch.bool)
MASK[:20, 2] = False


def scores(individuals, others, seed=0):
    """Standardised scores of individuals, and those of others on the same components; a gene's SNPs are
    linked through two ancestral haplotypes."""
    rng, parts = np.random.default_rng(seed), []
    for _gene in range(GENES):
        loadings = rng.normal(size=(2, SNPS))
        dosages = [
            rng.normal(size=(n, 2)) @ loadings + 2 * rng.normal(size=(n, SNPS))
            for n in (individuals, others)
        ]
        components = PCA(COMPONENTS).fit(dosages[0])
        own, new = map(components.transform, dosages)
        parts.append((own / own.std(0), new / own.std(0)))
    return [torch.from_numpy(np.stack(x, 1)).float() * MASK for x in zip(*parts, strict=True)]


def of(*xs, mask=MASK):
    return shrinkage(*(Cohort(x, torch.zeros(len(x))) for x in xs), mask)


def test_it_is_the_ratio_of_deviations_over_genes_of_few_individuals():
    own, new = scores(60, 1000)
    found = of(own, new)
    expected = [
        (new[:, MASK[:, k], k] ** 2).mean().sqrt() / (own[:, MASK[:, k], k] ** 2).mean().sqrt()
        for k in range(COMPONENTS)
    ]
    torch.testing.assert_close(found, torch.stack(expected))
    assert found[2] < 0.9, "components of noise fit best"


def test_scaled_training_individuals_vary_as_others_of_the_cohort():
    own, new, others = scores(60, 800)[0], *scores(60, 800)[1].split(400)
    factor = of(own, new)
    ratio = others.square().sum((0, 1)) / 400 / ((own * factor).square().sum((0, 1)) / 60)
    torch.testing.assert_close(ratio, torch.ones(COMPONENTS), atol=0.03, rtol=0)


def test_it_is_none_where_new_individuals_do_not_vary_clearly_less():
    own, new = scores(400, 50)
    assert of(own[:300], own[300:]) is None
    assert of(own, 1.2 * own) is None
    assert of(own, new[:1] * 0.1) is None, "one individual says nothing"


def test_components_that_all_genes_lack_stay():
    own, new = scores(60, 1000)
    mask = MASK.clone()
    mask[:, 1] = False
    assert of(own, new, mask=mask)[1] == 1


@pytest.mark.parametrize("batch", [[3], [0, 2, 3]])
def test_a_cohort_multiplies_its_batches(batch):
    x, factor = torch.randn(4, 5, 2), torch.tensor([0.5, 0.9])
    cohort, rows = Cohort(x, torch.arange(4), factor), torch.tensor(batch)
    found, labels = cohort.to(torch.device("cpu")).rows(rows, torch.device("cpu"))
    torch.testing.assert_close(found, x[rows] * factor)
    assert torch.equal(labels, rows)
