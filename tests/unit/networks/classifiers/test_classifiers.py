"""What every classifier promises: one class of tests, run on all that are registered."""

import pytest
import torch
from tiny_classifiers import build, separable
from torch.nn.functional import cross_entropy

from genodiff.networks.classifiers import CLASSIFIERS, build_classifier


@pytest.fixture
def x():
    return torch.randn(5, 8, 3, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("name", CLASSIFIERS)
class TestEveryClassifier:
    @pytest.mark.parametrize("classes", [2, 5])
    def test_returns_logits_for_each_class(self, name, x, classes):
        logits = build(name, classes=classes)(x)
        assert logits.shape == (5, classes)
        assert logits.dtype == torch.float32
        # Not probabilities: their rows would sum to one.
        assert not torch.allclose(logits.sum(1), torch.ones(5), atol=1e-3)

    @pytest.mark.parametrize("genes", [2, 8, 10, 34])
    def test_takes_any_number_of_genes_that_makes_whole_tokens(self, name, genes):
        assert build(name, genes=genes)(torch.ones(1, genes, 3)).shape == (1, 3)

    def test_gradient_reaches_every_parameter(self, name, x):
        network = build(name)
        cross_entropy(network(x), torch.tensor([0, 1, 2, 0, 1])).backward()
        unreached = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
        assert unreached == []

    def test_every_feature_matters(self, name):
        x = torch.randn(1, 8, 3, generator=torch.Generator().manual_seed(4), requires_grad=True)
        build(name)(x)[0, 0].backward()
        assert (x.grad != 0).all()

    def test_same_seed_same_weights_and_output(self, name, x):
        one, two, other = (build(name, seed).eval()(x) for seed in (0, 0, 1))
        assert torch.equal(one, two)
        assert not torch.equal(one, other)

    def test_individuals_of_a_batch_do_not_see_each_other(self, name, x):
        network = build(name).eval()
        alone = torch.cat([network(row[None]) for row in x])
        torch.testing.assert_close(network(x), alone, rtol=1e-4, atol=1e-5)

    def test_learns_sixteen_separable_rows(self, name):
        rows, labels = map(torch.from_numpy, separable(16, 2))
        network = build(name, classes=2)
        optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
        for _ in range(40):
            optimizer.zero_grad()
            cross_entropy(network(rows), labels).backward()
            optimizer.step()
        assert (network(rows).argmax(1) == labels).all()
        assert cross_entropy(network(rows), labels).item() < 0.1


def test_build_classifier__raises_on_an_unknown_name():
    with pytest.raises(ValueError, match=r"unknown classifier 'svm'; known: mlp, "):
        build_classifier("svm", 8, 3, 2, {})
